"""A document as a letter: every text on its pages, in the order in which they are read.

The template only lays these texts out, and interprets none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import TypedDict

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents import labels
from casecore.documents.content import Content, PrintedLine, PrintedParty, VatGroup

# What typst's own fonts can print: Latin, Greek and Cyrillic with punctuation, currencies and signs. Whatever
# is outside is printed as its code point, so that no name prevents a document from being issued.
_PRINTED = re.compile(
    "[\x20-\x7e\xa0-\xac\xae-\u02ff\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u2040\u20a0-\u20bf\u2116\u2122]"
)
# A column is wider than this many letters; a longer word would reach into the next.
_LONG_WORD = re.compile(r"[^\s\u200b]{24}(?=[^\s])")
_MAY_BREAK = "\u200b"


class LetterRow(TypedDict):
    """A line of the table."""

    position: str
    package: str
    note: str
    period: str
    rate: str
    net: str


class LetterGroup(TypedDict):
    """The rows for one end customer, with their sum; `heading` is empty where the buyer is the customer."""

    heading: str
    subtotal: str
    rows: list[LetterRow]


class Letter(TypedDict):
    """All texts of a document's pages."""

    title: str
    subtitle: str
    running: str
    author: str
    issued_on: list[int]
    letterhead: list[str]
    return_address: str
    address: list[str]
    info: list[list[str]]
    opening: list[str]
    groups: list[LetterGroup]
    sums: list[list[str]]
    total: list[str]
    closing: list[str]
    greeting: list[str]
    footer: list[list[str]]


def letter(content: Content) -> Letter:
    """The texts of a document that `checks.faults` finds nothing wrong with."""
    seller, title, on = content.seller, labels.title(content), content.issued_on
    return {
        "title": title,
        "subtitle": _subtitle(content),
        "running": printed(f"{title} · Nr. {content.number} vom {labels.day(on)}"),
        "author": printed(seller.name),
        "issued_on": [on.year, on.month, on.day],
        "letterhead": _texts(seller.name, seller.street, _place(seller, seller)),
        "return_address": printed(f"{seller.name} · {seller.street} · {_place(seller, seller)}"),
        "address": _texts(content.buyer.name, content.buyer.street, _place(content.buyer, seller)),
        "info": _info(content),
        "opening": _opening(content),
        "groups": list(_groups(content)),
        "sums": list(_sums(content)),
        "total": [_total_label(content), labels.money(labels.sign(content) * content.gross_cents)],
        "closing": _closing(content),
        "greeting": _texts("Mit freundlichen Grüßen", seller.name),
        "footer": _footer(seller),
    }


def printed(text: str) -> str:
    """A text as the fonts can print it, with places to break in words that are wider than a column."""
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(
        character if _PRINTED.fullmatch(character) else f"[U+{ord(character):04X}]" for character in composed
    )
    return _LONG_WORD.sub(lambda found: found[0] + _MAY_BREAK, shown)


def _texts(*texts: str) -> list[str]:
    return [printed(text) for text in texts if text]


def _place(party: PrintedParty, seller: PrintedParty) -> str:
    abroad = f" ({party.country})" if party.country != seller.country else ""
    return f"{party.postal_code} {party.city}{abroad}"


def _subtitle(content: Content) -> str:
    if content.corrects is None:
        return printed(labels.replacing(content) or "")
    original = content.corrects
    return printed(f"zu Rechnung Nr. {original.number} vom {labels.day(original.issued_on)}")


def _info(content: Content) -> list[list[str]]:
    name = "Belegnummer" if content.kind is DocumentKind.CORRECTION else "Rechnungsnummer"
    day = "Belegdatum" if content.kind is DocumentKind.CORRECTION else "Rechnungsdatum"
    rows = [
        (name, content.number),
        (day, labels.day(content.issued_on)),
        ("Kundennummer", content.buyer.id),
        ("Leistungszeitraum", labels.period(*labels.whole_period(content))),
    ]
    if content.buyer.vat_id:
        rows.append(("Ihre USt-IdNr.", content.buyer.vat_id))
    if content.pay_until:
        rows.append(("Fällig am", labels.day(content.pay_until)))
    return [_texts(*row) for row in rows]


def _opening(content: Content) -> list[str]:
    greeting = "Sehr geehrte Damen und Herren,"
    if content.corrects:
        correction = "wir berichtigen die genannte Rechnung und nehmen die folgenden Beträge zurück."
        return _texts(greeting, correction, f"Grund: {content.corrects.reason}")
    texts = ["für die jährliche Softwarewartung, eine Pauschale je Lizenzpaket, berechnen wir Ihnen:"]
    if content.kind is DocumentKind.SETTLEMENT:
        texts.append("Bitte Ihren Kunden berechnen: Die Aufstellung ist nach ihnen geordnet, Beträge netto.")
    if content.replaces:
        texts.append("Was Sie auf die ersetzte Rechnung schon gezahlt haben, rechnen wir an.")
    return [greeting, *texts]


def _groups(content: Content) -> Iterator[LetterGroup]:
    sign, position = labels.sign(content), 0
    named = labels.names_customers(content) or content.kind is DocumentKind.SETTLEMENT
    for (customer_id, customer), found in groupby(
        content.lines, key=lambda line: (line.customer_id, line.customer)
    ):
        lines = list(found)
        net_cents = sum(line.net_cents for line in lines)
        yield {
            "heading": printed(f"{customer} · {customer_id}") if named else "",
            "subtotal": labels.money(sign * net_cents) if named else "",
            "rows": [_row(position + offset, line, sign) for offset, line in enumerate(lines, start=1)],
        }
        position += len(lines)


def _row(position: int, line: PrintedLine, sign: int) -> LetterRow:
    return {
        "position": str(position),
        "package": printed(line.package),
        "note": labels.LATE if line.late else "",
        "period": labels.period(line.period_start_on, line.period_end_on),
        "rate": labels.rate(line.category, line.percent),
        "net": labels.money(sign * line.net_cents),
    }


def _sums(content: Content) -> Iterator[list[str]]:
    sign = labels.sign(content)
    yield ["Summe netto", labels.money(sign * content.net_cents)]
    for group in content.vat:
        yield [_vat_label(group, len(content.vat) > 1, sign), labels.money(sign * group.vat_cents)]


def _vat_label(group: VatGroup, is_one_of_many: bool, sign: int) -> str:
    if group.category is VatCategory.OUTSIDE_SCOPE:
        return "USt, nicht steuerbar"
    base = f" auf {labels.money(sign * group.net_cents)}" if is_one_of_many else ""
    return f"USt {labels.rate(group.category, group.percent)}{base}"


def _total_label(content: Content) -> str:
    return "Korrekturbetrag brutto" if content.kind is DocumentKind.CORRECTION else "Rechnungsbetrag brutto"


def _closing(content: Content) -> list[str]:
    exemptions = [labels.exemption(group.category) for group in content.vat]
    return _texts(_payment(content), *(f"{exemption}." for exemption in exemptions if exemption))


def _payment(content: Content) -> str:
    gross = labels.money(content.gross_cents)
    if content.pay_until is None:
        return (
            f"Der Betrag der genannten Rechnung mindert sich um {gross}. "
            "Haben Sie ihn schon gezahlt, erstatten oder verrechnen wir ihn."
        )
    account = " auf das unten genannte Konto" if content.seller.iban else ""
    return (
        f"Bitte überweisen Sie {gross} bis zum {labels.day(content.pay_until)} "
        f"unter Angabe der Rechnungsnummer {content.number}{account}."
    )


def _footer(seller: PrintedParty) -> list[list[str]]:
    iban = " ".join(re.findall(".{1,4}", seller.iban or ""))
    taxes = [("Steuernummer", seller.tax_number), ("USt-IdNr.", seller.vat_id)]
    bank = [("IBAN", iban), ("BIC", seller.bic if iban else None)]
    return [
        _texts(seller.name, seller.street, _place(seller, seller)),
        _texts(*(f"{name} {value}" for name, value in taxes if value)),
        _texts(*(f"{name} {value}" for name, value in bank if value)),
    ]
