"""The events of billing: terms, charges, documents, settlements and held buyers. Amounts are in cents.

A maintenance charge has a life of its own in its package's account: it fell due, is billed by a document,
may be taken back by a correction, and may be reversed. Every event of the account carries the charge's
state after it, so that a reader needs no other event.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec

from casecore.contract.envelope import EventData
from casecore.contract.personal import Personal

Cents: TypeAlias = Annotated[int, msgspec.Meta(description="An amount of money in euro cents.")]
Percent: TypeAlias = Annotated[Decimal, msgspec.Meta(description="A rate in percent, as decimal text.")]


class EventRef(msgspec.Struct, frozen=True):
    """An event: the `version`-th of its stream."""

    stream_id: UUID
    version: int


class MaintenancePriceSet(EventData, frozen=True, kw_only=True):
    """The net price of a year of maintenance for each package, for fees that fall due from a day on."""

    from_on: date
    net_cents: Cents


class VatRateSet(EventData, frozen=True, kw_only=True):
    """A country's rate of value added tax, for services that are complete on a day or later."""

    country: str
    from_on: date
    percent: Percent


class Obligor(Enum):
    """Who owes a fee: the reseller who is the package's seller on the due date, or the vendor's customer."""

    RESELLER = "reseller"
    CUSTOMER = "customer"


class PeriodRule(Enum):
    """Why a period starts when it does: with the activation, or on its anniversary."""

    ACTIVATION = "activation"
    ANNIVERSARY = "anniversary"


class VatCategory(Enum):
    """How a fee is taxed: at the country's rate, by the buyer itself (reverse charge), or not in Germany
    (outside the scope of its tax, § 3a (2) UStG)."""

    STANDARD = "standard"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_SCOPE = "outside_scope"


class Billed(msgspec.Struct, frozen=True):
    """By which document a charge is billed, and at which rate."""

    document: str
    category: VatCategory
    percent: Percent


class Charge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A package's maintenance fee for one period, as it stands.

    `number` counts the account's charges from 1. `owed_by` is the obligor's party. The fee falls due on
    `period_start_on`; its price is that of the `price_version`-th event of the terms, which holds from
    `price_from_on`. `is_reversed`: it turned out that it should not have been charged so. `billed` is by what
    it stands billed now, absent while it is not.
    """

    number: int
    period: int
    period_start_on: date
    period_end_on: date
    rule: PeriodRule
    customer: str
    seller: str
    obligor: Obligor
    owed_by: str
    net_cents: Cents
    price_from_on: date
    price_version: int
    is_reversed: bool = False
    billed: Billed | None = None


class ChargeEvent(EventData, frozen=True, kw_only=True):
    """What every event of a package's account carries: the package, and the charge as it stands now.

    `caused_by` is the event that led to it: of the package, of the terms, or of a document.
    """

    package: str
    charge: Charge
    caused_by: EventRef


class MaintenanceFeeFellDue(ChargeEvent, frozen=True, kw_only=True):
    """A package's fee for a period fell due."""


class MaintenanceFeeReversed(ChargeEvent, frozen=True, kw_only=True):
    """A fee turned out not to be due, or not so: what was charged is taken back."""


class MaintenanceFeeBilled(ChargeEvent, frozen=True, kw_only=True):
    """A document bills the fee."""


class MaintenanceFeeCredited(ChargeEvent, frozen=True, kw_only=True):
    """A correction took the fee back from the document that billed it; `credited` is how it was billed."""

    document: str
    credited: Billed


class DocumentKind(Enum):
    """An invoice to a customer, a statement of a reseller's settlement, or a correction of one of these."""

    INVOICE = "invoice"
    SETTLEMENT = "settlement"
    CORRECTION = "correction"


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A charge on a document; its amount is above zero also where a correction takes it back.

    `late`: it fell due in a year before the one that is settled.
    """

    package: str
    charge: int
    customer: str
    period_start_on: date
    period_end_on: date
    net_cents: Cents
    category: VatCategory
    percent: Percent
    late: bool = False


class VatTotal(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a document that are taxed alike: their net sum, and the tax on it."""

    category: VatCategory
    percent: Percent
    net_cents: Cents
    vat_cents: Cents


class CorrectionReason(Enum):
    """Why fees are taken back: they were not due, another rate of tax became known, or the document that
    bills them is issued again, since it has wrong particulars of its buyer."""

    REVERSED = "reversed"
    RATE = "rate"
    PARTICULARS = "particulars"


class DocumentIssued(EventData, frozen=True, kw_only=True, omit_defaults=True):
    """A document, whose number is its place in the series; its amounts are above zero in a correction too.

    `seller_version` and `buyer_version` name the events from which the parties' particulars were taken,
    `terms_version` the event of the terms up to which rates were known. `as_of_position` is the place in the
    log up to which everything was known. Lines stand as they are printed. `sha256` is the hash of the
    archived bytes. `settles_year` is that of the settlement to which it belongs, as `part` of `parts`.
    `replaces` names the document in whose place it is, since that had wrong particulars of the buyer.
    """

    number: str
    kind: DocumentKind
    issued_on: date
    buyer: str
    buyer_version: int
    seller: str
    seller_version: int
    terms_version: int
    lines: tuple[DocumentLine, ...]
    vat: tuple[VatTotal, ...]
    net_cents: Cents
    vat_cents: Cents
    gross_cents: Cents
    as_of_position: int
    sha256: str
    pay_until: date | None = None
    settles_year: int | None = None
    part: int = 1
    parts: int = 1
    corrects: str | None = None
    correction_reason: CorrectionReason | None = None
    replaces: str | None = None


class DocumentCorrectionDecided(EventData, frozen=True, kw_only=True):
    """A document has wrong particulars of its buyer: it is to be taken back, and issued again.

    The new one has the buyer's particulars as of the `buyer_version`-th event of the party, and all else of
    the document. Both are issued after this event, and name the document in `corrects` and `replaces`.
    """

    document: str
    buyer: str
    buyer_version: int


class SettlementClosed(EventData, frozen=True, kw_only=True):
    """A reseller's year is settled, for good: what fell due in it and was not settled before.

    It holds all that was stored up to `as_of_position`. `fees` counts the charges that it bills, `credits`
    those that it takes back, `documents` the documents it consists of. The amounts are what is billed less
    what is taken back. `lines_sha256` is the SHA-256 of JSON without blanks: for each document in order a
    list of its kind, the document it corrects, why, and its lines as an event has them, in the order of
    customer, package and charge.
    """

    seller: str
    year: int
    as_of_position: int
    fees: int
    credits: int
    documents: int
    net_cents: Cents
    vat_cents: Cents
    gross_cents: Cents
    lines_sha256: str


class BuyerHeld(EventData, frozen=True, kw_only=True):
    """A buyer outside Germany has something to pay: nothing is billed until someone decides how."""

    buyer: str
    country: str


class BuyerReleased(EventData, frozen=True, kw_only=True):
    """It is known how a buyer outside Germany is billed: someone decided it, and says why; or, without a
    reason, a held buyer moved to where nothing is to be decided, or what was decided holds again."""

    buyer: str
    country: str
    category: VatCategory
    reason: Personal | None = None
