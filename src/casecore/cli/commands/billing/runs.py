"""`casecore billing run|close-year|invoice`: the runs that charge, settle and issue."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import typer

from casecore.app.actors import parse_on_behalf_of
from casecore.app.billing.figures import figures_of_charging, figures_of_invoicing, figures_of_settling
from casecore.app.billing.runs import charge_until, last_due_day
from casecore.app.billing.runs import close as close_books
from casecore.app.billing.runs import issue_invoices as issue
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption, OnBehalfOption, read_day
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    line_of_progress,
    number,
    print_json,
    print_table,
    screen,
)
from casecore.contract.billing import SettlementClosed
from casecore.money.cents import euros
from casecore.runs.charging import Charged
from casecore.runs.invoicing import Issued
from casecore.runs.settling import SettledYear
from casecore.runs.uncharged import Uncharged, UnchargedCustomer

UntilOption: TypeAlias = Annotated[
    str, typer.Option("--until", metavar="DATE", help="The last due date; not in the future. Else today.")
]

_SETTLEMENTS: Columns[SettlementClosed] = (
    PrintedColumn("reseller", lambda one: one.seller),
    number("fees", lambda one: one.fees),
    number("taken back", lambda one: one.credits),
    number("net EUR", lambda one: euros(one.net_cents)),
    number("VAT EUR", lambda one: euros(one.vat_cents)),
    number("gross EUR", lambda one: euros(one.gross_cents)),
)


_MOST_CUSTOMERS, _MOST_PACKAGES = 20, 3

_UNCHARGED: Columns[UnchargedCustomer] = (
    PrintedColumn("customer", lambda one: one.customer),
    PrintedColumn("packages", lambda one: _named(one.packages)),
    number("fees", lambda one: one.fees),
    number("to reverse", lambda one: one.reversals),
    PrintedColumn("oldest", lambda one: one.oldest_due_on),
    number("net EUR", lambda one: euros(one.net_cents)),
)


def read_last_due_day(until: str) -> date:
    """The day that --until names, or today; raises InvalidInput, also for one in the future."""
    return last_due_day(read_day("--until", until) if until else None)


def run(
    until: UntilOption = "",
    on_behalf_of: OnBehalfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record the maintenance fees that fell due up to a day, and reverse what should not have been charged.

    It may be run again at any time, killed, and by two at once: every fee is charged once. Ends with 5 if a
    package was left out, since only a newer program can read it.

    Example: casecore billing run --until 2026-06-30
    """
    with opened() as app:
        last, asks = read_last_due_day(until), parse_on_behalf_of(on_behalf_of)
        with line_of_progress("packages", as_json) as on_progress:
            done = charge_until(app, last, lambda so_far: on_progress(_charged(so_far)), on_behalf_of=asks)
    figures, needs_look = figures_of_charging(last, done)
    if as_json:
        print_json(figures)
    else:
        screen.print(f"until {last}: {_charged(done)}")
        print_left_out(done.left_out)
    if needs_look:
        raise typer.Exit(Exit.DIFFERENCE)


def close(
    year: Annotated[int, typer.Argument(help="Which year; it must be over.")],
    seller: Annotated[str | None, typer.Option(help="Only with this reseller.")] = None,
    on_behalf_of: OnBehalfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Settle a year with the resellers for good, and issue the statements; a closed one stays as it is.

    What becomes known later goes into the next open year, as a late fee or as a reversal. Ends with 5 if a
    reseller is held, the year could not be closed with one, or a package was left out.

    Example: casecore billing close-year 2025 --seller nord
    """
    with opened() as app, line_of_progress("documents", as_json) as on_progress:
        asks = parse_on_behalf_of(on_behalf_of)
        done = close_books(
            app, year, seller, lambda so_far: on_progress(f"{len(so_far.documents)}"), on_behalf_of=asks
        )
    figures, needs_look = figures_of_settling(year, done)
    if as_json:
        print_json(figures)
    else:
        _print_settled(year, done)
    if needs_look:
        raise typer.Exit(Exit.DIFFERENCE)


def issue_invoices(
    customer: Annotated[str | None, typer.Option(help="Only to this customer of the vendor.")] = None,
    on_behalf_of: OnBehalfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Issue invoices, and corrections, to the vendor's own customers for what is open with them.

    With nothing to bill, it says whose fees are not charged yet.

    Ends with 5 if someone is held or could not be sent a document, or if a package was left out.

    Example: casecore billing invoice
    """
    with opened() as app, line_of_progress("documents", as_json) as on_progress:
        asks = parse_on_behalf_of(on_behalf_of)
        done = issue(app, customer, lambda so_far: on_progress(f"{len(so_far.documents)}"), on_behalf_of=asks)
    figures, needs_look = figures_of_invoicing(done)
    if as_json:
        print_json(figures)
    else:
        _print_issued(done)
        if done.uncharged is not None:
            _print_uncharged(done.uncharged)
    if needs_look:
        raise typer.Exit(Exit.DIFFERENCE)


def _charged(done: Charged) -> str:
    return f"{done.packages:,} packages, {done.fees:,} fees fell due, {done.reversals:,} reversed"


def _print_settled(year: int, done: SettledYear) -> None:
    print_table(f"Settlements of {year}", _SETTLEMENTS, done.settlements.values())
    if done.nothing:
        screen.print(f"nothing to settle: {', '.join(done.nothing)}", markup=False)
    _print_issued(Issued(done.documents, done.on_hold, done.failed, done.left_out))


def _print_issued(done: Issued) -> None:
    numbers = (
        f"{done.documents[0]} to {done.documents[-1]}" if len(done.documents) > 1 else "".join(done.documents)
    )
    screen.print(f"documents issued: {numbers or 'none'}", markup=False)
    if done.on_hold:
        screen.print(f"held until someone decides: {', '.join(done.on_hold)}", markup=False)
    for buyer, reason in done.failed.items():
        screen.print(f"{buyer}: {reason}", markup=False)
    print_left_out(done.left_out)


def _print_uncharged(found: Uncharged) -> None:
    """Why there was nothing to bill."""
    if not found.has_price:
        screen.print("no price of maintenance is recorded, so no fee falls due")
        screen.print("try: casecore billing price EUROS --from DATE", markup=False)
        return
    if not found.customers:
        screen.print(f"all fees of customers that fell due until {found.until} are charged and billed")
        return
    print_table("Not charged yet, so not billed", _UNCHARGED, found.customers[:_MOST_CUSTOMERS])
    if len(found.customers) > _MOST_CUSTOMERS:
        screen.print(f"and {len(found.customers) - _MOST_CUSTOMERS:,} customers more")
    screen.print("try: casecore billing run, then casecore billing invoice", markup=False)


def _named(packages: tuple[str, ...]) -> str:
    more = f" and {len(packages) - _MOST_PACKAGES:,} more" if len(packages) > _MOST_PACKAGES else ""
    return ", ".join(packages[:_MOST_PACKAGES]) + more


COMMANDS: Commands = {"run": run, "close-year": close, "invoice": issue_invoices}
