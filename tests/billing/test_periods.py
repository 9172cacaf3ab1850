"""Years of maintenance: from the activation, and from each anniversary, without a gap."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.billing.periods import periods

days = st.dates(date(1990, 1, 1), date(2190, 12, 31))
DAY = timedelta(days=1)


@given(days, st.integers(0, 12_000))
def test_periods_are_numbered_and_follow_each_other_without_a_gap(activated_on: date, ahead: int) -> None:
    until = min(activated_on + timedelta(days=ahead), date(2199, 12, 31))
    found = list(periods(activated_on, until))
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert found[0].start_on == activated_on
    for before, after in pairwise(found):
        assert after.start_on == before.end_on + DAY
    # The last one has begun, and the one after it has not
    assert found[-1].start_on <= until <= found[-1].end_on


@given(days, st.integers(0, 8))
def test_a_period_starts_on_the_anniversary(activated_on: date, years: int) -> None:
    until = date(activated_on.year + years, 12, 31)
    *_, last = periods(activated_on, until)
    assert (last.number, last.start_on.year) == (years + 1, until.year)
    assert last.start_on.month == activated_on.month
    is_leap = until.year % 4 == 0 and (until.year % 100 != 0 or until.year % 400 == 0)
    day = 28 if (activated_on.month, activated_on.day) == (2, 29) and not is_leap else activated_on.day
    assert last.start_on.day == day


def test_activated_on_29_february_means_28_february_in_other_years() -> None:
    found = list(periods(date(2024, 2, 29), date(2028, 12, 31)))
    assert [(one.start_on, one.end_on) for one in found] == [
        (date(2024, 2, 29), date(2025, 2, 27)),
        (date(2025, 2, 28), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2027, 2, 27)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 27)),
    ]


def test_2100_is_not_a_leap_year() -> None:
    *_, last = periods(date(2096, 2, 29), date(2100, 12, 31))
    assert (last.start_on, last.end_on) == (date(2100, 2, 28), date(2101, 2, 27))


@pytest.mark.parametrize(("until", "number"), [(date(2025, 5, 1), 2), (date(2025, 4, 30), 1)])
def test_a_period_begins_on_its_first_day_and_not_before(until: date, number: int) -> None:
    assert len(list(periods(date(2024, 5, 1), until))) == number


def test_before_the_activation_there_is_no_period() -> None:
    assert list(periods(date(2024, 5, 1), date(2024, 4, 30))) == []
