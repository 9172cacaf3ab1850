"""What a party charged its customers for a year: the memos that counted at a position of the log. Pure.

A statement is not issued, and not final: whoever took one may ask later how it has changed, and gets the
difference of the rounded totals, so that a statement and its changes add up to the latest one, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from casecore.contract.billing import EventRef
from casecore.contract.fees import Fee
from casecore.money.vat import vat_cents


class PostedMemo(NamedTuple):
    """A memo with the event that recorded it, and the log positions of that event and of its reversal."""

    fee: Fee
    event: EventRef
    caused_by: EventRef
    recorded_position: int
    reversed_position: int | None


class CustomerPart(NamedTuple):
    """A customer's memos, in the order of their days, and their net sum in cents."""

    customer: str
    memos: tuple[PostedMemo, ...]
    net_cents: int


class RatePart(NamedTuple):
    """What is taxed at one rate, in cents: the net sum, and the tax on it; None where no tax is charged."""

    percent: Decimal | None
    net_cents: int
    vat_cents: int


class Statement(NamedTuple):
    """A party's fees that fell due in a year, as of a position of the log; amounts in cents."""

    party: str
    year: int
    as_of_position: int
    customers: tuple[CustomerPart, ...]
    rates: tuple[RatePart, ...]
    net_cents: int
    vat_cents: int
    gross_cents: int


class StatementChange(NamedTuple):
    """How a statement differs from an earlier one: memos that came and went, and the sums, in cents."""

    since_position: int
    came: tuple[PostedMemo, ...]
    went: tuple[PostedMemo, ...]
    net_cents: int
    vat_cents: int
    gross_cents: int


def statement_of(party: str, year: int, posted: Iterable[PostedMemo], as_of_position: int) -> Statement:
    """The statement as of a position: tax once for each rate on the sum, half up.

    `posted` may have memos of other parties and years too.
    """
    counted = sorted(
        (memo for memo in posted if _is_of(memo, party, year) and _counts(memo, as_of_position)), key=_order
    )
    by_customer: dict[str, list[PostedMemo]] = {}
    by_rate: dict[Decimal | None, int] = {}
    for memo in counted:
        by_customer.setdefault(memo.fee.customer, []).append(memo)
        by_rate[memo.fee.vat_percent] = by_rate.get(memo.fee.vat_percent, 0) + memo.fee.net_cents
    customers = tuple(
        CustomerPart(customer, tuple(memos), sum(memo.fee.net_cents for memo in memos))
        for customer, memos in sorted(by_customer.items())
    )
    rates = tuple(
        RatePart(percent, net, vat_cents(net, percent or Decimal(0)))
        for percent, net in sorted(by_rate.items(), key=lambda rate: (rate[0] is not None, rate[0] or 0))
    )
    net, vat = sum(rate.net_cents for rate in rates), sum(rate.vat_cents for rate in rates)
    return Statement(
        party=party,
        year=year,
        as_of_position=as_of_position,
        customers=customers,
        rates=rates,
        net_cents=net,
        vat_cents=vat,
        gross_cents=net + vat,
    )


def change_since(before: Statement, now: Statement) -> StatementChange:
    """How a statement has changed since an earlier one of the same party and year."""
    earlier, later = _memos(before), _memos(now)
    return StatementChange(
        since_position=before.as_of_position,
        came=tuple(memo for event, memo in later.items() if event not in earlier),
        went=tuple(memo for event, memo in earlier.items() if event not in later),
        net_cents=now.net_cents - before.net_cents,
        vat_cents=now.vat_cents - before.vat_cents,
        gross_cents=now.gross_cents - before.gross_cents,
    )


def _memos(statement: Statement) -> dict[EventRef, PostedMemo]:
    return {memo.event: memo for customer in statement.customers for memo in customer.memos}


def _is_of(memo: PostedMemo, party: str, year: int) -> bool:
    return memo.fee.party == party and memo.fee.due_on.year == year


def _counts(memo: PostedMemo, position: int) -> bool:
    is_reversed = memo.reversed_position is not None and memo.reversed_position <= position
    return memo.recorded_position <= position and not is_reversed


def _order(memo: PostedMemo) -> tuple[object, ...]:
    return (memo.fee.customer, memo.fee.due_on, memo.event.stream_id, memo.event.version)
