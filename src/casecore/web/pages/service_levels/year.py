"""A year of a calendar, day by day, as it is drawn and as its table says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from babel.dates import format_date
from msgspec.structs import replace

from casecore.clocks.instants import SECOND
from casecore.clocks.open_hours import OpenHours, local_midnight
from casecore.contract.service_levels import Calendar, Hours
from casecore.service_levels.book import PublishedCalendar
from casecore.web.pages.service_levels.weeks import hours_in_words, open_minutes, weekday_name
from casecore.web.rendering.language import date_form, locale_of

CELL = 22
"""Of the drawing, in its own units."""
HEAD = 18
_HALF = 0.75
"""A half day is open for at most this share of a usual one: the median of the weekdays that are open."""
KINDS = ("open", "half", "closed", "holiday", "unknown")


class DrawnDay(NamedTuple):
    """A day of a month: of which kind, where it is drawn, and what it says on hover."""

    number: int
    kind: str
    x: int
    y: int
    says: str


class SpecialDay(NamedTuple):
    """A day that is unlike its weekday: why, and when it is open, empty if it is closed."""

    on: date
    says: str
    name: str
    hours: str
    is_holiday: bool


class MonthDrawn(NamedTuple):
    """A month: its days, how many there are of each kind, and its opening hours, in seconds."""

    name: str
    days: Sequence[DrawnDay]
    counts: Mapping[str, int]
    open_seconds: int


class YearDrawn(NamedTuple):
    """A year; `weekdays` are the heads of a month's columns, `special` the days unlike their weekdays."""

    months: Sequence[MonthDrawn]
    weekdays: Sequence[str]
    special: Sequence[SpecialDay]
    counts: Mapping[str, int]
    open_seconds: int


class _Days:
    """When each day of a calendar is open, and why."""

    def __init__(self, published: PublishedCalendar, language: str) -> None:
        self.calendar = published.calendar
        self._names = published.holiday_names
        self._holidays = frozenset(self.calendar.holidays)
        self._exceptions = {day.on: day.hours for day in self.calendar.exceptions}
        usual = sorted(filter(None, map(open_minutes, self.calendar.weekly)))
        self._usual_minutes = usual[len(usual) // 2] if usual else 0
        self._locale = locale_of(language)
        self._form = date_form(language, "MMMEd")

    def is_known(self, on: date) -> bool:
        return self.calendar.first_on <= on <= self.calendar.last_on

    def is_special(self, on: date) -> bool:
        return self.is_known(on) and (on in self._exceptions or on in self._holidays)

    def name(self, on: date) -> str:
        return self._names.get(on.isoformat(), "")

    def hours(self, on: date) -> tuple[Hours, ...]:
        if on in self._exceptions:
            return self._exceptions[on]
        return () if on in self._holidays else self.calendar.weekly[on.weekday()]

    def kind(self, on: date) -> str:
        if not self.is_known(on):
            return "unknown"
        minutes = open_minutes(self.hours(on))
        if minutes:
            return "half" if minutes <= _HALF * self._usual_minutes else "open"
        return "holiday" if on in self._holidays else "closed"

    def says(self, on: date) -> str:
        return str(format_date(on, self._form, locale=self._locale))


def draw_year(published: PublishedCalendar, year: int, language: str) -> YearDrawn:
    """A year of a calendar, in which it has at least a day."""
    days = _Days(published, language)
    open_hours = OpenHours(_of_year(published.calendar, year))
    months = [_month(days, open_hours, date(year, month, 1), language) for month in range(1, 13)]
    counts: Counter[str] = Counter()
    for one in months:
        counts.update(one.counts)
    all_days = (
        date(year, 1, 1) + timedelta(days=day) for day in range((_after(year) - date(year, 1, 1)).days)
    )
    return YearDrawn(
        months=months,
        weekdays=[weekday_name(day, language, "EEEEEE") for day in range(7)],
        special=[
            SpecialDay(
                on=on,
                says=days.says(on),
                name=days.name(on),
                hours=hours_in_words(days.hours(on)),
                is_holiday=on in published.calendar.holidays,
            )
            for on in all_days
            if days.is_special(on)
        ],
        counts=counts,
        open_seconds=sum(one.open_seconds for one in months),
    )


def _of_year(calendar: Calendar, year: int) -> Calendar:
    """The calendar without the other years, which would take longer to read."""
    first_on = max(calendar.first_on, date(year, 1, 1))
    return replace(calendar, first_on=first_on, last_on=min(calendar.last_on, date(year, 12, 31)))


def _month(days: _Days, open_hours: OpenHours, first: date, language: str) -> MonthDrawn:
    after = (first + timedelta(days=31)).replace(day=1) if first.month < 12 else _after(first.year)
    drawn = [_day(days, first + timedelta(days=number), first) for number in range((after - first).days)]
    begins_at, ends_at = (local_midnight(days.calendar, on) for on in (first, after))
    return MonthDrawn(
        name=str(format_date(first, "LLLL", locale=locale_of(language))),
        days=drawn,
        counts=Counter(one.kind for one in drawn),
        open_seconds=open_hours.between(begins_at, ends_at) // SECOND,
    )


def _day(days: _Days, on: date, first: date) -> DrawnDay:
    place = on.day - 1 + first.weekday()
    known = [days.name(on), hours_in_words(days.hours(on))] if days.is_known(on) else []
    return DrawnDay(
        number=on.day,
        kind=days.kind(on),
        x=place % 7 * CELL,
        y=HEAD + place // 7 * CELL,
        says=", ".join(filter(None, (days.says(on), *known))),
    )


def _after(year: int) -> date:
    return date(year + 1, 1, 1)
