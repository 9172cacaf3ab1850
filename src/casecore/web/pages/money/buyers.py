"""A buyer on hold, and the form that decides how it is billed: for the vendor."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.registers.histories import party_history
from casecore.billing.checks import check_actor
from casecore.contract.billing import VatCategory
from casecore.contract.personal import legible
from casecore.web.pages.money.lists import PER_PAGE, SCOPES, SECTION, address
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from projections.billing.unbilled import UnbilledItem, unbilled


class AskedBuyer(PageAsked, frozen=True):
    """Which buyer."""

    buyer: str


class BuyerPage(NamedTuple):
    """A buyer, and what is not billed to it yet; `categories` are how it may be billed."""

    is_vendor: bool
    buyer: str
    name: str | None
    country: str
    buys_as: str | None
    vat_id: str | None
    items: list[UnbilledItem]
    is_held: bool
    categories: list[str]


def load_buyer(look: Look, asked: AskedBuyer) -> Shown:
    """A buyer, and what is not billed to it yet."""
    check_actor(look.identity.actor, look.app.settings.vendor)
    party = party_history(look.app, asked.buyer, viewer=look.viewer).entry
    items = list(look.app.ask(unbilled, asked.buyer, PER_PAGE, None, look.viewer))
    details = party.details
    return Shown(
        title=asked.buyer,
        content=BuyerPage(
            is_vendor=look.viewer.is_vendor,
            buyer=asked.buyer,
            name=legible(details.name),
            country=details.address.country,
            buys_as=details.buys_as.value if details.buys_as else None,
            vat_id=legible(details.vat_id),
            items=items,
            is_held=any(one.is_held for one in items),
            categories=[one.value for one in VatCategory],
        ),
        api=address("/v1/billing/unbilled", {"owed_by": asked.buyer}),
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money/buyers/{buyer}", SECTION, SCOPES, AskedBuyer, "money/buyer.html", load_buyer),
)
