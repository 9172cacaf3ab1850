"""`casecore billing fees|fee-statement`: the run that keeps the memos, and what a party charged in a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, NamedTuple

import typer

from casecore.app.actors import parse_on_behalf_of
from casecore.app.billing.fees import fee_statement as statement_of_fees
from casecore.app.billing.figures import figures_of_fees
from casecore.app.billing.runs import keep_fees_until
from casecore.billing.fees.statement import PostedMemo, RatePart, Statement, StatementChange
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption, OnBehalfOption
from casecore.cli.commands.billing.runs import UntilOption, read_last_due_day
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
    short,
)
from casecore.contract.fees import CustomerYear, Fee, ResolvedCase
from casecore.money.cents import euros
from casecore.runs.fees import FeesKept


class _Line(NamedTuple):
    """A line of a table of memos: one memo's fee, or the sum of a customer (without a fee)."""

    customer: str
    net_cents: int
    fee: Fee | None = None


_MEMOS: Columns[_Line] = (
    PrintedColumn("customer", lambda line: line.customer),
    short("due on", lambda line: line.fee and line.fee.due_on),
    PrintedColumn("for", lambda line: _what_for(line.fee) if line.fee else "together"),
    number("VAT", lambda line: line.fee and _percent(line.fee), narrow=True),
    number("net EUR", lambda line: euros(line.net_cents), narrow=True),
)
_SUMS: Columns[RatePart] = (
    number("rate", lambda rate: "no tax" if rate.percent is None else f"{rate.percent} %"),
    number("net EUR", lambda rate: euros(rate.net_cents)),
    number("VAT EUR", lambda rate: euros(rate.vat_cents)),
)


def fees(
    until: UntilOption = "",
    party: Annotated[str | None, typer.Option(help="Only what this seller or partner charges.")] = None,
    on_behalf_of: OnBehalfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Keep the fees of sellers and support partners that fell due up to a day, and take back what is not due.

    It may be run again at any time, killed, and by two at once: every fee is kept once. None of it is in the
    vendor's ledger. Ends with 5 if others were recording the same all the time, or something was left out.

    Example: casecore billing fees --until 2026-06-30 --party nord
    """
    with opened() as app:
        last, asks = read_last_due_day(until), parse_on_behalf_of(on_behalf_of)
        with line_of_progress("fees", as_json) as on_progress:
            done = keep_fees_until(
                app, last, party, lambda so_far: on_progress(_in_words(so_far)), on_behalf_of=asks
            )
    figures, needs_look = figures_of_fees(last, done)
    if as_json:
        print_json(figures)
    else:
        screen.print(f"until {last}: {_in_words(done)}")
        print_left_out(done.left_out)
    if needs_look:
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
    with opened() as app:
        statement, change = statement_of_fees(app, party, year, as_of, since)
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
    print_table(title, _MEMOS, _lines(statement))
    sums = ("all", euros(statement.net_cents), euros(statement.vat_cents))
    print_table("Sums", _SUMS, statement.rates, sums)
    screen.print(f"together EUR {euros(statement.gross_cents)}")


def _print_change(change: StatementChange) -> None:
    print_table(f"Came since position {change.since_position}", _MEMOS, _lines_of(change.came))
    print_table(f"Went since position {change.since_position}", _MEMOS, _lines_of(change.went))
    net, vat, gross = map(euros, (change.net_cents, change.vat_cents, change.gross_cents))
    screen.print(f"difference: net {net}, VAT {vat}, together EUR {gross}")


def _lines(statement: Statement) -> Iterator[_Line]:
    for part in statement.customers:
        yield from _lines_of(part.memos)
        yield _Line(customer=part.customer, net_cents=part.net_cents)


def _lines_of(memos: Iterable[PostedMemo]) -> Iterator[_Line]:
    for memo in memos:
        yield _Line(customer=memo.fee.customer, net_cents=memo.fee.net_cents, fee=memo.fee)


def _percent(fee: Fee) -> str | None:
    return None if fee.vat_percent is None else f"{fee.vat_percent} %"


def _what_for(fee: Fee) -> str:
    match fee.covers:
        case CustomerYear(start_on=start_on, end_on=end_on):
            return f"{start_on} to {end_on}"
        case ResolvedCase(case=case, topic=topic, minutes=minutes):
            return f"{case}, {topic}" + ("" if minutes is None else f", {minutes} minutes")


COMMANDS: Commands = {"fees": fees, "fee-statement": fee_statement}
