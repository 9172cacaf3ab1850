"""Value added tax: the one place where money is rounded, half up (domain: rates are decimals).

Tax is computed once for each rate in a document, on the sum of its lines. The tax on a part that is credited
later is the rounded tax on all parts credited so far, less the rounded tax on those before. So the tax on all
parts together is the tax on the whole, to the cent, in any order.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

_WHOLE = Decimal(1)
# Wide enough for any sum of cents times any rate: nothing is rounded but the result.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def vat_cents(net_cents: int, percent: Decimal) -> int:
    """The tax on a net amount, in cents, half up; below zero, half a cent rounds away from zero."""
    exact = _EXACT.divide(_EXACT.multiply(Decimal(net_cents), percent), Decimal(100))
    return int(exact.quantize(_WHOLE, context=_EXACT))


def part_vat_cents(credited_cents: int, part_cents: int, percent: Decimal) -> int:
    """The tax on a part of what is credited, after parts of `credited_cents` net; all in cents."""
    return vat_cents(credited_cents + part_cents, percent) - vat_cents(credited_cents, percent)
