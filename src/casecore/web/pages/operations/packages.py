"""The packages behind what a customer pays: picture 12 shows it beside what the customer's cases take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.pages.operations.asked import OfCases, days_of, filter_of, query_of
from casecore.web.pages.operations.chips import FilterChip, chips_of
from casecore.web.pages.operations.drawn.customers import PACKAGES_PATH
from casecore.web.pages.page import AnyPage, Look, Shown, SitePage
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.words import N_
from projections.billing.pictures import PackageBehind, customer_fees, customer_fees_packages
from projections.pictures.asked import Behind

_PER_PAGE = 100
_PICTURE = "/operations/customer-effort"
_NOT_OF_FEES = ("organisation", "topic", "priority")
"""Filters of cases, which say nothing of packages."""


class OfFees(OfCases, frozen=True):
    """Whose fees; `after` is where the page begins."""

    after: str = ""


class PackagesBehindPage(NamedTuple):
    """The packages, each with its fees that fell due on these days; `net_cents` is the sum of all pages.

    `picture_href` is empty for those who may not look at pictures.
    """

    customer: str
    chips: Sequence[FilterChip]
    packages: Sequence[PackageBehind]
    net_cents: int
    picture_href: str
    next: str | None


def load_packages_behind(look: Look, asked: OfFees) -> Shown:
    """The packages of a customer whose fees fell due; raises InvalidRequest."""
    if not asked.customer:
        raise InvalidRequest("customer is missing: follow a link of the picture customer-effort")
    days = days_of(asked)
    which = filter_of(asked, look)._replace(since=days.since, until=days.until)
    behind = Behind("net_cents", {"customer": asked.customer}, _PER_PAGE + 1, asked.after)
    found = look.app.ask(customer_fees_packages, which, behind, look.viewer)
    packages = found[:_PER_PAGE]
    fees = look.app.ask(customer_fees, which, look.viewer, [asked.customer])
    reader = PageReader(look.times.language)
    content = PackagesBehindPage(
        customer=asked.customer,
        chips=chips_of(asked, PACKAGES_PATH, reader, ("customer", "target", *_NOT_OF_FEES)),
        packages=packages,
        net_cents=sum(one.net_cents for one in fees),
        picture_href=_PICTURE + query_of(asked, customer="", after="")
        if look.identity.has(Scope.ANALYST)
        else "",
        next=None if len(found) <= _PER_PAGE else PACKAGES_PATH + query_of(asked, after=packages[-1].package),
    )
    names = ("customer", "seller", "since", "until")
    query = {name: value for name in names if (value := getattr(asked, name))}
    api = f"/v1/billing/customer-fees/packages?{urlencode(query)}"
    return Shown(N_("Packages behind the fees"), content, api)


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        PACKAGES_PATH,
        "operations",
        (Scope.ACCOUNTANT,),
        OfFees,
        "operations/packages.html",
        load_packages_behind,
    ),
)
