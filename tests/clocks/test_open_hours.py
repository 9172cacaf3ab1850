"""Opening hours: how much is open between two instants, and by when this much is, also on unusual days."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from casecore.clocks.instants import DAY, SECOND, micros
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import Calendar, Day, OffsetChange
from tests.clocks.calendars import ALWAYS, NEVER, at, calendar, hours, minutes, utc
from tests.clocks.naive_calendar import NaiveCalendar
from tests.clocks.strategies import calendars, frames
from tests.profiles import scaled

BERLIN = OpenHours(calendar())
ALL_DAY = OpenHours(calendar(ALWAYS))


def open_between(of: OpenHours, start: str, end: str) -> int:
    return of.between(at(start), at(end))


# Opening and closing time


def test_the_second_of_opening_is_open_and_the_second_of_closing_is_not() -> None:
    # given a Friday from 09:00 until 17:00
    assert open_between(BERLIN, "2026-03-06 08:59:59", "2026-03-06 09:00:01") == SECOND
    assert open_between(BERLIN, "2026-03-06 16:59:59", "2026-03-06 17:00:01") == SECOND


def test_what_is_used_up_at_closing_time_is_used_up_then_and_not_the_next_morning() -> None:
    # when two hours are counted from 15:00 on a Friday, then they end at its 17:00
    assert BERLIN.after(at("2026-03-06 15:00:00"), hours(2)) == at("2026-03-06 17:00:00")


def test_a_second_more_than_until_closing_time_ends_a_second_after_the_next_opening() -> None:
    assert BERLIN.after(at("2026-03-06 15:00:00"), hours(2) + SECOND) == at("2026-03-09 09:00:01")


def test_no_duration_ends_where_it_starts_also_on_a_weekend() -> None:
    assert BERLIN.after(at("2026-03-07 12:00:00"), 0) == at("2026-03-07 12:00:00")


def test_a_microsecond_counts() -> None:
    assert BERLIN.after(at("2026-03-06 17:00:00"), 1) == at("2026-03-09 09:00:00") + 1
    assert BERLIN.between(at("2026-03-09 09:00:00") - 1, at("2026-03-09 09:00:00") + 1) == 1


def test_a_window_until_24_00_and_one_from_00_00_are_one_stretch() -> None:
    # given a partner's evening on a Thursday, and a night on the Friday
    night = OpenHours(calendar(((), (), (), ("18:00-24:00",), ("00:00-02:00",), (), ())))
    assert night.after(at("2026-03-05 22:00:00"), hours(3)) == at("2026-03-06 01:00:00")
    assert list(night.within(at("2026-03-05 12:00:00"), at("2026-03-06 12:00:00"))) == [
        (at("2026-03-05 18:00:00"), at("2026-03-06 02:00:00"))
    ]


def test_windows_that_touch_or_overlap_count_once() -> None:
    doubled = OpenHours(calendar((("09:00-13:00", "12:00-15:00", "15:00-17:00"),) * 7))
    assert open_between(doubled, "2026-03-06 00:00:00", "2026-03-07 00:00:00") == hours(8)


# Clock changes


def test_the_day_in_march_has_23_hours() -> None:
    assert open_between(ALL_DAY, "2026-03-29 00:00:00", "2026-03-30 00:00:00") == hours(23)


def test_the_day_in_october_has_25_hours() -> None:
    assert open_between(ALL_DAY, "2026-10-25 00:00:00", "2026-10-26 00:00:00") == hours(25)


def test_a_window_in_the_hour_that_march_skips_has_no_instants() -> None:
    # given a window from 02:00 until 03:00 every day
    gap = OpenHours(calendar((("02:00-03:00",),) * 7))
    assert open_between(gap, "2026-03-28 00:00:00", "2026-03-30 00:00:00") == hours(1)
    # then an hour counted from Sunday's midnight ends on Monday
    assert gap.after(at("2026-03-29 00:00:00"), hours(1)) == at("2026-03-30 03:00:00")


def test_a_window_that_reaches_into_the_missing_hour_has_what_is_left_of_it() -> None:
    some = OpenHours(calendar((("01:30-03:30",),) * 7))
    assert open_between(some, "2026-03-29 00:00:00", "2026-03-30 00:00:00") == hours(1)
    assert some.after(at("2026-03-29 01:30:00"), minutes(30)) == at("2026-03-29 03:00:00")


def test_a_window_in_the_hour_that_october_repeats_is_open_twice() -> None:
    twice = OpenHours(calendar((("02:15-02:45",),) * 7))
    assert list(twice.within(at("2026-10-25 00:00:00"), at("2026-10-26 00:00:00"))) == [
        (at("2026-10-25 02:15:00 CEST"), at("2026-10-25 02:45:00 CEST")),
        (at("2026-10-25 02:15:00 CET"), at("2026-10-25 02:45:00 CET")),
    ]
    assert twice.after(at("2026-10-25 00:00:00"), minutes(45)) == at("2026-10-25 02:30:00 CET")


def test_a_midnight_that_the_zone_skips_removes_nothing_else() -> None:
    # given a zone whose clocks go from 24:00 on Saturday to 01:00 on Sunday, as in Brazil until 2018
    changes = (OffsetChange(utc(2018, 11, 3, 3), -3 * 3600), OffsetChange(utc(2018, 11, 4, 3), -2 * 3600))
    brazil = OpenHours(
        calendar(ALWAYS, first_on=date(2018, 11, 3), last_on=date(2018, 11, 4), offsets=changes)
    )
    assert brazil.ends_at - brazil.begins_at == hours(24 + 23)
    assert brazil.between(brazil.begins_at, brazil.ends_at) == hours(24 + 23)
    # and where that Sunday is the first day, it begins when the clocks change
    sunday = OpenHours(
        calendar(ALWAYS, first_on=date(2018, 11, 4), last_on=date(2018, 11, 4), offsets=changes)
    )
    assert (sunday.begins_at, sunday.ends_at) == (micros(utc(2018, 11, 4, 3)), micros(utc(2018, 11, 5, 2)))


def test_a_whole_day_that_the_zone_skips_does_not_exist() -> None:
    # given Samoa, which had no 30 December 2011
    changes = (
        OffsetChange(utc(2011, 12, 29, 10), -10 * 3600),
        OffsetChange(utc(2011, 12, 30, 10), 14 * 3600),
    )
    samoa = OpenHours(
        calendar(ALWAYS, first_on=date(2011, 12, 29), last_on=date(2011, 12, 31), offsets=changes)
    )
    assert samoa.ends_at - samoa.begins_at == hours(48)


def test_clocks_that_go_back_over_midnight_open_no_unknown_day_and_repeat_the_last_one() -> None:
    # given a zone that goes back from Sunday 00:01 to Saturday 23:01, as Newfoundland did, and hours all day
    changes = (OffsetChange(utc(2026, 10, 1), 0), OffsetChange(utc(2026, 11, 1, 0, 1), -3600))
    saturday, sunday = (
        OpenHours(calendar(ALWAYS, first_on=on, last_on=on, offsets=changes))
        for on in (date(2026, 10, 31), date(2026, 11, 1))
    )
    first_minute = (micros(utc(2026, 11, 1)), micros(utc(2026, 11, 1, 0, 1)))
    # then Saturday has its hours without that minute, and its last 59 minutes again
    assert list(zip(saturday.opens, saturday.closes, strict=True)) == [
        (micros(utc(2026, 10, 31)), first_minute[0]),
        (first_minute[1], micros(utc(2026, 11, 1, 1))),
    ]
    # and Sunday has that minute, and its hours
    assert list(zip(sunday.opens, sunday.closes, strict=True)) == [
        first_minute,
        (micros(utc(2026, 11, 1, 1)), micros(utc(2026, 11, 2, 1))),
    ]


def test_zones_with_half_and_quarter_hours_open_by_their_own_clock() -> None:
    # given 09:00 in Kolkata, which is 03:30 UTC, and in Kathmandu, which is 03:15 UTC
    for offset, opens in ((19_800, utc(2026, 3, 2, 3, 30)), (20_700, utc(2026, 3, 2, 3, 15))):
        of = OpenHours(calendar(offsets=(OffsetChange(utc(2022, 12, 31), offset),)))
        assert of.after(micros(utc(2026, 3, 2)), minutes(1)) == micros(opens) + minutes(1)


# Days that differ from their weekday


def test_29_february_is_a_day_like_any_other() -> None:
    # given Thursday, 29 February 2024
    assert open_between(BERLIN, "2024-02-28 17:00:00", "2024-03-01 09:00:00") == hours(8)
    assert BERLIN.after(at("2024-02-28 16:00:00"), hours(2)) == at("2024-02-29 10:00:00")


def test_a_holiday_is_closed_and_an_exception_overrides_it() -> None:
    # given Christmas Eve with a morning, and two holidays, of which the second has hours
    christmas = OpenHours(
        calendar(
            holidays=(date(2025, 12, 25), date(2025, 12, 26)),
            exceptions=(Day(date(2025, 12, 24), ("09:00-12:00",)), Day(date(2025, 12, 26), ("10:00-11:00",))),
        )
    )
    assert list(christmas.within(at("2025-12-24 00:00:00"), at("2025-12-29 00:00:00"))) == [
        (at("2025-12-24 09:00:00"), at("2025-12-24 12:00:00")),
        (at("2025-12-26 10:00:00"), at("2025-12-26 11:00:00")),
    ]


def test_an_extra_saturday_is_open_and_a_closed_monday_is_not() -> None:
    of = OpenHours(calendar(exceptions=(Day(date(2026, 3, 7), ("10:00-14:00",)), Day(date(2026, 3, 9)))))
    assert of.after(at("2026-03-06 16:00:00"), hours(6)) == at("2026-03-10 10:00:00")


# The ends of a calendar


def test_beyond_the_horizon_nothing_is_open_and_nothing_falls_due() -> None:
    assert BERLIN.between(at("2027-12-31 17:00:00"), micros(utc(2040, 1, 1))) == 0
    # when exactly what is left until the horizon is counted, then it ends at the last closing time
    assert BERLIN.after(at("2027-12-31 16:00:00"), hours(1)) == at("2027-12-31 17:00:00")
    assert BERLIN.after(at("2027-12-31 16:00:00"), hours(1) + 1) is None
    assert BERLIN.after(micros(utc(2040, 1, 1)), 1) is None


def test_before_its_first_day_nothing_is_open() -> None:
    assert BERLIN.between(micros(utc(2000, 1, 1)), at("2023-01-01 00:00:00")) == 0
    # then what is counted from earlier begins on the first open day, Monday, 2 January 2023
    assert BERLIN.after(micros(utc(2000, 1, 1)), hours(1)) == at("2023-01-02 10:00:00")


def test_a_calendar_that_is_never_open_answers_at_once() -> None:
    never = OpenHours(calendar(NEVER))
    assert never.after(at("2026-03-06 15:00:00"), 1) is None
    assert never.between(at("2026-01-01 00:00:00"), at("2027-01-01 00:00:00")) == 0
    assert never.longest_closure() == (never.begins_at, never.ends_at)


def test_the_longest_closure_is_found_at_the_beginning_in_the_middle_and_at_the_end() -> None:
    # given hours on 2 January, and from 3 March until 30 April only
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    on = [Day(date(2026, 1, 2), ("09:00-10:00",)), Day(date(2026, 3, 3), ("09:00-10:00",))]
    middle = OpenHours(calendar(NEVER, first_on=first, last_on=date(2026, 3, 31), exceptions=tuple(on)))
    assert middle.longest_closure() == (at("2026-01-02 10:00:00"), at("2026-03-03 09:00:00"))
    end = OpenHours(calendar(NEVER, first_on=first, last_on=last, exceptions=tuple(on)))
    assert end.longest_closure() == (at("2026-03-03 10:00:00"), at("2027-01-01 00:00:00"))
    beginning = OpenHours(calendar(NEVER, first_on=first, last_on=date(2026, 3, 31), exceptions=(on[1],)))
    assert beginning.longest_closure() == (at("2026-01-01 00:00:00"), at("2026-03-03 09:00:00"))


# Laws


@st.composite
def any_calendar(draw: st.DrawFn) -> Calendar:
    return draw(calendars(draw(frames())))


@given(any_calendar(), st.integers(-3 * 24, 8 * 24), st.integers(0, 6 * 24 * 3600))
def test_what_is_open_until_a_duration_is_used_up_is_the_duration(
    calendar: Calendar, start_hour: int, duration: int
) -> None:
    of = OpenHours(calendar)
    start = of.begins_at + hours(start_hour)
    end = of.after(start, duration * SECOND)
    if end is None:
        assert of.between(start, max(start, of.ends_at)) < duration * SECOND
        return
    assert of.between(start, end) == duration * SECOND
    # and it is the earliest such instant
    assert duration == 0 or of.between(start, end - 1) == duration * SECOND - 1


@scaled(1 / 3)
@given(any_calendar())
def test_the_open_hours_are_those_that_the_clock_on_the_wall_shows(calendar: Calendar) -> None:
    # when every quarter of an hour is asked, from a day before the calendar until a day after it
    of, naive = OpenHours(calendar), NaiveCalendar(calendar)
    quarter = 15 * 60
    for second in range((of.begins_at - DAY) // SECOND, (of.ends_at + DAY) // SECOND, quarter):
        opened = of.between(second * SECOND, second * SECOND + SECOND)
        assert opened == (SECOND if naive.is_open(second) else 0)
