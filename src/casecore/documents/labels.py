"""What a document says in German, and how it writes money, days and rates. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import assert_never

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents.content import Content, PrintedLine

# § 14a Abs. 5 UStG demands these words, and no others.
REVERSE_CHARGE = "Steuerschuldnerschaft des Leistungsempfängers"
OUTSIDE_SCOPE = "Im Inland nicht steuerbare Leistung (§ 3a Abs. 2 UStG)"
LATE = "Nachberechnung"
END_CUSTOMER = "Endkunde"
END_CUSTOMER_NUMBER = "Endkundennummer"

_NO_BREAK = "\u00a0"
_MINUS = "\u2212"


def money(cents: int) -> str:
    """Cents as euros for a German page: `1.234,56 €`, with a space at which no line breaks."""
    whole = f"{abs(cents) // 100:,}".replace(",", ".")
    return f"{_MINUS if cents < 0 else ''}{whole},{abs(cents) % 100:02}{_NO_BREAK}€"


def day(on: date) -> str:
    """A day for a German page: `31.12.2025`."""
    return f"{on.day:02}.{on.month:02}.{on.year:04}"


def period(start_on: date, end_on: date) -> str:
    """A period by its first and last day, both inclusive."""
    return f"{day(start_on)}{_NO_BREAK}– {day(end_on)}"


def percent(rate: Decimal) -> str:
    """A rate without zeros at its end: `19 %`, `7,5 %`."""
    return f"{plain(rate).replace('.', ',')}{_NO_BREAK}%"


def rate(category: VatCategory, percent_of_it: Decimal) -> str:
    """The rate of a line or a sum: `19 %`; a dash where there is none, not even one of zero."""
    return "–" if category is VatCategory.OUTSIDE_SCOPE else percent(percent_of_it)


def plain(rate: Decimal) -> str:
    """A decimal for a program, without exponent or zeros at its end: `19`, `7.5`."""
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exemption(category: VatCategory) -> str | None:
    """Why a document has no German tax; None for one that has."""
    match category:
        case VatCategory.STANDARD:
            return None
        case VatCategory.REVERSE_CHARGE:
            return REVERSE_CHARGE
        case VatCategory.OUTSIDE_SCOPE:
            return OUTSIDE_SCOPE
        case _:
            assert_never(category)


def title(content: Content) -> str:
    """What the document is, as its heading."""
    part = f", Teil {content.part} von {content.parts}" if content.parts > 1 else ""
    match content.kind:
        case DocumentKind.INVOICE:
            return f"Rechnung{part}"
        case DocumentKind.SETTLEMENT:
            return f"Jahresabrechnung Softwarewartung {content.settles_year}{part}"
        case DocumentKind.CORRECTION:
            return f"Rechnungskorrektur{part}"
        case _:
            assert_never(content.kind)


def replacing(content: Content) -> str | None:
    """In whose place the document is; None for most."""
    replaced = content.replaces
    return replaced and f"ersetzt Rechnung Nr. {replaced.number} vom {day(replaced.issued_on)}"


def product(line: PrintedLine) -> str:
    """What a line charges for: § 14 Abs. 4 Nr. 5 UStG, kind of the service."""
    return f"Softwarewartung Lizenzpaket {line.package}"


def sign(content: Content) -> int:
    """-1 for a correction, whose content has amounts above zero; else 1."""
    return -1 if content.kind is DocumentKind.CORRECTION else 1


def names_customers(content: Content) -> bool:
    """Whether lines are for other customers than the buyer, so that each line has to name its customer."""
    return any(line.customer_id != content.buyer.id for line in content.lines)


def whole_period(content: Content) -> tuple[date, date]:
    """The first day and the last day of all lines; a document has at least one."""
    return (
        min(line.period_start_on for line in content.lines),
        max(line.period_end_on for line in content.lines),
    )
