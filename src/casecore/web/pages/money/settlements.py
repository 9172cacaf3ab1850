"""Resellers' years that are settled: their list, and one with its documents and lines."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from casecore.app.billing.answers import find_settlement
from casecore.http.cursors import cut_page, read_cursor
from casecore.http.problems import InvalidRequest
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    filters_of,
    in_path,
    next_address,
    year_in,
)
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.issued import SettlementFilter, SettlementPlace, settlements
from projections.billing.statements import SettlementDocument, SettlementLine
from projections.billing.tables import SettlementRow


class AskedSettlements(PageAsked, frozen=True):
    """Which settlements: of a seller, of a year."""

    seller: str = ""
    year: str = ""
    cursor: str = ""


class AskedSettlement(PageAsked, frozen=True):
    """Which settlement."""

    seller: str
    year: str


class SettlementList(NamedTuple):
    """A page of settlements, those of the last year first."""

    is_vendor: bool
    settlements: list[SettlementRow]
    asked: AskedSettlements
    next: str | None


class LinesOfCustomer(NamedTuple):
    """What a settlement bills for the packages of a customer, and its net sum."""

    customer: str
    lines: list[SettlementLine]
    net_cents: int


class SettlementPage(NamedTuple):
    """A settlement; `is_whole`: all its documents are issued, and come to what it says."""

    is_vendor: bool
    settlement: SettlementRow
    documents: list[SettlementDocument]
    customers: list[LinesOfCustomer]
    is_whole: bool


def load_settlements(look: Look, asked: AskedSettlements) -> Shown:
    """A page of settlements."""
    after = read_cursor(asked.cursor, SettlementPlace) if asked.cursor else None
    which = SettlementFilter(asked.seller or None, year_in(asked.year), PER_PAGE + 1, after)
    found = look.app.ask(settlements, which, look.viewer)
    page = cut_page(found, PER_PAGE, lambda one: SettlementPlace(one.year, one.seller))
    return Shown(
        title=N_("Settlements"),
        content=SettlementList(
            is_vendor=look.viewer.is_vendor,
            settlements=page.rows,
            asked=asked,
            next=next_address("/money/settlements", asked, page.next),
        ),
        api=address("/v1/billing/settlements", filters_of(asked)),
    )


def load_settlement(look: Look, asked: AskedSettlement) -> Shown:
    """The settlement of a reseller's year."""
    year = year_in(asked.year)
    if year is None:
        raise InvalidRequest("name the year", "year")
    found = find_settlement(look.app, asked.seller, year, look.viewer)
    customers = [
        LinesOfCustomer(customer, lines := list(of_customer), sum(line.net_cents for line in lines))
        for customer, of_customer in groupby(found.lines, lambda line: line.customer)
    ]
    return Shown(
        title=f"{asked.seller} {year}",
        content=SettlementPage(
            is_vendor=look.viewer.is_vendor,
            settlement=found.settlement,
            documents=found.documents,
            customers=customers,
            is_whole=found.is_whole,
        ),
        api=f"/v1/billing/settlements/{in_path(asked.seller)}/{year}",
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/money/settlements", SECTION, SCOPES, AskedSettlements, "money/settlements.html", load_settlements
    ),
    SitePage(
        "/money/settlements/{seller}/{year}",
        SECTION,
        SCOPES,
        AskedSettlement,
        "money/settlement.html",
        load_settlement,
    ),
)
