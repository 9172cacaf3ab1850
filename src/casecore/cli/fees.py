"""`casecore billing fees|fee-statement`: the run that keeps the memos, and what a party charged in a year."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.billing.fees.statement import (
    PostedMemo,
    Statement,
    StatementChange,
    change_since,
    statement_of,
)
from casecore.cli.addresses import find_addresses
from casecore.cli.answering import read_until
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.giving import JsonOption, open_bus
from casecore.cli.output import Column, line_of_progress, print_json, print_table, screen
from casecore.cli.settings import read_settings
from casecore.contract.fees import CustomerYear, Fee, ResolvedCase
from casecore.errors.kinds import InvalidInput
from casecore.money.cents import euros
from casecore.runs.fee_books import FeeBooks
from casecore.runs.fees import FeesKept, keep_fees


def add_to(app: typer.Typer) -> None:
    """Add these commands to `casecore billing`."""
    app.command()(fees)
    app.command("fee-statement")(fee_statement)


def fees(
    until: Annotated[
        str, typer.Option(metavar="DATE", help="The last due date; not in the future. Else today.")
    ] = "",
    party: Annotated[str | None, typer.Option(help="Only what this seller or partner charges.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the fees of sellers and support partners that fell due up to a day, and take back what is not due.

    It may be run again at any time, killed, and by two at once: every fee is kept once. None of it is in the
    vendor's ledger. Ends with 5 if others were recording the same all the time.

    Example: casecore billing fees --until 2026-06-30 --party nord
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        last = read_until(until)
        with FeeBooks(addresses.database) as books:
            if party is not None:
                books.party(party)  # raises PartyUnknown
            with open_bus(settings, addresses) as bus, line_of_progress("fees", as_json) as told:
                done = keep_fees(books, bus, last, party, lambda so_far: told(_in_words(so_far)))
        if as_json:
            print_json({"until": last, **done._asdict()})
        else:
            screen.print(f"until {last}: {_in_words(done)}")
        if done.left:
            raise typer.Exit(Exit.DIFFERENCE)


def fee_statement(
    party: Annotated[str, typer.Argument(help="The seller or support partner.")],
    year: Annotated[int, typer.Argument(min=1990, max=2199, help="What fell due in this year.")],
    as_of: Annotated[
        int | None,
        typer.Option(min=0, metavar="POSITION", help="As of this place in the log; else the last."),
    ] = None,
    since: Annotated[
        int | None, typer.Option(min=0, metavar="POSITION", help="And how it has changed since this place.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """State what a party charged its customers for a year, tax once for each rate; run `billing fees` before.

    What becomes known later changes it: keep the position that it names, and ask with --since what came and
    what went. The differences of all such changes add up to the cent.

    Example: casecore billing fee-statement nord 2025
    """
    with errors_as_exits():
        database = find_addresses(read_settings()).database
        with FeeBooks(database) as books:
            position = books.position if as_of is None else as_of
            for option, place in (("--as-of", as_of), ("--since", since)):
                if place is not None and place > books.position:
                    raise InvalidInput(f"{option} {place} lies after the end of the log, {books.position}")
            books.party(party)  # raises PartyUnknown
            posted = list(books.posted(party))
        statement = statement_of(party, year, posted, position)
        change = None
        if since is not None:
            change = change_since(statement_of(party, year, posted, since), statement)
        if as_json:
            print_json({**statement._asdict(), "change": change})
        else:
            _print_statement(statement)
            if change is not None:
                _print_change(change)


def _in_words(done: FeesKept) -> str:
    left = f", {done.left:,} left to another run" if done.left else ""
    return f"{done.recorded:,} memos recorded, {done.reversed:,} taken back{left}"


def _print_statement(statement: Statement) -> None:
    title = f"Fees of {statement.party} in {statement.year}, as of position {statement.as_of_position}"
    rows: list[tuple[object, ...]] = []
    for part in statement.customers:
        rows += [_row(memo) for memo in part.memos]
        rows.append((part.customer, None, "together", None, euros(part.net_cents)))
    _print_memos(title, rows)
    columns = [Column("rate", right=True), *(Column(sum_, right=True) for sum_ in ("net EUR", "VAT EUR"))]
    rates = [
        (
            "no tax" if rate.percent is None else f"{rate.percent} %",
            euros(rate.net_cents),
            euros(rate.vat_cents),
        )
        for rate in statement.rates
    ]
    print_table("Sums", columns, [*rates, ("all", euros(statement.net_cents), euros(statement.vat_cents))])
    screen.print(f"together EUR {euros(statement.gross_cents)}")


def _print_change(change: StatementChange) -> None:
    _print_memos(f"Came since position {change.since_position}", [_row(memo) for memo in change.came])
    _print_memos(f"Went since position {change.since_position}", [_row(memo) for memo in change.went])
    net, vat, gross = map(euros, (change.net_cents, change.vat_cents, change.gross_cents))
    screen.print(f"difference: net {net}, VAT {vat}, together EUR {gross}")


def _print_memos(title: str, rows: list[tuple[object, ...]]) -> None:
    columns = [
        Column("customer"),
        Column("due on", narrow=True),
        Column("for"),
        Column("VAT", right=True, narrow=True),
        Column("net EUR", right=True, narrow=True),
    ]
    print_table(title, columns, rows)


def _row(memo: PostedMemo) -> tuple[object, ...]:
    fee = memo.fee
    percent = None if fee.vat_percent is None else f"{fee.vat_percent} %"
    return (fee.customer, fee.due_on, _what_for(fee), percent, euros(fee.net_cents))


def _what_for(fee: Fee) -> str:
    match fee.covers:
        case CustomerYear(start_on=start_on, end_on=end_on):
            return f"{start_on} to {end_on}"
        case ResolvedCase(case=case, topic=topic, minutes=minutes):
            return f"{case}, {topic}" + ("" if minutes is None else f", {minutes} minutes")
