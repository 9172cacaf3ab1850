"""Tax is rounded half up, once for each rate; parts credited one after another are the whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.money.vat import part_vat_cents, vat_cents

nets = st.integers(0, 100_000_000_000)
rates = st.decimals("0.0001", "99.9999", places=4)


@pytest.mark.parametrize(
    ("net", "percent", "tax"),
    [
        (9_900, "19", 1_881),
        (9_999, "19", 1_900),  # 1899.81
        (50, "19", 10),  # 9.5: half is rounded up
        (150, "19", 29),  # 28.5: not to the even one
        (250, "19", 48),  # 47.5
        (-50, "19", -10),
        (9_900, "16", 1_584),
        (0, "19", 0),
        (1, "7.7", 0),
        (9_900, "0", 0),
    ],
)
def test_tax_is_rounded_half_up(net: int, percent: str, tax: int) -> None:
    assert vat_cents(net, Decimal(percent)) == tax


@given(nets, rates)
def test_tax_is_never_more_than_half_a_cent_off_and_half_is_rounded_up(net: int, percent: Decimal) -> None:
    exact = Fraction(net) * Fraction(percent) / 100
    error = vat_cents(net, percent) - exact
    assert -Fraction(1, 2) < error <= Fraction(1, 2)


@given(nets, st.sampled_from(["19", "19.0", "1.9E+1"]))
def test_the_spelling_of_a_rate_changes_nothing(net: int, percent: str) -> None:
    assert vat_cents(net, Decimal(percent)) == vat_cents(net, Decimal(19))


@st.composite
def parts_and_order(draw: st.DrawFn) -> tuple[Sequence[int], Sequence[int]]:
    parts = draw(st.lists(st.integers(0, 20_000), max_size=12))
    return parts, draw(st.permutations(parts))


@given(parts_and_order(), rates)
def test_the_tax_of_parts_credited_one_after_another_is_that_of_the_whole_in_any_order(
    parts: tuple[Sequence[int], Sequence[int]], percent: Decimal
) -> None:
    for order in parts:
        credited, tax = 0, 0
        for part in order:
            tax += part_vat_cents(credited, part, percent)
            credited += part
        assert tax == vat_cents(sum(order), percent)


@given(nets, st.integers(0, 20_000), rates)
def test_a_part_has_never_a_tax_below_zero(credited: int, part: int, percent: Decimal) -> None:
    assert part_vat_cents(credited, part, percent) >= 0
