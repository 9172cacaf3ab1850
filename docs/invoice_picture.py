"""Writes docs/invoice.png: a reseller's yearly settlement with invented names, as it is issued."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents.content import Content, PrintedLine, PrintedParty, VatGroup
from casecore.documents.render import pictures
from casecore.money.vat import vat_cents

# An A4 page is then about 900 pixels wide.
PIXELS_PER_INCH = 109

VENDOR = PrintedParty(
    id="beispielwerk",
    name="Beispielwerk Software GmbH",
    street="Musterweg 7",
    postal_code="01067",
    city="Dresden",
    country="DE",
    tax_number="201/123/12340",
    vat_id="DE123456789",
    iban="DE02120300000000202051",
    bic="BYLADEM1001",
)
RESELLER = PrintedParty("dentalhaus-nord", "Dentalhaus Nord KG", "Speicherstraße 3", "20457", "Hamburg", "DE")
NAMES = {
    "K-2041": "Praxis Dr. Änne Ackermann",
    "K-1007": "Zahnärzte am Hafen",
    "K-0310": "Zahnklinik Alstertal",
}
# Customer, package, first and last day of the period, rate, and whether it is charged late.
FEES = [
    ("K-2041", "LP-2041", date(2020, 1, 20), date(2021, 1, 19), 19, True),
    ("K-2041", "LP-2041", date(2021, 1, 20), date(2022, 1, 19), 19, False),
    ("K-2041", "LP-2042", date(2021, 3, 1), date(2022, 2, 28), 19, False),
    ("K-1007", "LP-1007", date(2021, 6, 15), date(2022, 6, 14), 19, False),
    ("K-0310", "LP-0310", date(2019, 12, 1), date(2020, 11, 30), 16, True),
    ("K-0310", "LP-0310", date(2021, 12, 1), date(2022, 11, 30), 19, False),
]


def settlement() -> Content:
    """The settlement of 2021 for a reseller with three customers, two fees of which are late."""
    lines = tuple(
        PrintedLine(
            package, customer_id, NAMES[customer_id], start_on, end_on, 9900, _STANDARD, Decimal(rate), late
        )
        for customer_id, package, start_on, end_on, rate, late in FEES
    )
    groups = tuple(_group(lines, Decimal(rate)) for rate in (19, 16))
    net_cents = sum(group.net_cents for group in groups)
    tax_cents = sum(group.vat_cents for group in groups)
    return Content(
        number="R-000042",
        kind=DocumentKind.SETTLEMENT,
        issued_on=date(2022, 1, 10),
        seller=VENDOR,
        buyer=RESELLER,
        lines=lines,
        vat=groups,
        net_cents=net_cents,
        vat_cents=tax_cents,
        gross_cents=net_cents + tax_cents,
        pay_until=date(2022, 2, 9),
        settles_year=2021,
    )


_STANDARD = VatCategory.STANDARD


def _group(lines: tuple[PrintedLine, ...], percent: Decimal) -> VatGroup:
    net_cents = sum(line.net_cents for line in lines if line.percent == percent)
    return VatGroup(_STANDARD, percent, net_cents, vat_cents(net_cents, percent))


def main() -> None:
    """Write the first page."""
    Path("docs/invoice.png").write_bytes(pictures(settlement(), PIXELS_PER_INCH)[0])


if __name__ == "__main__":
    main()
