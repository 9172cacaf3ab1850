"""Prints what the billing view answers, in tables of 80 columns; amounts are in euros."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.cli.output import Columns, PrintedColumn, number, print_table, screen, short
from casecore.cli.zone import day_in_zone
from casecore.contract.billing import VatCategory
from casecore.money.cents import euros
from projections.billing.queries import AccountBalance, YearOfPackage
from projections.billing.tables import ChargeRow, LedgerRow
from projections.billing.unbilled import HeldItem, UnbilledItem, UnbilledTotal

_BALANCE: Columns[AccountBalance] = (
    PrintedColumn("account", lambda account: account.account),
    number("debit", lambda account: euros(account.debit_cents)),
    number("credit", lambda account: euros(account.credit_cents)),
    number("balance", lambda account: euros(account.balance_cents)),
)
_LEDGER: Columns[LedgerRow] = (
    number("place", lambda line: line.position, narrow=True),
    short("value", lambda line: line.value_on),
    short("account", lambda line: line.account.removesuffix("_receivable")),
    PrintedColumn("party", lambda line: line.party),
    PrintedColumn("for", lambda line: line.document or f"{line.package}/{line.charge}"),
    number("debit", lambda line: amount(line.debit_cents), narrow=True),
    number("credit", lambda line: amount(line.credit_cents), narrow=True),
)
_UNBILLED: Columns[UnbilledTotal] = (
    PrintedColumn("owed by", lambda total: total.owed_by),
    short("as", lambda total: total.obligor),
    number("fees", lambda total: total.fees, narrow=True),
    number("credits", lambda total: total.credits, narrow=True),
    number("net", lambda total: euros(total.net_cents), narrow=True),
    short("oldest due", lambda total: total.oldest_due_on),
    short("held", lambda total: total.is_held or None),
)
ITEMS: Columns[UnbilledItem] = (
    PrintedColumn("package", lambda item: item.package),
    number("", lambda item: item.number, narrow=True),
    PrintedColumn("customer", lambda item: item.customer),
    short("due", lambda item: item.due_on),
    short("until", lambda item: item.period_end_on),
    number("net", lambda item: euros(item.net_cents), narrow=True),
    short("to be", lambda item: f"taken from {item.document}" if item.document else "billed"),
)
_CHARGES: Columns[ChargeRow] = (
    PrintedColumn("package", lambda charge: charge.package),
    number("", lambda charge: charge.number, narrow=True),
    short("due", lambda charge: charge.due_on),
    short("until", lambda charge: charge.period_end_on),
    PrintedColumn("owed by", lambda charge: charge.owed_by),
    number("net", lambda charge: euros(charge.net_cents), narrow=True),
    short("stands", lambda charge: _state(charge)),
)
_YEARS: Columns[YearOfPackage] = (
    PrintedColumn("package", lambda year: year.package),
    short("year", lambda year: year.due_year),
    number("charges", lambda year: year.charges),
    number("reversed", lambda year: year.reversed),
    number("net", lambda year: euros(year.net_cents)),
    number("billed", lambda year: euros(year.billed_cents)),
    number("unbilled", lambda year: euros(year.unbilled_cents)),
)
HELD: Columns[HeldItem] = (
    PrintedColumn("owed by", lambda item: item.owed_by),
    short("in", lambda item: item.country),
    short("held since", lambda item: item.held_at and day_in_zone(item.held_at)),
    PrintedColumn("package", lambda item: item.package),
    number("", lambda item: item.number, narrow=True),
    short("due", lambda item: item.due_on),
    number("net", lambda item: euros(item.net_cents), narrow=True),
)


def print_balance(accounts: Sequence[AccountBalance]) -> None:
    """Print the sums of the accounts."""
    debit, credit = sum(a.debit_cents for a in accounts), sum(a.credit_cents for a in accounts)
    sums = ("all", euros(debit), euros(credit), euros(debit - credit))
    print_table("The sums of the accounts (EUR)", _BALANCE, accounts, sums)


def print_ledger(lines: Sequence[LedgerRow], limit: int) -> None:
    """Print the ledger's lines; `limit` is how many were asked for."""
    print_table(f"The ledger ({len(lines)} lines, EUR)", _LEDGER, lines)
    if len(lines) >= limit:
        screen.print(f"\nThere may be more: --after {lines[-1].position} shows what comes then.")


def print_unbilled(totals: Sequence[UnbilledTotal]) -> None:
    """Print what is to be billed, for each party that owes it."""
    sums = None
    if len(totals) > 1:
        counts = (sum(t.fees for t in totals), sum(t.credits for t in totals))
        sums = ("all", None, *counts, euros(sum(t.net_cents for t in totals)), None, None)
    print_table(f"Unbilled, by who owes it ({len(totals)}, EUR net)", _UNBILLED, totals, sums)


def print_charges(found: Sequence[ChargeRow]) -> None:
    """Print charges in their present state."""
    print_table(f"Charges ({len(found)}, EUR net)", _CHARGES, found)


def print_years(years: Sequence[YearOfPackage]) -> None:
    """Print charges by package and year."""
    print_table(f"Charges by package and year ({len(years)}, EUR net)", _YEARS, years)


def amount(cents: int) -> str | None:
    """An amount in a column of debits or credits; None for zero, which is shown as nothing."""
    return euros(cents) if cents else None


def _state(charge: ChargeRow) -> str:
    if charge.is_reversed:
        return f"reversed, in {charge.document}" if charge.document else "reversed"
    if charge.document is None:
        return "unbilled"
    has_rate = charge.category != VatCategory.OUTSIDE_SCOPE.value
    return f"{charge.document} ({charge.percent} %)" if has_rate else f"{charge.document} (no tax)"
