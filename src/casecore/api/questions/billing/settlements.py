"""What can be asked about settlements: a reseller sees its own, with the lines of its own customers."""

from __future__ import annotations

import msgspec

from casecore.api.questions.billing.billing import Year
from casecore.api.questions.page import AskedPage, AskedPart, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.billing.answers import find_settlement
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.issued import SettlementFilter, SettlementPlace, settlements
from projections.billing.statements import (
    LinesOfSettlement,
    SettlementDocument,
    SettlementLine,
    SettlementLinePlace,
)
from projections.billing.tables import SettlementRow

Settlement = shape_of(SettlementRow, name="Settlement")
DocumentOfSettlement = shape_of(SettlementDocument, name="DocumentOfSettlement")
LineOfSettlement = shape_of(SettlementLine, name="LineOfSettlement")


class SettlementOf(AskedPart, frozen=True):
    """Which settlement, and which part of its lines."""

    seller: str
    year: Year


class SettlementsOf(AskedPage, frozen=True):
    """Which settlements, of those that the identity sees."""

    seller: str | None = None
    year: Year | None = None


class SettlementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement with its documents, and their lines by customer.

    `is_whole`: all its documents are issued, and come to what the settlement says. `next` is the cursor of
    the next page of the lines, null if there is none.
    """

    settlement: Settlement  # type: ignore[valid-type]
    documents: list[DocumentOfSettlement]  # type: ignore[valid-type]
    lines: list[LineOfSettlement]  # type: ignore[valid-type]
    is_whole: bool
    next: str | None


class SettlementsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Settlements, those of the last year first; `next` is the cursor of the next page."""

    settlements: list[Settlement]  # type: ignore[valid-type]
    next: str | None


def one_settlement(app: Application, viewer: Viewer, asked: SettlementOf) -> SettlementAnswer:
    """The settlement of a reseller's year."""
    which = LinesOfSettlement(asked_place(asked, SettlementLinePlace), rows_for(asked))
    found = find_settlement(app, asked.seller, asked.year, viewer, which)
    page = page_of(asked, found.lines, _line_place)
    return SettlementAnswer(
        settlement=shaped(found.settlement, Settlement),
        documents=[shaped(one, DocumentOfSettlement) for one in found.documents],
        lines=[shaped(one, LineOfSettlement) for one in page.rows],
        is_whole=found.is_whole,
        next=page.next,
    )


def list_settlements(app: Application, viewer: Viewer, asked: SettlementsOf) -> SettlementsAnswer:
    """Years that are settled."""
    after = asked_place(asked, SettlementPlace)
    found = app.ask(settlements, SettlementFilter(asked.seller, asked.year, rows_for(asked), after), viewer)
    page = page_of(asked, found, lambda one: SettlementPlace(one.year, one.seller))
    return SettlementsAnswer(settlements=[shaped(one, Settlement) for one in page.rows], next=page.next)


def _line_place(line: SettlementLine) -> SettlementLinePlace:
    return SettlementLinePlace(*(getattr(line, name) for name in SettlementLinePlace._fields))


_SCOPES = (Scope.ACCOUNTANT,)
QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/billing/settlements",
        _SCOPES,
        SettlementsOf,
        SettlementsAnswer,
        list_settlements,
        cursor=next_page,
    ),
    Question(
        "/v1/billing/settlements/{seller}/{year}",
        _SCOPES,
        SettlementOf,
        SettlementAnswer,
        one_settlement,
        cursor=next_page,
    ),
)
