"""The exact check of a document, before anything of it is written: every sum to the cent, nothing missing.

The official schematron allows sums to differ by up to a euro for each rate; this allows nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents.content import VAT_CODES, Content, PrintedParty, VatGroup, line_order
from casecore.money.cents import euros
from casecore.money.vat import vat_cents

# What a document takes: about 20 pages, and a second for the schematron.
MOST_LINES = 1_000
# Twice the bound on a line of text in a command: a document adds nothing to what was given.
LONGEST_TEXT = 400

# What XML 1.0 cannot hold, and the C1 controls, which it can hold but which are always a mistake.
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_COUNTRY = re.compile("[A-Z]{2}")
_OPTIONAL = frozenset({"tax_number", "vat_id", "iban", "bic"})


def faults(content: Content) -> list[str]:
    """All that is wrong with a document: each says where, what is there and what would be right."""
    return [
        *_texts(content),
        *_parties(content),
        *_dates(content),
        *_kind(content),
        *_lines(content),
        *_groups(content),
        *_totals(content),
    ]


def _texts(content: Content) -> Iterator[str]:
    yield from _text("number", content.number)
    for role, party in (("seller", content.seller), ("buyer", content.buyer)):
        for field, value in zip(PrintedParty._fields, party, strict=True):
            if value is not None or field not in _OPTIONAL:
                yield from _text(f"{role}'s {field}", value or "")
    for position, line in enumerate(content.lines, start=1):
        yield from _text(f"line {position}: package", line.package)
        yield from _text(f"line {position}: customer's id", line.customer_id)
        yield from _text(f"line {position}: customer", line.customer)
    if content.corrects:
        yield from _text("number of the corrected document", content.corrects.number)
        yield from _text("reason of the correction", content.corrects.reason)


def _text(where: str, value: str) -> Iterator[str]:
    if not value.strip():
        yield f"{where} is empty"
    if len(value) > LONGEST_TEXT:
        yield f"{where} has {len(value)} characters; at most {LONGEST_TEXT} are printed"
    if found := _NO_TEXT.search(value):
        yield f"{where} holds the character U+{ord(found[0]):04X}, which is not text"


def _replaced(content: Content) -> Iterator[str]:
    replaced = content.replaces
    if replaced is None:
        return
    yield from _text("number of the replaced document", replaced.number)
    if content.kind is DocumentKind.CORRECTION:
        yield f"a correction replaces no document, {replaced.number} here"
    if replaced.number == content.number or replaced.issued_on > content.issued_on:
        yield f"a document replaces an earlier one, not {replaced.number} of {replaced.issued_on}"


def _parties(content: Content) -> Iterator[str]:
    for role, party in (("seller", content.seller), ("buyer", content.buyer)):
        if not _COUNTRY.fullmatch(party.country):
            yield f"{role}'s country is {party.country!r}; a country is two capital letters, such as DE"
    categories = {line.category for line in content.lines} | {group.category for group in content.vat}
    if VatCategory.OUTSIDE_SCOPE in categories:
        yield from _outside_scope(content, categories)
    elif not content.seller.tax_number and not content.seller.vat_id:
        yield "the seller has neither a tax number nor a VAT id; § 14 Abs. 4 Nr. 2 UStG demands one"
    if VatCategory.REVERSE_CHARGE in categories:
        for role, party in (("seller", content.seller), ("buyer", content.buyer)):
            if not party.vat_id:
                yield f"the {role} has no VAT id; § 14a Abs. 1 UStG demands both where the buyer owes the tax"


def _outside_scope(content: Content, categories: set[VatCategory]) -> Iterator[str]:
    if not content.seller.tax_number:
        yield (
            "the seller has no tax number; § 14 Abs. 4 Nr. 2 UStG demands one, since a document outside the "
            "scope of tax names no VAT id (EN 16931, BR-O-02)"
        )
    for role, party in (("seller", content.seller), ("buyer", content.buyer)):
        if party.vat_id is not None:
            yield f"the {role}'s VAT id is on a document outside the scope of tax (EN 16931, BR-O-02)"
    if len(categories) > 1:
        yield "what is outside the scope of tax is on one document with what is not (EN 16931, BR-O-11)"


def _dates(content: Content) -> Iterator[str]:
    if content.kind is DocumentKind.CORRECTION:
        if content.pay_until is not None:
            yield "a correction asks for no payment, and has no day until when to pay"
    elif content.pay_until is None:
        yield "the day until when to pay is missing"
    elif content.pay_until < content.issued_on:
        yield f"it is to be paid until {content.pay_until}, before it is issued on {content.issued_on}"


def _kind(content: Content) -> Iterator[str]:
    yield from _correction(content)
    yield from _replaced(content)
    if not 1 <= content.part <= content.parts:
        yield f"part {content.part} of {content.parts} does not exist"
    if content.kind is DocumentKind.SETTLEMENT:
        yield from _settlement(content)
    elif content.settles_year is not None:
        yield f"only a settlement names a year, {content.settles_year} here"


def _correction(content: Content) -> Iterator[str]:
    original = content.corrects
    if content.kind is not DocumentKind.CORRECTION:
        if original is not None:
            yield f"only a correction corrects another document, {original.number} here"
    elif original is None:
        yield "a correction names the document that it corrects"
    elif original.number == content.number or original.issued_on > content.issued_on:
        yield f"a correction corrects an earlier document, not {original.number} of {original.issued_on}"


def _settlement(content: Content) -> Iterator[str]:
    year = content.settles_year
    if year is None:
        yield "a settlement names the year that it settles"
        return
    if content.issued_on.year <= year:
        yield f"{year} is settled when it has ended, not on {content.issued_on}"
    for position, line in enumerate(content.lines, start=1):
        due = line.period_start_on.year
        if due > year:
            yield f"line {position} fell due in {due}, after {year}, which is settled"
        elif line.late != (due < year):
            yield f"line {position} fell due in {due}, which is {'not ' if line.late else ''}late for {year}"


def _lines(content: Content) -> Iterator[str]:
    if not 1 <= len(content.lines) <= MOST_LINES:
        yield f"a document has 1 to {MOST_LINES} lines, not {len(content.lines)}"
    for position, line in enumerate(content.lines, start=1):
        if line.net_cents <= 0:
            yield f"line {position} is for {euros(line.net_cents)}; it has to be above zero"
        if line.period_end_on < line.period_start_on:
            yield f"line {position} ends on {line.period_end_on}, before it starts on {line.period_start_on}"
        yield from _rate(f"line {position}", line.category, line.percent)
    for position, (before, after) in enumerate(pairwise(content.lines), start=2):
        if line_order(before) > line_order(after):
            yield f"line {position} belongs before line {position - 1}"
    seen = {(line.package, line.period_start_on) for line in content.lines}
    if len(seen) < len(content.lines):
        yield "a package is charged twice for one period"


def _rate(where: str, category: VatCategory, percent: Decimal) -> Iterator[str]:
    if not percent.is_finite() or not 0 <= percent < 100:
        yield f"{where} has a rate of {percent} %; a rate is at least 0 and below 100"
    elif (category is not VatCategory.STANDARD) != (percent == 0):
        yield f"{where} has category {VAT_CODES[category]} at {percent} %; at 0 % it is AE or O, above it S"


def _groups(content: Content) -> Iterator[str]:
    nets: defaultdict[tuple[VatCategory, Decimal], int] = defaultdict(int)
    for line in content.lines:
        nets[line.category, line.percent] += line.net_cents
    found = [(group.category, group.percent) for group in content.vat]
    if len(set(found)) < len(found):
        yield "a rate occurs twice among the sums"
    for category, percent in sorted(nets.keys() - set(found), key=str):
        yield f"the sum of the lines of {VAT_CODES[category]} at {percent} % is missing"
    for group in content.vat:
        yield from _group(group, nets.get((group.category, group.percent), 0), content.kind)


def _group(group: VatGroup, net_cents: int, kind: DocumentKind) -> Iterator[str]:
    where = f"the sum of {VAT_CODES[group.category]} at {group.percent} %"
    if group.net_cents != net_cents or net_cents <= 0:
        yield f"{where} is {euros(group.net_cents)}; its lines are {euros(net_cents)}"
    if not group.percent.is_finite():
        return
    # A part that is credited carries the rounding of all parts before it, which is at most a cent.
    allowed = 1 if kind is DocumentKind.CORRECTION else 0
    expected = vat_cents(group.net_cents, group.percent)
    if group.vat_cents < 0 or abs(group.vat_cents - expected) > allowed:
        yield f"{where} has a tax of {euros(group.vat_cents)}; it is {euros(expected)}"
    elif group.category is not VatCategory.STANDARD and group.vat_cents != 0:
        yield f"{where} has a tax of {euros(group.vat_cents)}; the seller owes none"


def _totals(content: Content) -> Iterator[str]:
    for name, written, expected in (
        ("net", content.net_cents, sum(group.net_cents for group in content.vat)),
        ("tax", content.vat_cents, sum(group.vat_cents for group in content.vat)),
        ("gross", content.gross_cents, content.net_cents + content.vat_cents),
    ):
        if written != expected:
            yield f"{name} is {euros(written)} in all; it adds up to {euros(expected)}"
