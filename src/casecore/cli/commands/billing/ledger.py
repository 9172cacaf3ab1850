"""`casecore billing ledger|unbilled|charges|held`: what the view answers, also for accountants."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Annotated

import typer

from casecore.app.application import Application
from casecore.app.views import waiting_in
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption, read_day
from casecore.cli.commands.billing.tables import (
    HELD,
    ITEMS,
    print_balance,
    print_charges,
    print_ledger,
    print_unbilled,
    print_years,
)
from casecore.cli.door import opened
from casecore.cli.left_out import with_freshness
from casecore.cli.output import print_json, print_rows, print_table
from casecore.cli.row_forms import CsvOption, LimitOption, check_one_form, export_rows, show_rows
from casecore.errors.kinds import InvalidInput
from projections.billing.queries import (
    ChargeFilter,
    LedgerFilter,
    YearOfPackage,
    charges,
    charges_by_year,
    ledger,
    trial_balance,
)
from projections.billing.tables import ChargeRow, LedgerRow
from projections.billing.unbilled import UnbilledItem, held_items, unbilled, unbilled_totals

PackageOption = Annotated[str | None, typer.Option(help="Only this licence package.")]
YearOption = Annotated[int | None, typer.Option(min=1990, max=2199, help="Only what fell due in this year.")]
_BALANCE_NAMES = ("account", "debit_cents", "credit_cents", "balance_cents")


class AccountName(Enum):
    """The ledger's accounts."""

    UNBILLED_RECEIVABLE = "unbilled_receivable"
    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    VAT = "vat"


def show_ledger(
    party: Annotated[str | None, typer.Option(help="Only what this party owes, or owed.")] = None,
    account: Annotated[AccountName | None, typer.Option(help="Only this account.")] = None,
    package: PackageOption = None,
    document: Annotated[str | None, typer.Option(help="Only this document, such as R-000017.")] = None,
    since: Annotated[str, typer.Option(metavar="DATE", help="Value dates from this day on.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Value dates until this day.")] = "",
    after: Annotated[int, typer.Option(min=0, help="Only what comes after this place in the log.")] = 0,
    limit: LimitOption = 50,
    balance: Annotated[bool, typer.Option("--balance", help="Show only the sums of each account.")] = False,
    csv: CsvOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the ledger's lines in the order of the log, or the sums of its accounts.

    Example: casecore billing ledger --account receivable --party nord --since 2025-01-01
    """
    with opened(as_json) as app:
        check_one_form(csv, as_json)
        if balance:
            _show_balance(app, csv, as_json)
            return
        which = LedgerFilter(
            party,
            account.value if account else None,
            package,
            document,
            read_day("--since", since) if since else None,
            read_day("--until", until) if until else None,
            after,
            None if csv else limit,
        )
        lines = app.ask(ledger, which)
        show_rows(
            lines,
            LedgerRow._fields,
            csv,
            as_json,
            lambda found: print_ledger(found, limit),
            partial(waiting_in, app, "billing"),
        )


def _show_balance(app: Application, csv: str, as_json: bool) -> None:
    left_out = partial(waiting_in, app, "billing")
    show_rows(app.ask(trial_balance), _BALANCE_NAMES, csv, as_json, print_balance, left_out)


def show_unbilled(
    buyer: Annotated[str | None, typer.Option(help="Only what this party owes, one by one.")] = None,
    limit: LimitOption = 50,
    csv: CsvOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show what is to be billed, and to be taken back, for each who owes it; with --buyer, one by one.

    Example: casecore billing unbilled --buyer nord
    """
    with opened() as app:
        check_one_form(csv, as_json)
        items = app.ask(unbilled, buyer, None if csv else limit)
        if csv:
            export_rows(csv, UnbilledItem._fields, items, waiting_in(app, "billing"))
            return
        totals = app.ask(unbilled_totals, buyer, limit)
        if as_json:
            print_json(with_freshness(app, {"totals": totals, "items": list(items)}))
            return
        print_unbilled(totals)
        if buyer is not None:
            one_by_one = list(items)
            print_table(f"One by one ({len(one_by_one)}, EUR net)", ITEMS, one_by_one)


def show_charges(
    package: PackageOption = None,
    owed_by: Annotated[str | None, typer.Option(help="Only what this party owes.")] = None,
    year: YearOption = None,
    yearly: Annotated[bool, typer.Option("--yearly", help="Show the sums of each package and year.")] = False,
    limit: LimitOption = 50,
    csv: CsvOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show maintenance charges as they stand, or their sums for each package and year.

    Example: casecore billing charges --package LP-1001
    """
    with opened(as_json) as app:
        check_one_form(csv, as_json)
        if yearly and owed_by is not None:
            raise InvalidInput("--yearly sums up whole packages: leave --owed-by out")
        most = None if csv else limit
        left_out = partial(waiting_in, app, "billing")
        if yearly:
            years = app.ask(charges_by_year, package, year, most)
            show_rows(years, YearOfPackage._fields, csv, as_json, print_years, left_out)
            return
        found = app.ask(charges, ChargeFilter(package, owed_by, year, most))
        show_rows(found, ChargeRow._fields, csv, as_json, print_charges, left_out)


def show_held(limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """Show what is not billed because its buyer is outside Germany, until someone decides how.

    Example: casecore billing held
    """
    with opened(as_json) as app:
        items = app.ask(held_items, limit)
        print_rows(f"Held ({len(items)}, EUR net)", HELD, items, as_json)


COMMANDS: Commands = {
    "ledger": show_ledger,
    "unbilled": show_unbilled,
    "charges": show_charges,
    "held": show_held,
}
