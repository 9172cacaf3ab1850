"""`casecore billing ledger|unbilled|charges|held`: what the view answers, also for accountants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Annotated

import typer

from casecore.cli.accounts_csv import STANDARD_OUTPUT, export
from casecore.cli.addresses import find_addresses
from casecore.cli.answering import read_day
from casecore.cli.billing_shown import (
    print_balance,
    print_charges,
    print_held,
    print_items,
    print_ledger,
    print_unbilled,
    print_years,
)
from casecore.cli.exits import errors_as_exits
from casecore.cli.giving import JsonOption
from casecore.cli.output import print_json, screen
from casecore.cli.settings import read_settings
from casecore.errors.kinds import InvalidInput
from projections.billing.queries import (
    ChargeFilter,
    LedgerFilter,
    UnbilledItem,
    YearOfPackage,
    charges,
    charges_by_year,
    held_items,
    ledger,
    trial_balance,
    unbilled,
    unbilled_totals,
)
from projections.billing.tables import ChargeRow, LedgerRow

CsvOption = Annotated[
    str,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Write all of it for accountants to this file, - for standard output: CSV in UTF-8.",
    ),
]
LimitOption = Annotated[
    int, typer.Option(min=1, max=100_000, help="Show at most so many; --csv writes them all.")
]
PackageOption = Annotated[str | None, typer.Option(help="Only this licence package.")]
YearOption = Annotated[int | None, typer.Option(min=1990, max=2199, help="Only what fell due in this year.")]


class Account(Enum):
    """The ledger's accounts."""

    UNBILLED_RECEIVABLE = "unbilled_receivable"
    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    VAT = "vat"


def add_to(app: typer.Typer) -> None:
    """Add these commands to `casecore billing`."""
    app.command("ledger")(show_ledger)
    app.command("unbilled")(show_unbilled)
    app.command("charges")(show_charges)
    app.command("held")(show_held)


def show_ledger(
    party: Annotated[str | None, typer.Option(help="Only what this party owes, or owed.")] = None,
    account: Annotated[Account | None, typer.Option(help="Only this account.")] = None,
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
    with errors_as_exits():
        check_one_form(csv, as_json)
        database = find_addresses(read_settings()).database
        if balance:
            _show_balance(database, csv, as_json)
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
        lines = ledger(database, which)
        if csv:
            export_rows(csv, LedgerRow._fields, lines)
        elif as_json:
            print_json(list(lines))
        else:
            print_ledger(list(lines), limit)


def _show_balance(database: str, csv: str, as_json: bool) -> None:
    accounts = trial_balance(database)
    if csv:
        export_rows(csv, ("account", "debit_cents", "credit_cents", "balance_cents"), accounts)
    elif as_json:
        print_json(accounts)
    else:
        print_balance(accounts)


def show_unbilled(
    buyer: Annotated[str | None, typer.Option(help="Only what this party owes, one by one.")] = None,
    limit: LimitOption = 50,
    csv: CsvOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show what is to be billed, and to be taken back, for each who owes it; with --buyer, one by one.

    Example: casecore billing unbilled --buyer nord
    """
    with errors_as_exits():
        check_one_form(csv, as_json)
        database = find_addresses(read_settings()).database
        items = unbilled(database, buyer, None if csv else limit)
        if csv:
            export_rows(csv, UnbilledItem._fields, items)
            return
        totals = unbilled_totals(database, buyer, limit)
        if as_json:
            print_json({"totals": totals, "items": list(items)})
            return
        print_unbilled(totals)
        if buyer is not None:
            print_items(list(items))


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
    with errors_as_exits():
        check_one_form(csv, as_json)
        if yearly and owed_by is not None:
            raise InvalidInput("--yearly sums up whole packages: leave --owed-by out")
        database = find_addresses(read_settings()).database
        most = None if csv else limit
        if yearly:
            years = charges_by_year(database, package, year, most)
            if csv:
                export_rows(csv, YearOfPackage._fields, years)
            elif as_json:
                print_json(list(years))
            else:
                print_years(list(years))
            return
        found = charges(database, ChargeFilter(package, owed_by, year, most))
        if csv:
            export_rows(csv, ChargeRow._fields, found)
        elif as_json:
            print_json(list(found))
        else:
            print_charges(list(found))


def show_held(limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """Show what is not billed because its buyer is outside Germany, until someone decides how.

    Example: casecore billing held
    """
    with errors_as_exits():
        items = held_items(find_addresses(read_settings()).database, limit)
        if as_json:
            print_json(items)
            return
        print_held(items)


def check_one_form(csv: str, as_json: bool) -> None:
    """Raise InvalidInput if two forms are asked for."""
    if csv and as_json:
        raise InvalidInput("--csv and --json are two forms of the same: leave one out")


def export_rows(csv: str, names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Write an export, and say so unless it went to standard output. Raises InvalidInput."""
    done = export(csv, names, rows)
    if csv != STANDARD_OUTPUT:
        screen.print(f"{done.rows:,} rows written to {done.path}", markup=False, soft_wrap=True)
