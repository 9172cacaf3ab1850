"""Maintenance charges, and those of them that no document bills yet, or that wait for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from casecore.http.cursors import cut_page, read_cursor
from casecore.http.problems import InvalidRequest
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    day_in,
    filters_of,
    next_address,
    tax_in,
    year_in,
)
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.queries import ChargeFilter, ChargePlace, charges
from projections.billing.tables import ChargeRow
from projections.billing.unbilled import (
    HeldItem,
    ItemPlace,
    UnbilledItem,
    UnbilledTotal,
    held_items,
    unbilled,
    unbilled_totals,
)

_MOST_TOTALS = 200
_BILLED: Mapping[str, bool | None] = MappingProxyType({"": None, "true": True, "false": False})


class AskedCharges(PageAsked, frozen=True):
    """Which charges: of a package, for a customer, of whoever owes them, of the year in which they fell due.

    Those that a document bills, or that none bills, as `billed` says; by how they are taxed.
    """

    package: str = ""
    customer: str = ""
    owed_by: str = ""
    year: str = ""
    billed: str = ""
    category: str = ""
    percent: str = ""
    cursor: str = ""


class AskedUnbilled(PageAsked, frozen=True):
    """Of whom, for whose packages, and of what fell due until which day."""

    owed_by: str = ""
    customer: str = ""
    until: str = ""
    cursor: str = ""


class AskedHeld(PageAsked, frozen=True):
    """All that is on hold; `done` is what was just done."""

    done: str = ""
    cursor: str = ""


class ChargeList(NamedTuple):
    """A page of charges; `next` is the address of the next one, None if there is none."""

    is_vendor: bool
    charges: list[ChargeRow]
    asked: AskedCharges
    next: str | None


class UnbilledList(NamedTuple):
    """A page of what is not billed yet, and the sums of all of it for each who owes."""

    is_vendor: bool
    items: list[UnbilledItem]
    totals: list[UnbilledTotal]
    asked: AskedUnbilled
    next: str | None


class HeldBuyer(NamedTuple):
    """A buyer on hold, and what it owes on this page."""

    buyer: str
    country: str
    items: list[HeldItem]


class HeldList(NamedTuple):
    """A page of buyers on hold."""

    is_vendor: bool
    buyers: list[HeldBuyer]
    done: str
    next: str | None


def load_charges(look: Look, asked: AskedCharges) -> Shown:
    """A page of charges."""
    if asked.billed not in _BILLED:
        raise InvalidRequest(f"billed is {asked.billed[:50]!r}; possible are: true, false", "billed")
    category, percent = tax_in(asked.category, asked.percent)
    which = ChargeFilter(
        package=asked.package or None,
        owed_by=asked.owed_by or None,
        customer=asked.customer or None,
        year=year_in(asked.year),
        is_billed=_BILLED[asked.billed],
        category=category,
        percent=percent,
        limit=PER_PAGE + 1,
        after=read_cursor(asked.cursor, ChargePlace) if asked.cursor else None,
    )
    found = list(look.app.ask(charges, which, look.viewer))
    page = cut_page(found, PER_PAGE, lambda one: ChargePlace(one.package, one.number))
    return Shown(
        title=N_("Charges"),
        content=ChargeList(
            is_vendor=look.viewer.is_vendor,
            charges=page.rows,
            asked=asked,
            next=next_address("/money/charges", asked, page.next),
        ),
        api=address("/v1/billing/charges", filters_of(asked)),
    )


def load_unbilled(look: Look, asked: AskedUnbilled) -> Shown:
    """A page of what is not billed yet."""
    owed_by, customer, until = asked.owed_by or None, asked.customer or None, day_in("until", asked.until)
    after = read_cursor(asked.cursor, ItemPlace) if asked.cursor else None
    found = list(look.app.ask(unbilled, owed_by, PER_PAGE + 1, after, look.viewer, until, customer))
    page = cut_page(found, PER_PAGE, _place)
    return Shown(
        title=N_("Not billed yet"),
        content=UnbilledList(
            is_vendor=look.viewer.is_vendor,
            items=page.rows,
            totals=look.app.ask(unbilled_totals, owed_by, _MOST_TOTALS, None, look.viewer, until, customer),
            asked=asked,
            next=next_address("/money/unbilled", asked, page.next),
        ),
        api=address("/v1/billing/unbilled", filters_of(asked)),
    )


def load_held(look: Look, asked: AskedHeld) -> Shown:
    """A page of buyers on hold, with what they owe."""
    after = read_cursor(asked.cursor, ItemPlace) if asked.cursor else None
    page = cut_page(look.app.ask(held_items, PER_PAGE + 1, after, look.viewer), PER_PAGE, _place)
    buyers = [
        HeldBuyer(*buyer, list(items))
        for buyer, items in groupby(page.rows, lambda item: (item.owed_by, item.country))
    ]
    return Shown(
        title=N_("Buyers on hold"),
        content=HeldList(
            is_vendor=look.viewer.is_vendor,
            buyers=buyers,
            done=asked.done,
            next=next_address("/money/held", asked, page.next),
        ),
        api="/v1/billing/held",
    )


def _place(item: UnbilledItem | HeldItem) -> ItemPlace:
    return ItemPlace(item.owed_by, item.due_on, item.package, item.number)


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money/charges", SECTION, SCOPES, AskedCharges, "money/charges.html", load_charges),
    SitePage("/money/unbilled", SECTION, SCOPES, AskedUnbilled, "money/unbilled.html", load_unbilled),
    SitePage("/money/held", SECTION, SCOPES, AskedHeld, "money/held.html", load_held),
)
