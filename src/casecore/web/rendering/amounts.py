"""Amounts of money and rates of tax as people read them; an amount is whole cents, and never a float."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, format_decimal

from casecore.web.rendering.language import locale_of

_CURRENCY = "EUR"


def euros_in(language: str, cents: int) -> str:
    """Cents as euros, always with both digits of the cents: €1,234.50, 1.234,50 €."""
    return format_currency(Decimal(cents).scaleb(-2), _CURRENCY, locale=locale_of(language))


def percent_in(language: str, percent: Decimal) -> str:
    """A rate in percent, with as many digits as it has: 19 %, 5.5 %."""
    return f"{format_decimal(percent.normalize(), locale=locale_of(language))}\N{NO-BREAK SPACE}%"
