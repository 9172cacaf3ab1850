"""All that a document says. Nothing else is read or computed to make its bytes."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from casecore.contract.billing import DocumentKind, VatCategory

VAT_CODES = {
    VatCategory.STANDARD: "S",
    VatCategory.REVERSE_CHARGE: "AE",
    VatCategory.OUTSIDE_SCOPE: "O",
}
"""The categories' codes in EN 16931 (UNTDID 5305)."""


class PrintedParty(NamedTuple):
    """The vendor, or the buyer, as a document names it. `country` is ISO 3166-1 alpha-2.

    Neither has a VAT id where the document is outside the scope of tax (EN 16931, BR-O-02).
    """

    id: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    tax_number: str | None = None
    vat_id: str | None = None
    iban: str | None = None
    bic: str | None = None


class PrintedLine(NamedTuple):
    """A maintenance fee: one licence package for one period. A correction takes it back.

    `net_cents` is above zero also in a correction. `customer` is the end customer's name, for the list by
    which a reseller bills its customers. `late`: it fell due in a year before the one that is settled.
    """

    package: str
    customer_id: str
    customer: str
    period_start_on: date
    period_end_on: date
    net_cents: int
    category: VatCategory
    percent: Decimal
    late: bool = False


def line_order(line: PrintedLine) -> tuple[str, str, str, date]:
    """The key by which lines are sorted: the customer's name (DIN 5007: ä as a), the customer's id, the
    package and the period."""
    letters = unicodedata.normalize("NFKD", line.customer.casefold())
    name = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return (name, line.customer_id, line.package, line.period_start_on)


class VatGroup(NamedTuple):
    """The lines of one category and rate: their net sum and the tax on it, both above zero, in cents."""

    category: VatCategory
    percent: Decimal
    net_cents: int
    vat_cents: int


class Corrected(NamedTuple):
    """The document that a correction names, and why it is corrected, in a German sentence."""

    number: str
    issued_on: date
    reason: str


class Replaced(NamedTuple):
    """The document in whose place a document is, since that had wrong particulars of the buyer."""

    number: str
    issued_on: date


class Content(NamedTuple):
    """A document. In a correction all amounts are those to be taken back, written as above zero here.

    `settles_year` and `part` of `parts` are those of a reseller's settlement. `pay_until` is None in a
    correction. Lines are sorted by `line_order`.
    """

    number: str
    kind: DocumentKind
    issued_on: date
    seller: PrintedParty
    buyer: PrintedParty
    lines: tuple[PrintedLine, ...]
    vat: tuple[VatGroup, ...]
    net_cents: int
    vat_cents: int
    gross_cents: int
    pay_until: date | None = None
    settles_year: int | None = None
    part: int = 1
    parts: int = 1
    corrects: Corrected | None = None
    replaces: Replaced | None = None
