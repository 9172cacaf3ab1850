"""Instants and durations as whole microseconds: nothing is lost in either direction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from casecore.clocks.instants import DAY, SECOND, instant, micros, seconds
from tests.clocks.calendars import utc


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_as_it_was_to_the_microsecond(at: datetime) -> None:
    assert instant(micros(at)) == at


def test_instants_are_counted_from_1970_also_backwards() -> None:
    assert micros(utc(1970, 1, 2)) == DAY
    assert micros(utc(1969, 12, 31) + timedelta(microseconds=1)) == 1 - DAY


def test_the_same_instant_in_another_zone_is_the_same() -> None:
    berlin = datetime(2026, 3, 6, 17, tzinfo=timezone(timedelta(hours=1)))
    assert micros(berlin) == micros(utc(2026, 3, 6, 16))


def test_a_duration_in_seconds_is_exact_and_an_int_if_it_is_whole() -> None:
    assert (seconds(90 * SECOND), type(seconds(90 * SECOND))) == (90, int)
    assert seconds(SECOND + 1) == Decimal("1.000001")
    assert seconds(-SECOND // 2) == Decimal("-0.5")
