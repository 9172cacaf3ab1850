"""`casecore trace`: where the events of a command or of a stream are, and what is not there yet."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.trace.find import LATEST
from casecore.app.trace.find import trace as find_events
from casecore.app.trace.result import Trace
from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.output import print_json
from casecore.cli.trace_report import print_trace


def trace(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="COMMAND_ID|CASE",
            help="A command's id or a case's reference; or a package, a party, a stream's id.",
        ),
    ],
    all_events: Annotated[
        bool, typer.Option("--all", help=f"All events, and not only the latest {LATEST}.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show where a command's events are, or a case's latest: receipt, positions, offsets, and each view.

    What is not there yet is named. Ends with 3 if there is no such command or case; with 5 if something needs
    a look: a view has parked the case, or a record is missing, or is not what was stored; else with 4 if
    Kafka or a view could not be asked, and shows the rest.

    Example: casecore trace C-7K3M-92QF
    """
    with opened() as app:
        found = find_events(app, asked, None if all_events else LATEST)
        if as_json:
            print_json(found)
        else:
            print_trace(found)
        if (code := exit_after(found)) is not Exit.DONE:
            raise typer.Exit(code)


def exit_after(found: Trace) -> Exit:
    """How the program ends after this answer: what needs a look is certain, and comes first."""
    if found.needs_look:
        return Exit.DIFFERENCE
    return Exit.UNAVAILABLE if found.is_incomplete else Exit.DONE
