"""Durations and instants as pages write them: one way, in each language."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.web.rendering.times import duration, exact_duration, in_words, opening_hours, target
from tests.profiles import scaled

UNITS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
PART = re.compile(r"(\d+) (d|h|min|s)")


def seconds_in(text: str) -> int:
    assert re.fullmatch(rf"−?{PART.pattern}( {PART.pattern})*", text), text
    whole = sum(int(number) * UNITS[unit] for number, unit in PART.findall(text))
    return -whole if text.startswith("−") else whole


@scaled(1)
@given(seconds=st.integers(-(10**8), 10**8))
def test_what_is_exact_says_each_second_and_what_is_short_its_two_largest_units(seconds: int) -> None:
    assert seconds_in(exact_duration(seconds)) == seconds_in(target(seconds)) == seconds
    for short in (duration(seconds), opening_hours(seconds)):
        parts = PART.findall(short)
        assert len(parts) <= 2
        # What is left out is less than the unit after the largest.
        units = list(UNITS)
        after = units[min(units.index(parts[0][1]) + 1, 3)]
        assert 0 <= abs(seconds) - abs(seconds_in(short)) < UNITS[after]


@pytest.mark.parametrize(
    ("seconds", "short", "of_opening_hours", "exact"),
    [
        (0, "0 s", "0 s", "0 s"),
        (59.9, "59 s", "59 s", "59 s"),
        (3_600, "1 h", "1 h", "1 h"),
        (3_665, "1 h 1 min", "1 h 1 min", "1 h 1 min 5 s"),
        (3_605, "1 h", "1 h", "1 h 5 s"),
        (241_617, "2 d 19 h", "67 h 6 min", "2 d 19 h 6 min 57 s"),
        (-90, "−1 min 30 s", "−1 min 30 s", "−1 min 30 s"),
    ],
)
def test_a_duration_is_written_by_its_units(
    seconds: float, short: str, of_opening_hours: str, exact: str
) -> None:
    assert duration(seconds) == short
    assert opening_hours(seconds) == of_opening_hours
    assert exact_duration(seconds) == exact


def test_an_instant_in_a_sentence_has_its_zone() -> None:
    at = datetime(2026, 3, 31, 15, tzinfo=UTC)

    assert in_words("en", ZoneInfo("Europe/Berlin"), at) == "31 Mar 2026, 17:00 CEST"
    assert in_words("de", ZoneInfo("Europe/Berlin"), at) == "31. März 2026, 17:00 MESZ"
