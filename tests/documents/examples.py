"""Documents as the business makes them, with invented names, for the tests of their bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents.content import (
    Content,
    Corrected,
    PrintedLine,
    PrintedParty,
    Replaced,
    VatGroup,
    line_order,
)
from casecore.money.vat import part_vat_cents, vat_cents
from devtools.invoice_picture import RESELLER as RESELLER_WITHOUT_VAT_ID
from devtools.invoice_picture import VENDOR

PRACTICE = PrintedParty(
    "K-1001", "Zahnarztpraxis Dr. Änne Übermut", "Lindenallee 12", "10115", "Berlin", "DE"
)
RESELLER = RESELLER_WITHOUT_VAT_ID._replace(vat_id="DE987654321")
ABROAD = PrintedParty("H-30", "Dental Alpen GmbH", "Ringstraße 1", "1010", "Wien", "AT", vat_id="ATU12345675")
OUTSIDE_THE_UNION = PrintedParty("H-40", "Praxis Bergblick AG", "Seeweg 2", "6003", "Luzern", "CH")
# A document outside the scope of tax names no VAT id.
VENDOR_WITHOUT_VAT_ID = VENDOR._replace(vat_id=None)
RATE_19, RATE_16, NO_RATE = Decimal(19), Decimal(16), Decimal(0)
CORRECTED = Corrected("R-000001", date(2025, 3, 3), "Das Lizenzpaket wurde nie in Betrieb genommen.")


def line(
    package: str = "LP-1",
    customer: PrintedParty = PRACTICE,
    start_on: date = date(2025, 3, 1),
    net_cents: int = 9900,
    percent: Decimal = RATE_19,
    category: VatCategory = VatCategory.STANDARD,
    late: bool = False,
) -> PrintedLine:
    """A fee for a year from `start_on`."""
    end_on = start_on + timedelta(days=364)
    return PrintedLine(
        package, customer.id, customer.name, start_on, end_on, net_cents, category, percent, late
    )


def document(
    kind: DocumentKind,
    buyer: PrintedParty,
    lines: Sequence[PrintedLine],
    number: str = "R-000007",
    part: int = 1,
    parts: int = 1,
    seller: PrintedParty = VENDOR,
) -> Content:
    """A document of these lines, its sums as the business computes them."""
    groups = [
        VatGroup(category, percent, net, vat_cents(net, percent))
        for category, percent in sorted({(each.category, each.percent) for each in lines}, key=str)
        for net in [
            sum(each.net_cents for each in lines if (each.category, each.percent) == (category, percent))
        ]
    ]
    net, vat = sum(group.net_cents for group in groups), sum(group.vat_cents for group in groups)
    correction = kind is DocumentKind.CORRECTION
    return Content(
        number=number,
        kind=kind,
        issued_on=date(2026, 1, 15),
        seller=seller,
        buyer=buyer,
        lines=tuple(sorted(lines, key=line_order)),
        vat=tuple(groups),
        net_cents=net,
        vat_cents=vat,
        gross_cents=net + vat,
        pay_until=None if correction else date(2026, 2, 14),
        settles_year=2025 if kind is DocumentKind.SETTLEMENT else None,
        part=part,
        parts=parts,
        corrects=CORRECTED if correction else None,
    )


def customer(number: int, name: str = "Zahnarztpraxis Nr.") -> PrintedParty:
    """The reseller's customer of this number."""
    return PrintedParty(f"K-{number:04}", f"{name} {number}", "Am Markt 1", "04109", "Leipzig", "DE")


INVOICE = document(DocumentKind.INVOICE, PRACTICE, [line()])
REPLACEMENT = INVOICE._replace(replaces=Replaced("R-000001", date(2025, 3, 3)))
CORRECTION = document(DocumentKind.CORRECTION, PRACTICE, [line()])
_UNTAXED = line(customer=ABROAD, percent=NO_RATE, category=VatCategory.REVERSE_CHARGE)
REVERSE_CHARGE = document(DocumentKind.INVOICE, ABROAD, [_UNTAXED])
_OUTSIDE = line(customer=OUTSIDE_THE_UNION, percent=NO_RATE, category=VatCategory.OUTSIDE_SCOPE)
OUTSIDE_SCOPE = document(DocumentKind.INVOICE, OUTSIDE_THE_UNION, [_OUTSIDE], seller=VENDOR_WITHOUT_VAT_ID)
SETTLEMENT = document(
    DocumentKind.SETTLEMENT,
    RESELLER,
    [
        line("LP-1", customer(1)),
        line("LP-2", customer(2), percent=RATE_16, start_on=date(2020, 1, 15), late=True),
        line("LP-3", customer(2)),
    ],
)


def long_settlement(lines: int) -> Content:
    """A settlement of so many lines, three for each customer."""
    fees = [line(f"LP-{number:04}", customer(number // 3)) for number in range(lines)]
    return document(DocumentKind.SETTLEMENT, RESELLER, fees)


# What people write in a name: any character that is text, so also markup, quotes, other scripts and emoji.
texts = st.text(
    st.one_of(
        st.sampled_from("abzÄÖÜßéŁ0189 .-&/()\"'<>#$*_`@\\[]{}~=+%;:,§€"),
        st.characters(exclude_categories=["Cc", "Cs", "Cn"]),
    ),
    min_size=1,
    max_size=100,
).filter(str.strip)
_CATEGORIES = {
    "DE": VatCategory.STANDARD,
    "AT": VatCategory.REVERSE_CHARGE,
    "CH": VatCategory.OUTSIDE_SCOPE,
}
_rates = st.sampled_from([RATE_19, RATE_16, Decimal("7.7"), Decimal("0.5"), Decimal("99.99")])


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Any document that the business can make, of up to eight fees."""
    kind = draw(st.sampled_from(DocumentKind))
    buyer = draw(st.sampled_from([PRACTICE, RESELLER, ABROAD, OUTSIDE_THE_UNION]))
    seller = VENDOR if buyer is not OUTSIDE_THE_UNION else VENDOR_WITHOUT_VAT_ID
    buyer = buyer._replace(name=draw(texts), street=draw(texts), city=draw(texts))
    others = [customer(1, draw(texts)), customer(2, draw(texts))]
    customers = [buyer] if kind is DocumentKind.INVOICE else others
    lines = [
        _line(draw, number, draw(st.sampled_from(customers)), buyer)
        for number in range(draw(st.integers(1, 8)))
    ]
    content = document(kind, buyer, lines, seller=seller)
    return _as_a_part(draw, content) if kind is DocumentKind.CORRECTION else content


def _line(draw: st.DrawFn, number: int, of: PrintedParty, buyer: PrintedParty) -> PrintedLine:
    category = _CATEGORIES[buyer.country]
    start_on = draw(st.dates(date(2004, 1, 1), date(2025, 12, 31)))
    return line(
        f"LP-{number}",
        of,
        start_on=start_on,
        net_cents=draw(st.integers(1, 10**9)),
        percent=draw(_rates) if category is VatCategory.STANDARD else NO_RATE,
        category=category,
        late=start_on.year < 2025,
    )


def _as_a_part(draw: st.DrawFn, content: Content) -> Content:
    """A correction after others, so that its tax is the rounded tax so far less that before."""
    groups = [
        group._replace(vat_cents=part_vat_cents(draw(st.integers(0, 10**6)), group.net_cents, group.percent))
        for group in content.vat
    ]
    vat = sum(group.vat_cents for group in groups)
    return content._replace(vat=tuple(groups), vat_cents=vat, gross_cents=content.net_cents + vat)
