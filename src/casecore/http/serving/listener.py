"""Serving the API: the server that listens, until it is told to end."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.applications import Starlette

from casecore.app.running.listening import stays_on_this_machine
from casecore.errors.kinds import InvalidInput
from casecore.http.protection.peers import Peers
from casecore.http.protection.refusals import Refusals
from casecore.http.protection.uvicorn_options import uvicorn_options
from casecore.http.serving.metrics import ApiMetrics

_DRAINS_SECONDS = 12
"""How long answers that are being made may take once it ends: longer than one waits for views at most, and
less than the 15 seconds after which the supervisor kills."""


class CannotListen(InvalidInput):
    """The address of the API is taken, or is not this machine's; the message says which, and why."""


class CertificateUnusable(InvalidInput):
    """The certificate of the API, or its key, cannot be used; the message says which files, and why."""


class ServerOptions(NamedTuple):
    """How the API is served.

    `certificate` and `certificate_key` are PEM files; with both it speaks TLS. Headers of those in `proxies`,
    which are networks, say from where a request came; those of others are ignored.
    """

    host: str
    port: int
    certificate: Path | None = None
    certificate_key: Path | None = None
    proxies: tuple[str, ...] = ()


class ApiServer(uvicorn.Server):
    """The server of the API."""

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        end_streams: Callable[[], None],
    ) -> None:
        """`end_streams` ends the answers that have no end of their own: it waits for all others."""
        super().__init__(config)
        self._end_streams = end_streams
        self._listener = listener

    @property
    def port(self) -> int:
        """The port on which it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def serve_until_ended(self) -> None:
        """Serve until `end` is called or, in the main thread, until SIGTERM or SIGINT."""
        self.run([self._listener])

    def end(self) -> None:
        """Take no request any more, answer those at work, and end; may be called by a signal's handler."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, as the base class does, but first the answers that have no end of their own."""
        self._end_streams()
        await super().shutdown(sockets)


def make_server(api: Starlette, options: ServerOptions, metrics: ApiMetrics) -> ApiServer:
    """A server that listens already, and answers once it runs; `metrics` count what it refuses.

    Raises CannotListen and CertificateUnusable.
    """
    _check_certificate(options)
    only_proxies = options.certificate is None and not stays_on_this_machine(options.host)
    config = uvicorn.Config(
        Peers(api, options.proxies, only_proxies=only_proxies),
        ssl_certfile=options.certificate,
        ssl_keyfile=options.certificate_key,
        proxy_headers=False,  # Peers knows whose count
        timeout_graceful_shutdown=_DRAINS_SECONDS,
        lifespan="on",
        access_log=False,
        log_config=None,
        **uvicorn_options(Refusals(on_refused=metrics.count_refused)),
    )
    return ApiServer(config, _listen(options.host, options.port), api.state.end_streams)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotListen(
            f"the API cannot listen at {host}:{port}: {error.strerror or error}; choose another port, or an "
            "address of this machine"
        ) from None


def _check_certificate(options: ServerOptions) -> None:
    if options.certificate is None or options.certificate_key is None:
        return
    for file in (options.certificate, options.certificate_key):
        try:
            file.open("rb").close()
        except OSError as error:
            raise CertificateUnusable(
                f"{file} cannot be read: {error.strerror or error}; name a PEM file that this user may read"
            ) from None
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.certificate_key, password=lambda: "")
    except (ssl.SSLError, ValueError) as error:
        raise CertificateUnusable(
            f"{options.certificate} and {options.certificate_key} cannot be used for TLS: {error}; give a "
            "certificate and its private key, without a password, as PEM files"
        ) from None
