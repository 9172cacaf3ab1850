"""The events of billing: charges, documents, settlements, and the words of all billing. Amounts are in cents.

A maintenance charge has a life of its own in its package's account: it fell due, is billed by a document,
may be taken back by a correction, and may be reversed. Every event of the account carries the charge's
state after it, so that a reader needs no other event.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec

from casecore.contract.enumeration import Enumeration
from casecore.contract.envelope import EventData

Cents: TypeAlias = Annotated[int, msgspec.Meta(description="An amount of money in euro cents.")]
Percent: TypeAlias = Annotated[Decimal, msgspec.Meta(description="A rate in percent, as decimal text.")]


class EventRef(msgspec.Struct, frozen=True):
    """An event: the `version`-th of its stream."""

    stream_id: UUID
    version: int


class Obligor(Enumeration):
    """Who owes a fee: the reseller who is the package's seller on the due date, or the vendor's customer."""

    RESELLER = "reseller"
    CUSTOMER = "customer"


class PeriodRule(Enumeration):
    """Why a period starts when it does: with the activation, or on its anniversary."""

    ACTIVATION = "activation"
    ANNIVERSARY = "anniversary"


class VatCategory(Enumeration):
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

    `caused_by` is the event that led to it: of the package, of the terms, or of a document. All of them are
    recorded by runs: `occurred_at` is when a run recorded it, and the day for which it counts is
    `charge.period_start_on`.
    """

    package: str
    charge: Charge
    caused_by: EventRef


class MaintenanceFeeFellDue(ChargeEvent, frozen=True, kw_only=True):
    """A package's fee for a period fell due.

    When: a run of billing, on the due day or any day after it, never before; also long after it, where a fact
    about the package or a price became known late.
    Why: the vendor gives maintenance for the year that begins, and somebody owes it: `charge.owed_by`.
    Then: the next invoices (`charge.obligor` is `customer`) or settlement (`reseller`) bill it:
    `maintenance_fee_billed`. It may be reversed at any time.
    Fields: `charge.number` names the charge in the account; the fee of a year that is charged again has
    another number.
    """


class MaintenanceFeeReversed(ChargeEvent, frozen=True, kw_only=True):
    """A fee turned out not to be due, or not so: what was charged is taken back.

    When: a run of billing that finds that the charge does not follow from what is known now: another price,
    seller, customer or day, a cancellation, a void.
    Why: a charge is never changed: it is reversed, and the right one charged.
    Then: where something is owed for that year, `maintenance_fee_fell_due` follows by the same command. Where
    `charge.billed` is there, the next documents take it back: `maintenance_fee_credited`.
    """


class MaintenanceFeeBilled(ChargeEvent, frozen=True, kw_only=True):
    """A document bills the fee.

    When: the run that issued the document, right after its `document_issued`, once for each of its lines.
    Why: one sees from the account alone what is billed, by which document, and how it is taxed.
    Then: it is in no other document, unless a correction takes it back.
    Fields: `charge.billed` is the document, and the rate; `caused_by` is the event of the document.
    """


class MaintenanceFeeCredited(ChargeEvent, frozen=True, kw_only=True):
    """A correction took the fee back from the document that billed it; `credited` is how it was billed.

    When: the run that issued the correction, right after its `document_issued`, once for each of its lines.
    Why: as for `maintenance_fee_billed`.
    Then: no document bills it now. Unless it is reversed, another one does: a new rate, or particulars of the
    buyer that were wrong.
    Fields: `document` is the correction, `credited.document` the one that is corrected.
    """

    document: str
    credited: Billed


class DocumentKind(Enumeration):
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


class CorrectionReason(Enumeration):
    """Why fees are taken back: they were not due, another rate of tax became known, or the document that
    bills them is issued again, since it has wrong particulars of its buyer."""

    REVERSED = "reversed"
    RATE = "rate"
    PARTICULARS = "particulars"


class DocumentIssued(EventData, frozen=True, kw_only=True, omit_defaults=True):
    """A document, whose number is its place in the series; its amounts are above zero in a correction too.

    When: a run issues it: invoices and corrections, the documents of a settlement, or a document once more;
    its bytes are archived before.
    Why: it is what the buyer gets, and what the vendor's books are made of. Numbers have no gaps.
    Then: for each line `maintenance_fee_billed` or, of a correction, `maintenance_fee_credited` follows in
    the account of its package, under other keys. It never changes; a wrong one is corrected by another
    document.
    Fields: `seller_version` and `buyer_version` name the events from which the parties' particulars were
    taken, `terms_version` the event of the terms up to which rates were known. `as_of_position` is the place
    in the log up to which everything was known. Lines stand as they are printed; `vat` has their sums by
    rate. `sha256` is the hash of the archived bytes. `settles_year` is that of the settlement to which it
    belongs, as `part` of `parts`. A correction names what it `corrects`, and why; other documents say
    `pay_until` when. `replaces` names the document in whose place it is, since that had wrong particulars of
    the buyer.
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

    When: `correct_document`, by the vendor, after the party's details are put right.
    Why: an invoice with a wrong name, address or VAT id has to be put right, and takes two documents.
    Then: a run issues a correction (`particulars`), which names the `document` in `corrects`, then one with
    the same lines, which names it in `replaces`. Until then nothing else is issued to the buyer.
    Fields: the new one has the particulars of the `buyer` as of the `buyer_version`-th event of the party.
    """

    document: str
    buyer: str
    buyer_version: int


class SettlementClosed(EventData, frozen=True, kw_only=True):
    """A reseller's year is settled, for good: what fell due in it and was not settled before.

    When: a run closes the `year` of a `seller`, once it is over, years in order, and only if something is to
    be settled.
    Why: a reseller passes maintenance on once a year (rule 5).
    Then: its `documents` are issued (`document_issued` with `settles_year`), also by a later run if this one
    was interrupted. What becomes known later about the year is in the next one that is closed.
    Fields: it holds all that was stored up to `as_of_position`. `fees` counts the charges that it bills,
    `credits` those that it takes back. The amounts are what is billed less what is taken back. `lines_sha256`
    is the SHA-256 of JSON without blanks: for each document in order a list of its kind, the document it
    corrects, why, and its lines as an event has them, in the order of customer, package and charge.
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
