"""What a run does that cannot be taken back, before it does it: as far as it is known today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from casecore.app.billing.answers import issued_document
from casecore.billing.checks import check_actor
from casecore.billing.refusals import EarlierYearOpen, LaterYearSettled, YearNotOver
from casecore.contract.billing import DocumentIssued, Obligor
from casecore.decider.business_day import day_of
from casecore.decider.refusal import Refusal
from casecore.web.pages.money.lists import SCOPES, SECTION, address, year_in
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.issued import SettlementFilter, settlements
from projections.billing.tables import SettlementRow
from projections.billing.unbilled import UnbilledTotal, unbilled_totals

_MOST_SETTLEMENTS = 1_000


class AskedSettling(PageAsked, frozen=True):
    """Which year, by default the last one; with all resellers, or with one."""

    year: str = ""
    seller: str = ""


class AskedInvoicing(PageAsked, frozen=True):
    """To all customers of the vendor, or to one."""

    customer: str = ""


class AskedCorrecting(PageAsked, frozen=True):
    """Which document."""

    document: str = ""


class ToSettle(NamedTuple):
    """What is open with a seller until the end of the year; `refusal` is why it cannot be closed."""

    total: UnbilledTotal
    refusal: Refusal | None


class Settling(NamedTuple):
    """What closing a year is going to do; `refusal` is why it cannot be done with anybody."""

    is_vendor: bool
    year: int
    seller: str
    refusal: Refusal | None
    sellers: list[ToSettle]
    net_cents: int
    settled: list[SettlementRow]


class Invoicing(NamedTuple):
    """What is going to be billed; buyers on hold are left out."""

    is_vendor: bool
    customer: str
    totals: list[UnbilledTotal]
    net_cents: int


class Correcting(NamedTuple):
    """The document that is to be issued again."""

    is_vendor: bool
    document: DocumentIssued


def load_settling(look: Look, asked: AskedSettling) -> Shown:
    """What closing a year is going to do."""
    check_actor(look.identity.actor, look.app.settings.vendor)
    this_year = day_of(look.now).year
    year = year_in(asked.year) or this_year - 1
    seller, until = asked.seller or None, date(year, 12, 31)
    open_totals = look.app.ask(unbilled_totals, seller, viewer=look.viewer, until=until)
    known = look.app.ask(settlements, SettlementFilter(seller, None, _MOST_SETTLEMENTS), look.viewer)
    settled = [one for one in known if one.year == year]
    done = {one.seller for one in settled}
    last: Mapping[str, int] = {one.seller: one.year for one in reversed(known)}
    sellers = [
        ToSettle(one, _refusal(one, year, last.get(one.owed_by, 0)))
        for one in open_totals
        if one.obligor == Obligor.RESELLER.value and one.owed_by not in done
    ]
    return Shown(
        title=N_("Close a year"),
        content=Settling(
            is_vendor=look.viewer.is_vendor,
            year=year,
            seller=asked.seller,
            refusal=YearNotOver(year, f"{year + 1}-01-01") if year >= this_year else None,
            sellers=sellers,
            net_cents=sum(one.total.net_cents for one in sellers if _is_closed_now(one)),
            settled=settled,
        ),
        api=address("/v1/billing/unbilled/totals", {"until": until.isoformat()}),
    )


def load_invoicing(look: Look, asked: AskedInvoicing) -> Shown:
    """What is going to be billed."""
    check_actor(look.identity.actor, look.app.settings.vendor)
    found = look.app.ask(unbilled_totals, asked.customer or None, viewer=look.viewer)
    totals = [one for one in found if one.obligor == Obligor.CUSTOMER.value]
    return Shown(
        title=N_("Issue invoices"),
        content=Invoicing(
            is_vendor=look.viewer.is_vendor,
            customer=asked.customer,
            totals=totals,
            net_cents=sum(one.net_cents for one in totals if not one.is_held),
        ),
        api="/v1/billing/unbilled/totals",
    )


def load_correcting(look: Look, asked: AskedCorrecting) -> Shown:
    """The document that is to be issued again."""
    check_actor(look.identity.actor, look.app.settings.vendor)
    found = issued_document(look.app, asked.document, look.viewer)
    return Shown(
        title=N_("Issue a document again"),
        content=Correcting(look.viewer.is_vendor, found),
        api=f"/v1/billing/documents/{found.number}",
    )


def _is_closed_now(one: ToSettle) -> bool:
    return one.refusal is None and not one.total.is_held


def _refusal(total: UnbilledTotal, year: int, last: int) -> Refusal | None:
    """Why a year cannot be closed with a seller, as far as the sums tell; the run looks at each charge."""
    if year < last:
        return LaterYearSettled(total.owed_by, year, last)
    if last < total.oldest_due_on.year < year:
        return EarlierYearOpen(total.owed_by, total.oldest_due_on.year, year)
    return None


SETTLING = SitePage("/money/runs/settle", SECTION, SCOPES, AskedSettling, "money/settle.html", load_settling)
INVOICING = SitePage(
    "/money/runs/invoice", SECTION, SCOPES, AskedInvoicing, "money/invoice.html", load_invoicing
)
CORRECTING = SitePage(
    "/money/runs/correct", SECTION, SCOPES, AskedCorrecting, "money/correct.html", load_correcting
)
PAGES: tuple[AnyPage, ...] = (SETTLING, INVOICING, CORRECTING)
