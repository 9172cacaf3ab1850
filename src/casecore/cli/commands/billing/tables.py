"""What the billing view answers, in tables of 80 columns; amounts are in euros."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.cli.output import Column, print_table, screen
from casecore.money.cents import euros
from projections.billing.queries import AccountBalance, HeldItem, UnbilledItem, UnbilledTotal, YearOfPackage
from projections.billing.tables import ChargeRow, LedgerRow


def print_balance(accounts: Sequence[AccountBalance]) -> None:
    """The sums of the accounts."""
    columns = [Column("account"), *(Column(t, right=True) for t in ("debit", "credit", "balance"))]
    rows = [
        (a.account, euros(a.debit_cents), euros(a.credit_cents), euros(a.balance_cents)) for a in accounts
    ]
    debit, credit = sum(a.debit_cents for a in accounts), sum(a.credit_cents for a in accounts)
    rows.append(("all", euros(debit), euros(credit), euros(debit - credit)))
    print_table("The sums of the accounts (EUR)", columns, rows)


def print_ledger(lines: Sequence[LedgerRow], limit: int) -> None:
    """The ledger's lines; `limit` is how many were asked for."""
    columns = [
        Column("place", right=True, narrow=True),
        Column("value", narrow=True),
        Column("account", narrow=True),
        Column("party"),
        Column("for"),
        Column("debit", right=True, narrow=True),
        Column("credit", right=True, narrow=True),
    ]
    rows = [
        (
            line.position,
            line.value_on,
            line.account.removesuffix("_receivable"),
            line.party,
            line.document or f"{line.package}/{line.charge}",
            amount(line.debit_cents),
            amount(line.credit_cents),
        )
        for line in lines
    ]
    print_table(f"The ledger ({len(rows)} lines, EUR)", columns, rows)
    if len(rows) >= limit:
        screen.print(f"\nThere may be more: --after {lines[-1].position} shows what comes then.")


def print_unbilled(totals: Sequence[UnbilledTotal]) -> None:
    """What is to be billed, for each who owes it."""
    columns = [
        Column("owed by"),
        Column("as", narrow=True),
        Column("fees", right=True, narrow=True),
        Column("credits", right=True, narrow=True),
        Column("net", right=True, narrow=True),
        Column("oldest due", narrow=True),
        Column("held", narrow=True),
    ]
    rows: list[tuple[object, ...]] = [
        (t.owed_by, t.obligor, t.fees, t.credits, euros(t.net_cents), t.oldest_due_on, t.is_held or None)
        for t in totals
    ]
    if len(totals) > 1:
        counts = (sum(t.fees for t in totals), sum(t.credits for t in totals))
        rows.append(("all", None, *counts, euros(sum(t.net_cents for t in totals)), None, None))
    print_table(f"Unbilled, by who owes it ({len(totals)}, EUR net)", columns, rows)


def print_items(items: Sequence[UnbilledItem]) -> None:
    """What is to be billed, one by one."""
    columns = [
        Column("package"),
        Column("", right=True, narrow=True),
        Column("customer"),
        Column("due", narrow=True),
        Column("until", narrow=True),
        Column("net", right=True, narrow=True),
        Column("to be", narrow=True),
    ]
    rows = [
        (
            item.package,
            item.number,
            item.customer,
            item.due_on,
            item.period_end_on,
            euros(item.net_cents),
            f"taken from {item.document}" if item.document else "billed",
        )
        for item in items
    ]
    print_table(f"One by one ({len(rows)}, EUR net)", columns, rows)


def print_charges(found: Sequence[ChargeRow]) -> None:
    """Charges as they stand."""
    columns = [
        Column("package"),
        Column("", right=True, narrow=True),
        Column("due", narrow=True),
        Column("until", narrow=True),
        Column("owed by"),
        Column("net", right=True, narrow=True),
        Column("stands", narrow=True),
    ]
    rows = [
        (c.package, c.number, c.due_on, c.period_end_on, c.owed_by, euros(c.net_cents), _stands(c))
        for c in found
    ]
    print_table(f"Charges ({len(rows)}, EUR net)", columns, rows)


def _stands(charge: ChargeRow) -> str:
    billed = f"{charge.document} ({charge.percent} %)" if charge.document else "unbilled"
    if charge.is_reversed:
        return f"reversed, in {charge.document}" if charge.document else "reversed"
    return billed


def print_years(years: Sequence[YearOfPackage]) -> None:
    """Charges by package and year."""
    columns = [Column("package"), Column("year", narrow=True)]
    columns += [Column(t, right=True) for t in ("charges", "reversed", "net", "billed", "unbilled")]
    rows = [
        (
            *(y.package, y.due_year, y.charges, y.reversed),
            *(euros(cents) for cents in (y.net_cents, y.billed_cents, y.unbilled_cents)),
        )
        for y in years
    ]
    print_table(f"Charges by package and year ({len(rows)}, EUR net)", columns, rows)


def print_held(items: Sequence[HeldItem]) -> None:
    """What is held."""
    columns = [
        Column("owed by"),
        Column("in", narrow=True),
        Column("held since", narrow=True),
        Column("package"),
        Column("", right=True, narrow=True),
        Column("due", narrow=True),
        Column("net", right=True, narrow=True),
    ]
    rows = [
        (i.owed_by, i.country, _day(i.held_at), i.package, i.number, i.due_on, euros(i.net_cents))
        for i in items
    ]
    print_table(f"Held ({len(rows)}, EUR net)", columns, rows)


def _day(at: object) -> str | None:
    return None if at is None else str(at)[:10]


def amount(cents: int) -> str | None:
    """An amount in a column of debits or credits; nothing for none."""
    return euros(cents) if cents else None
