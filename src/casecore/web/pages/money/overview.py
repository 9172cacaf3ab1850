"""Where money stands: what is due, not billed yet, on hold, and was billed in a year, by rate of tax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from casecore.decider.business_day import day_of
from casecore.web.pages.money.lists import SCOPES, SECTION, year_in
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.overview import BilledSum, FellDueSum, UnbilledSumByItem, money_overview


class AskedOverview(PageAsked, frozen=True):
    """Of which year, by default this one."""

    year: str = ""


class Sum(NamedTuple):
    """A sum of charges, net."""

    charges: int
    net_cents: int


class MoneyPage(NamedTuple):
    """A year, of the `years` that there are, and the sums of what stands open.

    `unbilled` is what is `to_bill` and `to_take_back`; a part of it is `held`.
    """

    is_vendor: bool
    year: int
    years: list[int]
    fell_due: list[FellDueSum]
    fell_due_sum: Sum
    billed: list[BilledSum]
    billed_cents: int
    unbilled: Sum
    to_bill: Sum
    to_take_back: Sum
    held: Sum
    receivable_cents: int


def load_overview(look: Look, asked: AskedOverview) -> Shown:
    """A year, and what stands open now."""
    this_year = day_of(look.now).year
    year = year_in(asked.year) or this_year
    found = look.app.ask(money_overview, year, look.viewer)
    return Shown(
        title=N_("Money"),
        content=MoneyPage(
            is_vendor=look.viewer.is_vendor,
            year=year,
            years=sorted({*found.years, this_year, year}, reverse=True),
            fell_due=found.fell_due,
            fell_due_sum=_sum(found.fell_due),
            billed=found.billed,
            billed_cents=sum(one.gross_cents for one in found.billed),
            unbilled=_sum(found.unbilled),
            to_bill=_sum(one for one in found.unbilled if one.item == "fee"),
            to_take_back=_sum(one for one in found.unbilled if one.item == "credit"),
            held=_sum(one for one in found.unbilled if one.is_held),
            receivable_cents=found.receivable_cents,
        ),
        api=f"/v1/billing/overview?year={year}",
    )


def _sum(items: Iterable[FellDueSum | UnbilledSumByItem]) -> Sum:
    known = list(items)
    return Sum(sum(one.charges for one in known), sum(one.net_cents for one in known))


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money", SECTION, SCOPES, AskedOverview, "money/overview.html", load_overview),
)
