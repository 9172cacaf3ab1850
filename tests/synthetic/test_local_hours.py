"""Central European time by its rule is what the time zone files say of it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from casecore.synthetic.local_hours import hour_of_week, instant_of, local_day, midnight, seconds_of, utc_of

BERLIN = ZoneInfo("Europe/Berlin")

instants = st.integers(
    seconds_of(datetime(1996, 2, 1, tzinfo=UTC)), seconds_of(datetime(2037, 1, 1, tzinfo=UTC))
).map(instant_of)


@given(instants)
@example(datetime(2025, 3, 30, 0, 59, 59, tzinfo=UTC))
@example(datetime(2025, 3, 30, 1, tzinfo=UTC))
@example(datetime(2025, 10, 26, 0, 59, 59, tzinfo=UTC))
@example(datetime(2025, 10, 26, 1, tzinfo=UTC))
def test_day_and_hour_of_the_week_are_those_of_berlin(at: datetime) -> None:
    local = at.astimezone(BERLIN)

    assert hour_of_week(seconds_of(at)) == local.weekday() * 24 + local.hour
    assert local_day(seconds_of(at)) == local.date()


@given(instants)
def test_an_instant_is_found_again_from_its_local_time(at: datetime) -> None:
    # Given a local time that the clock shows once only
    local = at.astimezone(BERLIN).replace(tzinfo=None)
    shown_twice = {
        local.replace(tzinfo=BERLIN, fold=0).utcoffset(),
        local.replace(tzinfo=BERLIN, fold=1).utcoffset(),
    }
    found = instant_of(utc_of(seconds_of(local.replace(tzinfo=UTC))))

    assert found == at or len(shown_twice) == 2


@given(instants)
def test_a_day_begins_at_its_first_second(at: datetime) -> None:
    day = at.astimezone(BERLIN).date()
    begins_at = midnight(day)

    assert local_day(begins_at) == day
    assert local_day(begins_at - 1) < day
