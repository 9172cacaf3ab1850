"""What can be asked about what no document bills yet."""

from __future__ import annotations

from datetime import date

import msgspec

from casecore.api.questions.page import AskedPage, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
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


class UnbilledOf(AskedPage, frozen=True):
    """Of whom, of those that the identity sees, and of what fell due until which day, included.

    `customer` is for whose packages.
    """

    owed_by: str | None = None
    customer: str | None = None
    until: date | None = None


class UnbilledAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be billed, or taken back, by who owes it; `next` is the cursor of the next page."""

    items: list[UnbilledFee]  # type: ignore[valid-type]
    next: str | None


class UnbilledTotalsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The same, summed up for each who owes it; `next` is the cursor of the next page."""

    totals: list[UnbilledSum]  # type: ignore[valid-type]
    next: str | None


class HeldOf(AskedPage, frozen=True):
    """All that is on hold."""


class HeldAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is not billed until someone decides how; `next` is the cursor of the next page."""

    items: list[HeldFee]  # type: ignore[valid-type]
    next: str | None


def list_unbilled(app: Application, viewer: Viewer, asked: UnbilledOf) -> UnbilledAnswer:
    """Fees that no document bills yet, and credits that none has taken back."""
    after = asked_place(asked, ItemPlace)
    found = list(
        app.ask(unbilled, asked.owed_by, rows_for(asked), after, viewer, asked.until, asked.customer)
    )
    page = page_of(asked, found, _place)
    return UnbilledAnswer(items=[shaped(one, UnbilledFee) for one in page.rows], next=page.next)


def list_unbilled_totals(app: Application, viewer: Viewer, asked: UnbilledOf) -> UnbilledTotalsAnswer:
    """What each is to be billed, less what is to be taken back."""
    after = asked_place(asked, UnbilledTotalPlace)
    found = app.ask(
        unbilled_totals, asked.owed_by, rows_for(asked), after, viewer, asked.until, asked.customer
    )
    page = page_of(asked, found, lambda one: UnbilledTotalPlace(one.owed_by, one.obligor))
    return UnbilledTotalsAnswer(totals=[shaped(one, UnbilledSum) for one in page.rows], next=page.next)


def list_held(app: Application, viewer: Viewer, asked: HeldOf) -> HeldAnswer:
    """What is not billed since its buyer is on hold; the vendor decides, and nobody else sees it."""
    after = asked_place(asked, ItemPlace)
    found = app.ask(held_items, rows_for(asked), after, viewer)
    page = page_of(asked, found, _place)
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
        cursor=next_page,
    ),
    Question(
        "/v1/billing/unbilled/totals",
        _SCOPES,
        UnbilledOf,
        UnbilledTotalsAnswer,
        list_unbilled_totals,
        cursor=next_page,
    ),
    Question("/v1/billing/held", _SCOPES, HeldOf, HeldAnswer, list_held, cursor=next_page),
)
