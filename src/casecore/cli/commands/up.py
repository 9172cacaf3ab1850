"""`casecore up`: starts everything on this machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from casecore.app.addresses import Addresses
from casecore.app.running import installation
from casecore.app.running.listening import page_of, url_of
from casecore.app.settings import read_settings
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.output import screen
from casecore.cli.own_processes import command_of
from casecore.postgres.database_uri import without_password


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
        database = without_password(addresses.database)
        screen.print(f'  PostgreSQL  psql "{database}"', markup=False, soft_wrap=True)
        screen.print(f"  Kafka       {_kafka(addresses)}", markup=False, soft_wrap=True)
        screen.print(f"  API         {url_of(settings.api)}", markup=False, soft_wrap=True)
        screen.print(f"  Page        {page_of(settings.api)}", markup=False, soft_wrap=True)
        screen.print("A key for the API: casecore identity add ROLE:ORGANISATION:PERSON", markup=False)
        screen.print("Stop it with `make down`, or `casecore down`.")


def _kafka(addresses: Addresses) -> str:
    """Where Kafka is, and the command that shows its topics, with the options of its clients."""
    if not addresses.kafka_options:
        return addresses.kafka
    options = Path(addresses.kafka_options)
    short = options.relative_to(Path.cwd()) if options.is_relative_to(Path.cwd()) else options
    return f"{addresses.kafka}  kcat -F {shlex.quote(str(short))} -L"
