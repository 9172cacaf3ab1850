"""Serving the API: the server that listens, until SIGTERM or SIGINT."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NamedTuple

import uvicorn

from casecore.api.authentication import Authentication
from casecore.api.events import EventEndpoints
from casecore.api.server import make_api
from casecore.app.application import Application

_DRAINS_SECONDS = 30
"""How long answers that are being made may take after SIGTERM."""


class ServerOptions(NamedTuple):
    """How the API is served.

    `certificate` and `certificate_key` are PEM files; with both it speaks TLS. Headers of those in `proxies`,
    addresses or networks, say from where a request came; of others they are ignored.
    """

    host: str
    port: int
    certificate: Path | None = None
    certificate_key: Path | None = None
    proxies: tuple[str, ...] = ()
    needs_if_match: bool = False


def serve_api(app: Application, authentication: Authentication, options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT; then no request is taken any more, and those at work are answered."""
    api = make_api(app, authentication, needs_if_match=options.needs_if_match)
    config = uvicorn.Config(
        api,
        host=options.host,
        port=options.port,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.certificate_key,
        proxy_headers=bool(options.proxies),
        forwarded_allow_ips=list(options.proxies),
        timeout_graceful_shutdown=_DRAINS_SECONDS,
        access_log=False,
        log_config=None,
        server_header=False,
    )
    ApiServer(config, api.state.events).run()


class ApiServer(uvicorn.Server):
    """A server that ends the streams of events before it waits for the answers that are being made."""

    def __init__(self, config: uvicorn.Config, events: EventEndpoints) -> None:
        super().__init__(config)
        self._events = events

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._events.end()
        await super().shutdown(sockets)
