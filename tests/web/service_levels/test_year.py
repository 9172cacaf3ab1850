"""A year as it is drawn: each day by when it is open and why, and the sums of its table."""

from __future__ import annotations

from datetime import date

from casecore.clocks.instants import SECOND
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import Day
from casecore.service_levels.book import PublishedCalendar
from casecore.web.pages.service_levels.weeks import week_lines
from casecore.web.pages.service_levels.year import draw_year
from tests.cases.promises import calendar

OFFICE = calendar(
    first_on=date(2026, 2, 2),
    last_on=date(2026, 12, 31),
    holidays=(date(2026, 4, 3), date(2026, 5, 1)),
    exceptions=(
        Day(date(2026, 5, 1), ("09:00-12:00",)),
        Day(date(2026, 6, 6), ("08:00-16:00",)),
        Day(date(2026, 6, 8)),
    ),
)
YEAR = draw_year(PublishedCalendar("vendor", OFFICE, "0f", {"2026-04-03": "Karfreitag"}), 2026, "en")


def kind_of(month: int, day: int) -> str:
    return YEAR.months[month - 1].days[day - 1].kind


def test_each_day_is_of_the_kind_of_its_hours() -> None:
    assert kind_of(4, 2) == "open"
    assert kind_of(4, 4) == "closed", "a Saturday"
    assert kind_of(4, 3) == "holiday"
    # An exception goes before a holiday, and before its weekday
    assert kind_of(5, 1) == "half"
    assert kind_of(6, 6) == "open"
    assert kind_of(6, 8) == "closed"
    # and before and after the calendar nothing is known.
    assert kind_of(2, 1) == "unknown"


def test_the_sums_are_those_of_all_days() -> None:
    assert sum(YEAR.counts.values()) == 365
    assert [sum(month.counts.values()) for month in YEAR.months] == [len(month.days) for month in YEAR.months]
    hours = OpenHours(OFFICE)
    assert YEAR.open_seconds == hours.between(hours.begins_at, hours.ends_at) // SECOND


def test_days_unlike_their_weekday_are_told_with_their_names() -> None:
    assert [(day.says, day.name, day.hours) for day in YEAR.special] == [
        ("Fri 3 Apr", "Karfreitag", ""),
        ("Fri 1 May", "", "09:00–12:00"),
        ("Sat 6 Jun", "", "08:00–16:00"),
        ("Mon 8 Jun", "", ""),
    ]


def test_neighbouring_days_with_the_same_hours_are_one_line() -> None:
    assert [(line.days, line.hours) for line in week_lines(OFFICE, "en")] == [
        ("Mon – Fri", "08:00–12:00, 13:00–17:00"),
        ("Sat – Sun", ""),
    ]
