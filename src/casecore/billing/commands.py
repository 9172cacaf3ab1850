"""Commands on the streams of billing: its terms, a package's account, the series of documents, a buyer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias

import msgspec

from casecore.contract.billing import (
    CorrectionReason,
    DocumentKind,
    DocumentLine,
    VatCategory,
    VatTotal,
)
from casecore.decider.command import Action, Command, Id, Sha256, Text

MOST_CENTS = 100_000_000
"""A million euros: more for a year of maintenance is a typing error."""

Country: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z", description="A code of ISO 3166-1, such as DE")
]
Year: TypeAlias = Annotated[int, msgspec.Meta(ge=1990, le=2199)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
AmountCents: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
Position: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class SetMaintenancePrice(Action, frozen=True, kw_only=True, tag="set_maintenance_price"):
    """Set the net price of a year of maintenance from a day on."""

    from_on: date
    net_cents: Annotated[int, msgspec.Meta(ge=1, le=MOST_CENTS)]  # no document bills nothing


class SetVatRate(Action, frozen=True, kw_only=True, tag="set_vat_rate"):
    """Set a country's rate of value added tax from a day on."""

    country: Country
    from_on: date
    percent: Decimal


class TermsCommand(Command, frozen=True, kw_only=True, tag="billing_terms"):
    """A command on the terms of billing."""

    do: SetMaintenancePrice | SetVatRate


class RecordCharges(Action, frozen=True, kw_only=True, tag="record_charges"):
    """Record the fees that fell due up to a day, and reverse what should not have been charged."""

    until: date


class BilledCharge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A charge that a document bills, and how it is taxed there."""

    charge: Number
    category: VatCategory
    percent: Decimal


class MarkBilled(Action, frozen=True, kw_only=True, tag="mark_billed"):
    """Record that a document bills these charges."""

    document: Id
    charges: Annotated[tuple[BilledCharge, ...], msgspec.Meta(min_length=1)]


class MarkCredited(Action, frozen=True, kw_only=True, tag="mark_credited"):
    """Record that a correction takes these charges back from the document that billed them."""

    document: Id
    corrects: Id
    charges: Annotated[tuple[Number, ...], msgspec.Meta(min_length=1)]


class AccountCommand(Command, frozen=True, kw_only=True, tag="account"):
    """A command on the account of a package."""

    package: Id
    do: RecordCharges | MarkBilled | MarkCredited


class IssueDocument(Action, frozen=True, kw_only=True, tag="issue"):
    """Issue a document whose bytes are archived; its fields are those of DocumentIssued."""

    number: Id
    kind: DocumentKind
    issued_on: date
    buyer: Id
    buyer_version: Number
    seller_version: Number
    terms_version: Number
    lines: Annotated[tuple[DocumentLine, ...], msgspec.Meta(min_length=1)]
    vat: tuple[VatTotal, ...]
    net_cents: AmountCents
    vat_cents: AmountCents
    gross_cents: AmountCents
    as_of_position: Position
    sha256: Sha256
    part: Number
    parts: Number
    pay_until: date | None = None
    settles_year: Year | None = None
    corrects: Id | None = None
    correction_reason: CorrectionReason | None = None
    replaces: Id | None = None


class DocumentCommand(Command, frozen=True, kw_only=True, tag="document"):
    """A command on the series of documents."""

    do: IssueDocument


class CloseSettlement(Action, frozen=True, kw_only=True, tag="close_settlement"):
    """Settle a reseller's year for good; its fields are those of SettlementClosed.

    `settled_before` counts the settlements that were known when its lines were found: if there is another one
    now, it may have settled them already.
    """

    year: Year
    settled_before: Position
    as_of_position: Position
    fees: Position
    credits: Position
    documents: Number
    net_cents: int
    vat_cents: int
    gross_cents: int
    lines_sha256: Sha256


class HoldBuyer(Action, frozen=True, kw_only=True, tag="hold"):
    """Put a buyer outside Germany on hold, until somebody decides how it is billed."""

    country: Country


class ReleaseBuyer(Action, frozen=True, kw_only=True, tag="release"):
    """Decide how a buyer outside Germany is billed, as long as it is in that country."""

    country: Country
    category: VatCategory
    reason: Text


class EndHold(Action, frozen=True, kw_only=True, tag="end_hold"):
    """Record that a buyer on hold moved to a country where nothing is to be decided."""


class BuyerCommand(Command, frozen=True, kw_only=True, tag="buyer"):
    """A command on a buyer."""

    buyer: Id
    do: CloseSettlement | HoldBuyer | ReleaseBuyer | EndHold
