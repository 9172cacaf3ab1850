"""Amounts by the hour are rounded half up, once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.money.hours import effort_cents


@pytest.mark.parametrize(
    ("minutes", "cents_per_hour", "cents"),
    [(60, 9000, 9000), (1, 30, 1), (1, 29, 0), (37, 8990, 5544), (0, 9000, 0), (90, 1, 2)],
)
def test_half_a_cent_is_a_cent(minutes: int, cents_per_hour: int, cents: int) -> None:
    assert effort_cents(minutes, cents_per_hour) == cents


@given(st.integers(0, 10_000_000), st.integers(0, 100_000_000))
def test_it_is_the_exact_product_rounded_half_up(minutes: int, cents_per_hour: int) -> None:
    # A sixtieth may have no end as a decimal, but it is half of a cent, or differs from it early.
    exact = Decimal(minutes * cents_per_hour) / Decimal(60)
    assert effort_cents(minutes, cents_per_hour) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
