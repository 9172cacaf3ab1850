"""Serving the API: the server that listens, until SIGTERM or SIGINT."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import uvicorn

from casecore.api.authentication import Authentication
from casecore.api.protection.guard import DEFAULT_PROTECTION, Protection
from casecore.api.protection.refusals import Refusals
from casecore.api.protection.uvicorn_options import uvicorn_options
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
    protection: Protection = DEFAULT_PROTECTION


def serve_api(app: Application, authentication: Authentication, options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT; then no request is taken any more, and those at work are answered."""
    config = uvicorn.Config(
        make_api(
            app,
            authentication,
            needs_if_match=options.needs_if_match,
            protection=options.protection,
        ),
        host=options.host,
        port=options.port,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.certificate_key,
        proxy_headers=bool(options.proxies),
        forwarded_allow_ips=list(options.proxies),
        timeout_graceful_shutdown=_DRAINS_SECONDS,
        access_log=False,
        log_config=None,
        **uvicorn_options(Refusals()),
    )
    uvicorn.Server(config).run()
