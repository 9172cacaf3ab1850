"""The exact check: what the business makes passes, and what is wrong by a cent, a day or a word is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents.checks import LONGEST_TEXT, MOST_LINES, faults
from casecore.documents.content import Content
from tests.documents.examples import (
    CORRECTED,
    CORRECTION,
    INVOICE,
    OUTSIDE_SCOPE,
    PRACTICE,
    RATE_19,
    REPLACEMENT,
    REVERSE_CHARGE,
    SETTLEMENT,
    VENDOR,
    contents,
    document,
    line,
    long_settlement,
)
from tests.profiles import scaled

EXAMPLES = [INVOICE, SETTLEMENT, CORRECTION, REVERSE_CHARGE, OUTSIDE_SCOPE, REPLACEMENT]


@given(contents())
def test_what_the_business_makes_has_no_faults(content: Content) -> None:
    assert faults(content) == []


def with_another_cent(content: Content) -> Iterator[tuple[str, Content]]:
    """A document with each of its amounts in turn wrong by a cent."""
    for cents in (-1, 1):
        for field in ("net_cents", "vat_cents", "gross_cents"):
            yield field, content._replace(**{field: getattr(content, field) + cents})
        for index, each in enumerate(content.lines):
            lines = list(content.lines)
            lines[index] = each._replace(net_cents=each.net_cents + cents)
            yield f"line {index}", content._replace(lines=tuple(lines))
        for index, group in enumerate(content.vat):
            for field in ("net_cents", "vat_cents"):
                groups = list(content.vat)
                groups[index] = group._replace(**{field: getattr(group, field) + cents})
                yield f"group {index}'s {field}", content._replace(vat=tuple(groups))


@given(contents())
@scaled(0.3)
def test_any_amount_that_is_wrong_by_a_cent_is_found(content: Content) -> None:
    for where, wrong in with_another_cent(content):
        assert faults(wrong), f"{where} of {wrong}"


def of_first_line(content: Content, **changes: object) -> Content:
    return content._replace(lines=(content.lines[0]._replace(**changes), *content.lines[1:]))


def of_first_group(content: Content, **changes: object) -> Content:
    return content._replace(vat=(content.vat[0]._replace(**changes), *content.vat[1:]))


def seller(**changes: str | None) -> Content:
    return INVOICE._replace(seller=VENDOR._replace(**changes))


def buyer(**changes: str | None) -> Content:
    return INVOICE._replace(buyer=PRACTICE._replace(**changes))


WRONG = {
    "number is empty": INVOICE._replace(number=" "),
    "seller's name is empty": seller(name=""),
    "buyer's street is empty": buyer(street="\u00a0"),
    "buyer's postal_code is empty": buyer(postal_code=""),
    "buyer's city is empty": buyer(city=""),
    "seller's vat_id is empty": seller(vat_id=""),
    f"buyer's name has {LONGEST_TEXT + 1} characters": buyer(name="x" * (LONGEST_TEXT + 1)),
    "buyer's name holds the character U+000A": buyer(name="Praxis\nSüd"),
    "line 1: customer holds the character U+0000": of_first_line(INVOICE, customer="Praxis\x00"),
    "line 1: package holds the character U+FFFF": of_first_line(INVOICE, package="LP\uffff"),
    "buyer's country is 'Germany'": buyer(country="Germany"),
    "neither a tax number nor a VAT id": seller(tax_number=None, vat_id=None),
    "the buyer has no VAT id": REVERSE_CHARGE._replace(buyer=REVERSE_CHARGE.buyer._replace(vat_id=None)),
    "the seller has no VAT id": REVERSE_CHARGE._replace(seller=VENDOR._replace(vat_id=None)),
    "the seller has no tax number; § 14 Abs. 4 Nr. 2 UStG demands one, since": OUTSIDE_SCOPE._replace(
        seller=VENDOR._replace(tax_number=None, vat_id=None)
    ),
    "the seller's VAT id is on a document outside the scope": OUTSIDE_SCOPE._replace(seller=VENDOR),
    "the buyer's VAT id is on a document outside the scope": OUTSIDE_SCOPE._replace(
        buyer=OUTSIDE_SCOPE.buyer._replace(vat_id="CHE123456788")
    ),
    "is on one document with what is not": OUTSIDE_SCOPE._replace(
        lines=(*OUTSIDE_SCOPE.lines, *INVOICE.lines)
    ),
    "line 1 has category O at 19 %": of_first_line(OUTSIDE_SCOPE, percent=RATE_19),
    "the sum of O at 0 % has a tax of 0.01": of_first_group(OUTSIDE_SCOPE, vat_cents=1),
    "the day until when to pay is missing": INVOICE._replace(pay_until=None),
    "before it is issued": INVOICE._replace(pay_until=INVOICE.issued_on - timedelta(days=1)),
    "a correction asks for no payment": CORRECTION._replace(pay_until=date(2026, 2, 1)),
    "names the document that it corrects": CORRECTION._replace(corrects=None),
    "only a correction corrects": INVOICE._replace(corrects=CORRECTED),
    "corrects an earlier document, not R-000007": CORRECTION._replace(
        corrects=CORRECTED._replace(number="R-000007")
    ),
    "not R-000001 of 2026-01-16": CORRECTION._replace(
        corrects=CORRECTED._replace(issued_on=date(2026, 1, 16))
    ),
    "reason of the correction is empty": CORRECTION._replace(corrects=CORRECTED._replace(reason="")),
    "a document replaces an earlier one, not R-000001": REPLACEMENT._replace(number="R-000001"),
    "a correction replaces no document": CORRECTION._replace(replaces=REPLACEMENT.replaces),
    "names the year that it settles": SETTLEMENT._replace(settles_year=None),
    "only a settlement names a year": INVOICE._replace(settles_year=2025),
    "is settled when it has ended": SETTLEMENT._replace(settles_year=2026),
    "after 2024, which is settled": SETTLEMENT._replace(settles_year=2024),
    "fell due in 2025, which is not late": of_first_line(SETTLEMENT, late=True),
    "fell due in 2024, which is late": of_first_line(SETTLEMENT, period_start_on=date(2024, 12, 31)),
    "part 4 of 3 does not exist": SETTLEMENT._replace(part=4, parts=3),
    "1 to 1000 lines, not 0": INVOICE._replace(lines=()),
    f"not {MOST_LINES + 1}": long_settlement(MOST_LINES + 1),
    "line 1 is for 0.00": of_first_line(INVOICE, net_cents=0),
    "line 1 is for -99.00": of_first_line(INVOICE, net_cents=-9900),
    "before it starts": of_first_line(INVOICE, period_end_on=date(2025, 2, 28)),
    "a rate of -1 %": of_first_line(INVOICE, percent=Decimal(-1)),
    "a rate of NaN %": of_first_line(INVOICE, percent=Decimal("NaN")),
    "line 1 has category S at 0 %": of_first_line(INVOICE, percent=Decimal(0)),
    "line 1 has category AE at 19 %": of_first_line(INVOICE, category=VatCategory.REVERSE_CHARGE),
    "line 2 belongs before line 1": SETTLEMENT._replace(lines=SETTLEMENT.lines[::-1]),
    "charged twice for one period": SETTLEMENT._replace(lines=(*SETTLEMENT.lines, SETTLEMENT.lines[-1])),
    "a rate occurs twice": INVOICE._replace(vat=INVOICE.vat * 2),
    "the sum of the lines of S at 16 % is missing": SETTLEMENT._replace(vat=SETTLEMENT.vat[1:]),
    "the sum of S at 7 % is 99.00; its lines are 0.00": of_first_group(INVOICE, percent=Decimal(7)),
    "has a tax of 18.82; it is 18.81": of_first_group(INVOICE, vat_cents=1882),
    "has a tax of 18.83; it is 18.81": of_first_group(CORRECTION, vat_cents=1883),
    "net is 98.99 in all": INVOICE._replace(net_cents=9899),
    "tax is 18.80 in all": INVOICE._replace(vat_cents=1880),
    "gross is 117.80 in all": INVOICE._replace(gross_cents=11780),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_is_said(said: str) -> None:
    assert said in "; ".join(faults(WRONG[said]))


def test_a_part_that_is_credited_may_carry_a_cent_of_rounding() -> None:
    # given a part that is the rounded tax so far less that before: a cent less or more than its own tax
    for tax in (1880, 1881, 1882):
        group = CORRECTION.vat[0]._replace(vat_cents=tax)
        part = CORRECTION._replace(vat=(group,), vat_cents=tax, gross_cents=9900 + tax)
        assert faults(part) == []


def test_an_invoice_carries_no_rounding_of_others() -> None:
    group = INVOICE.vat[0]._replace(vat_cents=1882)
    wrong = INVOICE._replace(vat=(group,), vat_cents=1882, gross_cents=11782)
    assert faults(wrong) == ["the sum of S at 19 % has a tax of 18.82; it is 18.81"]


def test_all_faults_are_said_at_once() -> None:
    wrong = INVOICE._replace(number="", net_cents=1, pay_until=None)
    assert len(faults(wrong)) == 4


@given(st.permutations(range(3)))
def test_an_umlaut_stands_where_a_telephone_book_has_it(order: list[int]) -> None:
    # given three practices, of which the one with an umlaut is last by its code
    names = ["Ackermann", "Änne", "Azur"]
    people = [PRACTICE._replace(id=f"K-{index}", name=names[index]) for index in order]
    lines = [line(f"LP-{person.id}", person, percent=RATE_19) for person in people]

    content = document(DocumentKind.INVOICE, PRACTICE, lines)
    assert [each.customer for each in content.lines] == names
    assert faults(content) == []


@pytest.mark.parametrize("content", EXAMPLES, ids=lambda content: content.kind.value)
def test_the_examples_have_no_faults(content: Content) -> None:
    assert faults(content) == []
