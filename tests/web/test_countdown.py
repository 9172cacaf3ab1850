"""Clocks on a page count down in opening hours, as the slow calendar counts them second by second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from casecore.clocks.instants import SECOND, instant, micros
from casecore.clocks.open_hours import OpenHours
from casecore.visibility.rules import Viewer
from casecore.web.rendering.countdown import Countdown
from projections.sla.open_windows import WINDOWS, open_windows_of
from projections.sla.queries import due_next
from tests.cases.promises import calendar, policy
from tests.clocks.naive_calendar import NaiveCalendar
from tests.clocks.strategies import calendars, frames
from tests.profiles import scaled
from tests.web.casework import IDA, OEHLER, OPENING, Casework
from tests.web.sites import Site


@scaled(1)
@given(data=st.data())
def test_what_is_left_is_what_the_slow_calendar_leaves(data: st.DataObject) -> None:
    # Given a clock that runs, by a calendar with clock changes, holidays and exceptions
    frame = data.draw(frames())
    found = data.draw(calendars(frame))
    hours, slow = OpenHours(found), NaiveCalendar(found)
    begins = hours.begins_at // SECOND
    now = begins + data.draw(st.integers(0, max((hours.ends_at - hours.begins_at) // SECOND - 1, 0)))
    windows = [*hours.within(now * SECOND, hours.ends_at)][:WINDOWS]
    countdown = Countdown(
        left=7_200, now=_at(now), windows=[(instant(begin), instant(end)) for begin, end in windows]
    )
    # When it has counted for a while, within the hours that are known
    last = windows[-1][1] // SECOND if windows else now
    later = data.draw(st.integers(now, min(last, now + 4_000)))
    # Then as much is left as the slow calendar leaves, and it counts now if that is open
    opened = sum(slow.is_open(second) for second in range(now, later))
    assert countdown.left_at(_at(later)) == 7_200 - opened
    assert countdown.is_open == slow.is_open(now)
    assert countdown.opens_at is None or slow.is_open(micros(countdown.opens_at) // SECOND)


def test_the_view_knows_when_a_clock_counts_next(site: Site) -> None:
    # Given a case with a promise by the office hours 08:00 to 12:00 and 13:00 to 17:00
    work = Casework(site.database)
    work.promise(calendar(), policy("office"))
    work.do(OEHLER, "C-1", (OPENING, 1))
    work.fold()
    hours = OpenHours(calendar())
    (clock, *_) = due_next(site.database)
    for asked in ("2026-12-01T09:30", "2026-12-01T12:00", "2026-12-04T17:00", "2026-12-06T11:11"):
        at = datetime.fromisoformat(asked).replace(tzinfo=UTC)
        # When it is asked when the clock counts next
        found = open_windows_of(site.database, [clock.case_id], at)[0]
        # Then these are the next opening hours of its calendar, from those of then on
        wanted = [*hours.within(micros(at), micros(at + timedelta(days=9)))][:WINDOWS]
        told = [(max(opens, at), closes) for opens, closes in zip(found.opens, found.closes, strict=True)]
        assert open_windows_of(site.database, [clock.case_id], at, Viewer("stranger", False)) == []
        assert told == [(instant(begin), instant(end)) for begin, end in wanted]


def test_a_clock_stands_still_outside_its_hours_and_says_until_when(site: Site) -> None:
    # Given a promise by a calendar that is open on no day but the day after the day after tomorrow
    opens_on = (datetime.now(UTC) + timedelta(days=3)).weekday()
    weekly = tuple(("08:00-17:00",) if day == opens_on else () for day in range(7))
    work = Casework(site.database)
    work.promise(calendar(weekly=weekly), policy("rare", hours=2, calendar=calendar(weekly=weekly)))
    work.do(OEHLER, "C-1", (OPENING, 1))
    work.fold()
    # When somebody looks
    page = site.as_(IDA).look("/work").text
    # Then the clock has all its time, and says that it is closed, and until which day
    assert 'data-left="7200.000"' in page
    assert f"closed until {('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[opens_on]} " in page


def _at(seconds: int) -> datetime:
    return instant(seconds * SECOND)
