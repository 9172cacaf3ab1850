"""What can be asked about what no document bills yet."""

from __future__ import annotations

from datetime import date

import msgspec

from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.http.cursors import Limit, cut_page, read_cursor
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.unbilled import (
    HeldItem,
    ItemPlace,
    UnbilledItem,
    UnbilledTotal,
    UnbilledTotalPlace,
    held_items,
    unbilled,
    unbilled_totals,
)

UnbilledFee = shape_of(UnbilledItem, name="UnbilledFee")
UnbilledSum = shape_of(UnbilledTotal, name="UnbilledSum")
HeldFee = shape_of(HeldItem, name="HeldFee")


class UnbilledOf(Asked, frozen=True):
    """Of whom, of those that the identity sees, and of what fell due until which day, included."""

    owed_by: str | None = None
    until: date | None = None
    limit: Limit = 100
    cursor: str | None = None


class UnbilledAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be billed, or taken back, by who owes it; `next` is the cursor of the next page."""

    items: list[UnbilledFee]  # type: ignore[valid-type]
    next: str | None


class UnbilledTotalsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The same, summed up for each who owes it; `next` is the cursor of the next page."""

    totals: list[UnbilledSum]  # type: ignore[valid-type]
    next: str | None


class HeldOf(Asked, frozen=True):
    """All that is on hold."""

    limit: Limit = 100
    cursor: str | None = None


class HeldAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is not billed until someone decides how; `next` is the cursor of the next page."""

    items: list[HeldFee]  # type: ignore[valid-type]
    next: str | None


def list_unbilled(app: Application, viewer: Viewer, asked: UnbilledOf) -> UnbilledAnswer:
    """Fees that no document bills yet, and credits that none has taken back."""
    after = read_cursor(asked.cursor, ItemPlace) if asked.cursor else None
    found = list(app.ask(unbilled, asked.owed_by, asked.limit + 1, after, viewer, asked.until))
    page = cut_page(found, asked.limit, _place)
    return UnbilledAnswer(items=[shaped(one, UnbilledFee) for one in page.rows], next=page.next)


def list_unbilled_totals(app: Application, viewer: Viewer, asked: UnbilledOf) -> UnbilledTotalsAnswer:
    """What each is to be billed, less what is to be taken back."""
    after = read_cursor(asked.cursor, UnbilledTotalPlace) if asked.cursor else None
    found = app.ask(unbilled_totals, asked.owed_by, asked.limit + 1, after, viewer, asked.until)
    page = cut_page(found, asked.limit, lambda one: UnbilledTotalPlace(one.owed_by, one.obligor))
    return UnbilledTotalsAnswer(totals=[shaped(one, UnbilledSum) for one in page.rows], next=page.next)


def list_held(app: Application, viewer: Viewer, asked: HeldOf) -> HeldAnswer:
    """What is not billed since its buyer is on hold; the vendor decides, and nobody else sees it."""
    after = read_cursor(asked.cursor, ItemPlace) if asked.cursor else None
    found = app.ask(held_items, asked.limit + 1, after, viewer)
    page = cut_page(found, asked.limit, _place)
    return HeldAnswer(items=[shaped(one, HeldFee) for one in page.rows], next=page.next)


def _place(item: UnbilledItem | HeldItem) -> ItemPlace:
    return ItemPlace(item.owed_by, item.due_on, item.package, item.number)


_SCOPES = (Scope.ACCOUNTANT,)
QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/billing/unbilled",
        _SCOPES,
        UnbilledOf,
        UnbilledAnswer,
        list_unbilled,
        cursor=lambda answer: answer.next,
    ),
    Question(
        "/v1/billing/unbilled/totals",
        _SCOPES,
        UnbilledOf,
        UnbilledTotalsAnswer,
        list_unbilled_totals,
        cursor=lambda answer: answer.next,
    ),
    Question("/v1/billing/held", _SCOPES, HeldOf, HeldAnswer, list_held, cursor=lambda answer: answer.next),
)
