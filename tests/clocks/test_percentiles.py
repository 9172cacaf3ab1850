"""A percentile by nearest rank is one of the durations, and the first that enough of them do not exceed."""

from __future__ import annotations

from fractions import Fraction
from statistics import median_low

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casecore.clocks.percentiles import nearest_rank

durations = st.lists(st.integers(0, 2**40) | st.integers(0, 3), max_size=250).map(sorted)


@given(ordered=durations, percent=st.integers(1, 100))
@example(ordered=list(range(1, 101)), percent=99)
def test_it_is_the_first_duration_that_so_many_percent_do_not_exceed(
    ordered: list[int], percent: int
) -> None:
    enough = [
        duration
        for duration in ordered
        if Fraction(sum(other <= duration for other in ordered), len(ordered)) >= Fraction(percent, 100)
    ]
    assert nearest_rank(ordered, percent) == (enough[0] if enough else None)


@given(ordered=durations.filter(bool))
def test_half_of_them_is_the_low_median(ordered: list[int]) -> None:
    assert nearest_rank(ordered, 50) == median_low(ordered)


@pytest.mark.parametrize(("percent", "found"), [(40, 20), (41, 35), (50, 35), (90, 50), (99, 50)])
def test_of_five_durations_it_is_found_by_hand(percent: int, found: int) -> None:
    # the example of nearest rank: 15, 20, 35, 40, 50 has 20 at 40 %, since two of five are 40 %
    assert nearest_rank([15, 20, 35, 40, 50], percent) == found
