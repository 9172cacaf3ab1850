"""`casecore billing owed`: what each party was due, was billed and owed on a day, as it was known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from casecore.app.billing.owed import Owed, OwedOnDay, owed_on
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption, read_day, read_instant
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out, with_freshness
from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table, screen
from casecore.cli.row_forms import CsvOption, check_one_form, export_rows
from casecore.cli.zone import in_zone
from casecore.decider.business_day import day_of, end_of
from casecore.errors.kinds import InvalidInput
from casecore.money.cents import euros

_OWED: Columns[Owed] = (
    PrintedColumn("party", lambda owed: owed.party),
    number("due", lambda owed: euros(owed.due_net_cents), narrow=True),
    number("billed", lambda owed: euros(owed.billed_net_cents), narrow=True),
    number("to bill", lambda owed: euros(owed.unbilled_net_cents), narrow=True),
    number("VAT", lambda owed: euros(owed.vat_cents), narrow=True),
    number("owed", lambda owed: euros(owed.owed_gross_cents), narrow=True),
)


def owed(
    party: Annotated[
        str, typer.Argument(metavar="PARTY", help="Only this party; else all.", show_default=False)
    ] = "",
    at: Annotated[
        str,
        typer.Option("--at", metavar="DATE", help="At the end of this day, such as 2025-12-31; else today."),
    ] = "",
    recorded_by: Annotated[
        str,
        typer.Option(
            "--recorded-by",
            metavar="INSTANT",
            help="Only what was recorded by then: as it was answered then.",
        ),
    ] = "",
    as_known: Annotated[
        bool, typer.Option("--as-known", help="By what was recorded by the end of that day, and no later.")
    ] = False,
    csv: CsvOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show what was due, billed and owed of each party on a day, as known now or as known then.

    What fell due, what documents bill less corrections, and what was to be billed yet are net; what is owed
    is what was billed with its tax, and payments are not known. Days are those of Europe/Berlin. It is
    computed from the events, and ends with 5 if something was left out, since only a newer program can read
    it.

    Example: casecore billing owed --at 2025-12-31 --as-known
    """
    with opened() as app:
        check_one_form(csv, as_json)
        on = read_day("--at", at) if at else day_of(datetime.now(UTC))
        found = owed_on(app, on, _known_by(on, recorded_by, as_known), party or None)
        if csv:
            export_rows(csv, Owed._fields, found.parties, found.left_out)
            return
        if as_json:
            print_json(with_freshness(app, found._asdict()))
        else:
            _print(found)
        if found.left_out:
            if not as_json:
                print_left_out(found.left_out)
            raise typer.Exit(Exit.DIFFERENCE)


def _known_by(on: date, recorded_by: str, as_known: bool) -> datetime | None:
    if not as_known:
        return read_instant(recorded_by, "--recorded-by") if recorded_by else None
    if recorded_by:
        raise InvalidInput("--as-known and --recorded-by say two things: leave one out")
    try:
        return end_of(on)
    except OverflowError:
        raise InvalidInput(f"--at {on} is a day that no calendar reaches the end of") from None


def _print(found: OwedOnDay) -> None:
    known = f"recorded by {in_zone(found.recorded_by)}" if found.recorded_by else "known now"
    title = f"Owed at the end of {found.on}, as {known} (EUR; due, billed and to bill net)"
    sums = ["all", *(column.value(found.total) for column in _OWED[1:])] if len(found.parties) > 1 else None
    print_table(title, _OWED, found.parties, sums)
    if not found.parties and found.recorded_by:
        screen.print("Nothing was recorded by then: without --as-known and --recorded-by all counts that is.")


COMMANDS: Commands = {"owed": owed}
