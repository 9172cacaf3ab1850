"""When the people of a demo that is left up did what they did: in office hours, on no holiday."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from casecore.cli.commands.demo.kept import office_hours_before

BERLIN = ZoneInfo("Europe/Berlin")
CHRISTMAS = {date(2026, 12, 25), date(2026, 12, 26)}


def test_nobody_worked_on_a_holiday() -> None:
    # Given a demo that begins on the Monday after Christmas, two hours after its people did
    monday = datetime(2026, 12, 28, 10, tzinfo=BERLIN)
    # Then what they did three hours before was on Thursday, since that Friday was a holiday
    assert office_hours_before(monday, 3, CHRISTMAS) == datetime(2026, 12, 24, 16, tzinfo=BERLIN)
    assert office_hours_before(monday, 3, ()) == datetime(2026, 12, 25, 16, tzinfo=BERLIN)


FIRST, LAST = datetime(2026, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 - the strategy adds the zone


@given(
    now=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    hours=st.floats(0.25, 40),
    holidays=st.sets(st.dates(date(2026, 1, 1), date(2030, 1, 1)), max_size=40),
)
def test_whenever_a_demo_begins_its_people_were_at_work(
    now: datetime, hours: float, holidays: set[date]
) -> None:
    at = office_hours_before(now, hours, holidays).astimezone(BERLIN)

    assert at <= now - timedelta(hours=hours) + timedelta(microseconds=1)
    assert at.weekday() < 5
    assert at.date() not in holidays
    assert 8 <= at.hour < 17
