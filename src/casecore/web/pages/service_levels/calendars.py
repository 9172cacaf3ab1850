"""A calendar as people read it: its week, its year as it is drawn, its zone, and how far it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote

from casecore.app.service_levels.policies_and_calendars import calendar_in
from casecore.contract.service_levels import Calendar, Policy
from casecore.http.problems import InvalidRequest
from casecore.service_levels.book import Book, PublishedCalendar
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.pages.service_levels.book import SCOPES, SECTION, seen_book
from casecore.web.pages.service_levels.weeks import hours_in_words, open_minutes, weekday_name
from casecore.web.pages.service_levels.year import KINDS, YearDrawn, draw_year

_SOON = timedelta(days=180)


class CalendarShownOf(PageAsked, frozen=True):
    """Which calendar, and which of its years; the last version and this year, unless others are named."""

    calendar: str
    version: int | None = None
    year: int | None = None


class WeekdayShown(NamedTuple):
    """A day of the week, when it is open, and for how long in seconds."""

    name: str
    hours: str
    open_seconds: int


class ClockChangeShown(NamedTuple):
    """The clocks go forward or back."""

    at: datetime
    forward: bool


class CalendarPage(NamedTuple):
    """A version of a calendar, and one of its years.

    `years` are all that it has, `ends_soon` is whether it ends within half a year, `used_by` the policies
    that are measured by it.
    """

    published: PublishedCalendar
    calendar: Calendar
    versions: Sequence[Calendar]
    week: Sequence[WeekdayShown]
    year: int
    years: Sequence[int]
    drawn: YearDrawn
    kinds: Sequence[str]
    clock_changes: Sequence[ClockChangeShown]
    ends_soon: bool
    is_last: bool
    used_by: Sequence[Policy]


def load_calendar_page(look: Look, asked: CalendarShownOf) -> Shown:
    """A version of a calendar, drawn for a year."""
    book = seen_book(look)
    found = calendar_in(book, asked.calendar, asked.version)
    calendar, language = found.calendar, look.times.language
    year = _year(calendar, asked.year, look.now)
    versions = [one.calendar for one in reversed(book.calendars[calendar.id])]
    return Shown(
        title=calendar.id,
        content=CalendarPage(
            published=found,
            calendar=calendar,
            versions=versions,
            week=[
                WeekdayShown(weekday_name(day, language), hours_in_words(hours), open_minutes(hours) * 60)
                for day, hours in enumerate(calendar.weekly)
            ],
            year=year,
            years=range(calendar.first_on.year, calendar.last_on.year + 1),
            drawn=draw_year(found, year, language),
            kinds=KINDS,
            clock_changes=[
                ClockChangeShown(now.at, now.offset_seconds > was.offset_seconds)
                for was, now in pairwise(calendar.offsets)
                if now.at.year == year
            ],
            ends_soon=calendar.last_on < look.now.date() + _SOON,
            is_last=calendar.version == versions[0].version,
            used_by=_used_by(book, calendar),
        ),
        api=f"/v1/calendars/{quote(calendar.id, safe='')}?version={calendar.version}",
    )


def _year(calendar: Calendar, asked: int | None, now: datetime) -> int:
    first, last = calendar.first_on.year, calendar.last_on.year
    if asked is None:
        return min(max(now.year, first), last)
    if not first <= asked <= last:
        raise InvalidRequest(
            f"the calendar {calendar.id} {calendar.version} has no {asked}: it has {first} to {last}"
        )
    return asked


def _used_by(book: Book, calendar: Calendar) -> list[Policy]:
    place = (calendar.id, calendar.version)
    return [
        one.policy
        for _, versions in sorted(book.policies.items())
        for one in versions
        if (one.policy.calendar.id, one.policy.calendar.version) == place
    ]


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/service-levels/calendars/{calendar:path}",
        SECTION,
        SCOPES,
        CalendarShownOf,
        "service_levels/calendar.html",
        load_calendar_page,
    ),
)
