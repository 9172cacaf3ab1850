"""What can be asked about statements of fees: what a seller or a support partner charged for a year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from casecore.api.questions.billing.billing import Year
from casecore.api.questions.from_store import from_store
from casecore.api.questions.page import AskedPart, RowCount, next_page, part_by_place
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.billing.fees import fee_statement
from casecore.billing.fees.statement import PostedMemo, RatePart, Statement, StatementChange
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

StatedMemo = shape_of(PostedMemo, name="StatedMemo")
StatedRate = shape_of(RatePart, name="StatedRate")
LogPosition = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class StatementOf(AskedPart, frozen=True):
    """What a party charged for a year, as of a position in the log, and how it has changed since another.

    And which part of its memos.
    """

    party: str
    year: Year
    as_of_position: LogPosition | None = None
    since_position: LogPosition | None = None


class StatedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's memos, and their net sum."""

    customer: str
    memos: list[StatedMemo]  # type: ignore[valid-type]
    net_cents: int


class StatedChange(msgspec.Struct, frozen=True, kw_only=True):
    """How a statement differs from an earlier one: memos that came and went, and the sums."""

    since_position: int
    came: list[StatedMemo]  # type: ignore[valid-type]
    went: list[StatedMemo]  # type: ignore[valid-type]
    net_cents: int
    vat_cents: int
    gross_cents: int


class StatementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a party charged its customers for a year, with the tax once for each rate.

    It holds all up to `as_of_position`; asked with that as `since_position`, a later one says what has
    changed. The sums are those of the whole. Its memos are in pages: those of the customers, then those that
    came and went; `next` is the cursor of the next page, null if there is none. A customer whose memos are
    on two pages is on both. With `as_of_position` all pages are of one statement.
    """

    party: str
    year: int
    as_of_position: int
    customers: list[StatedCustomer]
    rates: list[StatedRate]  # type: ignore[valid-type]
    net_cents: int
    vat_cents: int
    gross_cents: int
    change: StatedChange | None
    next: str | None


class _MemoPlace(NamedTuple):
    """A memo in its list: the customers' (0), those that came (1), those that went (2)."""

    list: int
    customer: str
    due_on: date
    stream_id: UUID
    version: RowCount


def statement(app: Application, viewer: Viewer, asked: StatementOf) -> StatementAnswer:
    """What a party charged its customers for a year."""

    def state() -> tuple[Statement, StatementChange | None]:
        return fee_statement(app, asked.party, asked.year, asked.as_of_position, asked.since_position, viewer)

    # As of a position it is not as new as the store, and says so by that.
    found, change = from_store(app, state) if asked.as_of_position is None else state()
    memos = [(0, memo) for one in found.customers for memo in one.memos]
    if change is not None:
        memos += [(1, memo) for memo in change.came] + [(2, memo) for memo in change.went]
    page = part_by_place(asked, memos, _MemoPlace, _place)
    lists: list[list[PostedMemo]] = [[], [], []]
    for number, memo in page.rows:
        lists[number].append(memo)
    of_customers, came, went = lists
    shown = {name: _memos(rows) for name, rows in groupby(of_customers, key=lambda one: one.fee.customer)}
    customers = [
        StatedCustomer(customer=one.customer, memos=shown[one.customer], net_cents=one.net_cents)
        for one in found.customers
        if one.customer in shown
    ]
    changed = None
    if change is not None:
        changed = StatedChange(**{**change._asdict(), "came": _memos(came), "went": _memos(went)})
    rates = [shaped(one, StatedRate) for one in found.rates]
    return StatementAnswer(
        **{**found._asdict(), "customers": customers, "rates": rates, "change": changed, "next": page.next}
    )


def _place(one: tuple[int, PostedMemo]) -> _MemoPlace:
    number, memo = one
    fee = memo.fee
    return _MemoPlace(number, fee.customer, fee.due_on, memo.event.stream_id, memo.event.version)


def _memos(memos: Iterable[PostedMemo]) -> list[StatedMemo]:  # type: ignore[valid-type]
    return [shaped(one, StatedMemo) for one in memos]


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/fees/{party}/statements/{year}",
        (Scope.ACCOUNTANT,),
        StatementOf,
        StatementAnswer,
        statement,
        cursor=next_page,
    ),
)
