"""`casecore up`: starts everything on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecore.app.running import installation
from casecore.app.running.listening import page_of, url_of
from casecore.app.settings import read_settings
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.output import screen
from casecore.cli.own_processes import command_of


def up(
    cache: Annotated[
        Path | None, typer.Option(help="Folder for Kafka's own files; else CASECORE_HOME/cache.")
    ] = None,
) -> None:
    """Start PostgreSQL, Kafka, relay, every view's runner, watch, API and audit in the background, and wait.

    Example: casecore up
    """
    with errors_as_exits():
        settings = read_settings()
        try:
            with screen.status("starting") as spinner:
                addresses = installation.start(settings, cache, command_of, spinner.update)
        except KeyboardInterrupt:
            installation.stop(settings)
            screen.print("Interrupted; what had started is stopped again.")
            raise typer.Exit(Exit.INTERRUPTED) from None
        screen.print("Everything is up and well.")
        screen.print(f'  PostgreSQL  psql "{addresses.database}"', markup=False, soft_wrap=True)
        screen.print(f"  Kafka       {addresses.kafka}", markup=False, soft_wrap=True)
        screen.print(f"  API         {url_of(settings.api)}", markup=False, soft_wrap=True)
        screen.print(f"  Page        {page_of(settings.api)}", markup=False, soft_wrap=True)
        screen.print("A key for the API: casecore identity add ROLE:ORGANISATION:PERSON", markup=False)
        screen.print("Stop it with `make down`, or `casecore down`.")
