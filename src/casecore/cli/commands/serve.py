"""`casecore serve`: answers over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.cli.exits import errors_as_exits
from casecore.serving.process import run_api


def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where it listens; else at CASECORE_API_PORT.")
    ] = None,
    health_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of /health and /metrics; 0 for none.")
    ] = 0,
) -> None:
    """Answer over HTTP: commands, what the views have, and events, for those who show who they are.

    It listens on this machine; elsewhere (CASECORE_API_HOST) only with TLS, or behind a declared proxy.
    Several may run, each on a port of its own. Told to stop, it answers what it has begun. `casecore identity
    add` makes a key; `casecore up` runs one.

    Example: casecore serve --port 9480
    """
    with errors_as_exits():
        settings = read_settings()
        if port is not None:
            settings = settings._replace(api=settings.api._replace(port=port))
        with open_app(settings) as app:
            run_api(app, health_port)
