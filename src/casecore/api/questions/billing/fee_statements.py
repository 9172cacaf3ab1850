"""What can be asked about statements of fees: what a seller or a support partner charged for a year."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec

from casecore.api.questions.billing.billing import Year
from casecore.api.questions.from_store import from_store
from casecore.api.questions.page import AskedPart, RowCount, asked_place, next_page, part_after
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
    came and went; `next` is the cursor of the next page, which is as of the same position, null if there is
    none. A customer whose memos are on two pages is on both.
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
    """Behind so many memos of a statement as of a position."""

    as_of_position: LogPosition
    memos: RowCount


def statement(app: Application, viewer: Viewer, asked: StatementOf) -> StatementAnswer:
    """What a party charged its customers for a year."""
    begun = asked_place(asked, _MemoPlace)
    as_of = asked.as_of_position
    if as_of is None and begun is not None:
        as_of = begun.as_of_position

    def state() -> tuple[Statement, StatementChange | None]:
        return fee_statement(app, asked.party, asked.year, as_of, asked.since_position, viewer)

    # As of a position it is not as new as the store, and says so by that.
    found, change = from_store(app, state) if as_of is None else state()
    lists = [one.memos for one in found.customers]
    if change is not None:
        lists += [change.came, change.went]
    memos = [(number, memo) for number, one in enumerate(lists) for memo in one]
    page = part_after(
        asked, memos, begun.memos if begun else 0, lambda behind: _MemoPlace(found.as_of_position, behind)
    )
    shown: list[list[Any]] = [[] for _ in lists]
    for number, memo in page.rows:
        shown[number].append(shaped(memo, StatedMemo))
    customers = [
        StatedCustomer(customer=one.customer, memos=of_customer, net_cents=one.net_cents)
        for one, of_customer in zip(found.customers, shown, strict=False)
        if of_customer
    ]
    changed = None
    if change is not None:
        changed = StatedChange(**{**change._asdict(), "came": shown[-2], "went": shown[-1]})
    rates = [shaped(one, StatedRate) for one in found.rates]
    return StatementAnswer(
        **{**found._asdict(), "customers": customers, "rates": rates, "change": changed, "next": page.next}
    )


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
