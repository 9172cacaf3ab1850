"""Shares and counts as people read them in a language."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal

from casecore.web.rendering.language import locale_of

_TENTH = Decimal("0.1")


def share_met(met: int, missed: int) -> Decimal | None:
    """The share that was met in percent, to a tenth, halves up as in the views; None without any."""
    if not met + missed:
        return None
    return (Decimal(100 * met) / (met + missed)).quantize(_TENTH, ROUND_HALF_UP)


def percent(language: str, share: Decimal | None) -> str:
    """A share as text."""
    return "–" if share is None else f"{_number(language, share, '0.0')} %"


def points(language: str, was: Decimal | None, now: Decimal | None) -> str:
    """How many points a share is higher or lower, with its sign; empty if it is neither."""
    if was is None or now is None or was == now:
        return ""
    sign = "+" if now > was else "−"
    return f"{sign}{_number(language, abs(now - was), '0.0')}"


def count(language: str, number: int) -> str:
    """A number of things."""
    return str(format_decimal(number, locale=locale_of(language)))


def _number(language: str, number: Decimal, form: str) -> str:
    return str(format_decimal(number, form, locale=locale_of(language)))
