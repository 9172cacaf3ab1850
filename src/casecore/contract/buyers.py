"""The events of buyers outside Germany: nothing is billed to one until it is known how it is taxed."""

from __future__ import annotations

from casecore.contract.billing import VatCategory
from casecore.contract.envelope import EventData
from casecore.contract.personal import Personal


class BuyerHeld(EventData, frozen=True, kw_only=True):
    """A buyer outside Germany has something to pay: nothing is billed until someone decides how.

    When: a run that would bill it finds that nothing is decided for its country, or that what was decided
    cannot be right any more.
    Why: how it is taxed depends on the buyer and its country, and a person has to decide that.
    Then: it gets no document, and its fees wait, until `buyer_released`.
    Fields: `country` is where the `buyer` is at home; in another country it is put on hold again.
    """

    buyer: str
    country: str


class BuyerReleased(EventData, frozen=True, kw_only=True):
    """It is known how a buyer outside Germany is billed: someone decided it, and says why; or, without a
    reason, a held buyer moved to where nothing is to be decided, or what was decided holds again.

    When: `release`, by the vendor, also without a hold before, or otherwise than before; or a run that would
    bill the buyer finds that there is nothing to decide.
    Why: see `buyer_held`.
    Then: the next invoices or settlement bill what waited. Documents that were issued stay as they are.
    Fields: `category` holds for the `buyer` while it is at home in `country`.
    """

    buyer: str
    country: str
    category: VatCategory
    reason: Personal | None = None
