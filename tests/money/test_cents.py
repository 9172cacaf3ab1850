"""Amounts are whole cents, written and read as euros with two decimals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.money.cents import InvalidAmount, euros, read_euros


@given(st.integers(0, 99_999_999_999))
def test_what_is_written_is_read_back(cents: int) -> None:
    assert read_euros(euros(cents)) == cents


@pytest.mark.parametrize(("cents", "text"), [(5, "0.05"), (-5, "-0.05"), (-123_456, "-1234.56"), (0, "0.00")])
def test_an_amount_has_always_two_decimals_and_its_sign(cents: int, text: str) -> None:
    assert euros(cents) == text


def test_whole_euros_need_no_decimals() -> None:
    assert read_euros("99") == 9_900


@pytest.mark.parametrize(
    "text",
    ["", "-1", "99.9", "99.000", "99,00", " 99", "99\n", "1e2", "0x10", "٩٩", "9999999999", ".50", "nan"],
)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount, match=r"not an amount in euros, such as 99\.00"):
        read_euros(text)
