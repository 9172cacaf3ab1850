"""What can be asked about fees: what a seller or a support partner charges, by itself alone."""

from __future__ import annotations

import msgspec

from casecore.api.questions.billing.billing import Year
from casecore.api.questions.from_store import from_store
from casecore.api.questions.page import (
    AskedPage,
    AskedPart,
    asked_place,
    next_page,
    page_of,
    part_by_number,
    rows_for,
)
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.billing.fees import charged_memos, fee_agreements
from casecore.contract.fees import FeeAgreement, FeeService
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.fee_memos import MemoFilter, MemoPlace
from projections.billing.fees import FeeMemoRow

FeeMemo = shape_of(FeeMemoRow, name="FeeMemo")


class AgreementsOf(AskedPart, frozen=True):
    """Whose agreements, and which part of them."""

    party: str


class AgreementsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a party charges and charged, also what was withdrawn, by number.

    `next` is the cursor of the next page, null if there is none.
    """

    agreements: list[FeeAgreement]
    next: str | None


class MemosOf(AskedPage, frozen=True):
    """Which memos of a party; `year` is that in which they fell due.

    Those that were taken back only with `reversed`.
    """

    party: str
    year: Year | None = None
    customer: str | None = None
    service: FeeService | None = None
    reversed: bool = False


class MemosAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Memos by the day on which they fell due; `next` is the cursor of the next page."""

    memos: list[FeeMemo]  # type: ignore[valid-type]
    next: str | None


def agreements(app: Application, viewer: Viewer, asked: AgreementsOf) -> AgreementsAnswer:
    """What a party charges its customers."""
    page = part_by_number(asked, from_store(app, lambda: fee_agreements(app, asked.party, viewer)))
    return AgreementsAnswer(agreements=[one.agreement for one in page.rows], next=page.next)


def memos(app: Application, viewer: Viewer, asked: MemosOf) -> MemosAnswer:
    """What a party charged its customers, memo by memo."""
    which = MemoFilter(
        year=asked.year,
        customer=asked.customer,
        service=asked.service.value if asked.service else None,
        with_reversed=asked.reversed,
        limit=rows_for(asked),
        after=asked_place(asked, MemoPlace),
    )
    found = charged_memos(app, asked.party, which, viewer)
    page = page_of(asked, found, lambda one: MemoPlace(one.due_on, one.stream_id, one.number))
    return MemosAnswer(memos=[shaped(one, FeeMemo) for one in page.rows], next=page.next)


_SCOPES = (Scope.ACCOUNTANT,)
QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/fees/{party}/agreements", _SCOPES, AgreementsOf, AgreementsAnswer, agreements, cursor=next_page
    ),
    Question("/v1/fees/{party}/memos", _SCOPES, MemosOf, MemosAnswer, memos, cursor=next_page),
)
