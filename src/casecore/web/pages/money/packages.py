"""Licence packages: who had one, who has it, and what it pays."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from casecore.app.registers.histories import package_history
from casecore.app.registers.pages import FIRST, PackageEntry, PackageFilter, list_packages, today
from casecore.contract.licences import Assignment, CustomerSince, Licence
from casecore.contract.streams import package_stream_id
from casecore.http.cursors import cut_page, read_cursor
from casecore.licences.customers import customer_on, customers_of
from casecore.licences.package import seller_on
from casecore.web.pages.money.histories import ToldEvent, told
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    filters_of,
    in_path,
    next_address,
)
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.queries import ChargeFilter, charges
from projections.billing.tables import ChargeRow

_MOST_CHARGES = 200


class AskedPackages(PageAsked, frozen=True):
    """Which packages, by their customer and their seller today."""

    customer: str = ""
    seller: str = ""
    cursor: str = ""


class AskedPackage(PageAsked, frozen=True):
    """Which package."""

    package: str


class ShownPackage(NamedTuple):
    """A package: its customer and seller are those of today, and all of them by their days."""

    reference: str
    customer: str
    seller: str
    licence: Licence
    customers: tuple[CustomerSince, ...]
    sellers: tuple[Assignment, ...]


class PackageList(NamedTuple):
    """A page of packages."""

    is_vendor: bool
    packages: list[ShownPackage]
    left_out: tuple[str, ...]
    asked: AskedPackages
    next: str | None


class PackagePage(NamedTuple):
    """A package, what it pays, and what happened to it; `net_cents` sums up the charges that stand."""

    is_vendor: bool
    package: ShownPackage
    charges: list[ChargeRow]
    net_cents: int
    are_all: bool
    events: list[ToldEvent]


def load_packages(look: Look, asked: AskedPackages) -> Shown:
    """A page of packages."""
    after = read_cursor(asked.cursor, UUID) if asked.cursor else FIRST
    which = PackageFilter(asked.customer or None, asked.seller or None, after, PER_PAGE + 1)
    found = list_packages(look.app, which, look.viewer)
    page = cut_page(found.known, PER_PAGE, lambda one: package_stream_id(one.reference))
    return Shown(
        title=N_("Licence packages"),
        content=PackageList(
            is_vendor=look.viewer.is_vendor,
            packages=[_package(one) for one in page.rows],
            left_out=found.left_out,
            asked=asked,
            next=next_address("/money/packages", asked, page.next),
        ),
        api=address("/v1/licences", filters_of(asked)),
    )


def load_package(look: Look, asked: AskedPackage) -> Shown:
    """A package: who had it, who has it, and what it pays."""
    found = package_history(look.app, asked.package, viewer=look.viewer)
    which = ChargeFilter(package=asked.package, limit=_MOST_CHARGES + 1)
    paid = list(look.app.ask(charges, which, look.viewer))
    shown = paid[:_MOST_CHARGES]
    return Shown(
        title=asked.package,
        content=PackagePage(
            is_vendor=look.viewer.is_vendor,
            package=_package(found.entry),
            charges=shown,
            net_cents=sum(one.net_cents for one in shown if not one.is_reversed),
            are_all=len(shown) == len(paid),
            events=told(found.facts, look.times),
        ),
        api=f"/v1/licences/{in_path(asked.package)}",
    )


def _package(entry: PackageEntry) -> ShownPackage:
    licence, day = entry.licence, today()
    return ShownPackage(
        reference=entry.reference,
        customer=customer_on(licence, day),
        seller=seller_on(licence, day),
        licence=licence,
        customers=customers_of(licence),
        sellers=licence.assignments,
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money/packages", SECTION, SCOPES, AskedPackages, "money/packages.html", load_packages),
    SitePage("/money/packages/{package}", SECTION, SCOPES, AskedPackage, "money/package.html", load_package),
)
