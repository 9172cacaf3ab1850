"""What can be asked about fees: what a seller or a support partner charges, by itself alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from casecore.api.questions.billing.billing import Year
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.billing.fees import charged_memos, fee_agreements, fee_statement
from casecore.billing.fees.statement import PostedMemo, RatePart
from casecore.contract.fees import FeeAgreement, FeeService
from casecore.http.cursors import Limit, cut_page, read_cursor
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.fee_memos import MemoFilter, MemoPlace
from projections.billing.fees import FeeMemoRow

FeeMemo = shape_of(FeeMemoRow, name="FeeMemo")
StatedMemo = shape_of(PostedMemo, name="StatedMemo")
StatedRate = shape_of(RatePart, name="StatedRate")
LogPosition = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class AgreementsOf(Asked, frozen=True):
    """Whose agreements."""

    party: str


class AgreementsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a party charges and charged, also what was withdrawn."""

    agreements: list[FeeAgreement]


class MemosOf(Asked, frozen=True):
    """Which memos of a party; `year` is that in which they fell due.

    Those that were taken back only with `reversed`.
    """

    party: str
    year: Year | None = None
    customer: str | None = None
    service: FeeService | None = None
    reversed: bool = False
    limit: Limit = 100
    cursor: str | None = None


class MemosAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Memos by the day on which they fell due; `next` is the cursor of the next page."""

    memos: list[FeeMemo]  # type: ignore[valid-type]
    next: str | None


class StatementOf(Asked, frozen=True):
    """What a party charged for a year: as of a place in the log, and how that has changed since another."""

    party: str
    year: Year
    as_of: LogPosition | None = None
    since: LogPosition | None = None


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

    It holds all up to `as_of_position`; asked with that as `since`, a later one says what has changed.
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


def agreements(app: Application, viewer: Viewer, asked: AgreementsOf) -> AgreementsAnswer:
    """What a party charges its customers."""
    agreed = fee_agreements(app, asked.party, viewer)
    return AgreementsAnswer(agreements=[one.agreement for one in agreed])


def memos(app: Application, viewer: Viewer, asked: MemosOf) -> MemosAnswer:
    """What a party charged its customers, memo by memo."""
    which = MemoFilter(
        year=asked.year,
        customer=asked.customer,
        service=asked.service.value if asked.service else None,
        with_reversed=asked.reversed,
        limit=asked.limit + 1,
        after=read_cursor(asked.cursor, MemoPlace) if asked.cursor else None,
    )
    found = charged_memos(app, asked.party, which, viewer)
    page = cut_page(found, asked.limit, lambda one: MemoPlace(one.due_on, one.stream_id, one.number))
    return MemosAnswer(memos=[shaped(one, FeeMemo) for one in page.rows], next=page.next)


def statement(app: Application, viewer: Viewer, asked: StatementOf) -> StatementAnswer:
    """What a party charged its customers for a year."""
    found, change = fee_statement(app, asked.party, asked.year, asked.as_of, asked.since, viewer)
    customers = [
        StatedCustomer(customer=one.customer, memos=_memos(one.memos), net_cents=one.net_cents)
        for one in found.customers
    ]
    changed = None
    if change is not None:
        changed = StatedChange(
            **{**change._asdict(), "came": _memos(change.came), "went": _memos(change.went)}
        )
    rates = [shaped(one, StatedRate) for one in found.rates]
    return StatementAnswer(**{**found._asdict(), "customers": customers, "rates": rates, "change": changed})


def _memos(memos: Iterable[PostedMemo]) -> list[StatedMemo]:  # type: ignore[valid-type]
    return [shaped(one, StatedMemo) for one in memos]


_SCOPES = (Scope.ACCOUNTANT,)
QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/fees/{party}/agreements", _SCOPES, AgreementsOf, AgreementsAnswer, agreements),
    Question(
        "/v1/fees/{party}/memos", _SCOPES, MemosOf, MemosAnswer, memos, cursor=lambda answer: answer.next
    ),
    Question("/v1/fees/{party}/statements/{year}", _SCOPES, StatementOf, StatementAnswer, statement),
)
