"""A calendar as it is shown: for a person as tables, for a program as one document."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table, screen
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import Calendar, OffsetChange
from casecore.service_levels.book import PublishedCalendar
from casecore.service_levels.durations import hours_and_minutes
from casecore.service_levels.local_time import local_time, open_seconds_by_year

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_WEEK: Columns[tuple[str, tuple[str, ...]]] = (
    PrintedColumn("day", lambda day: day[0]),
    PrintedColumn("open", lambda day: _hours(day[1])),
)
_OPEN_HOURS: Columns[tuple[int, int]] = (
    PrintedColumn("year", lambda year: year[0]),
    number("h:mm", lambda year: hours_and_minutes(year[1])),
)


def print_calendar(shown: PublishedCalendar, year: int | None, as_json: bool) -> None:
    """A calendar as a whole, or the days of one year of it."""
    calendar = shown.calendar
    open_for = open_seconds_by_year(calendar, OpenHours(calendar))
    if as_json:
        years = [{"year": one, "open_seconds": seconds} for one, seconds in open_for.items()]
        print_json({**msgspec.structs.asdict(shown), "open_seconds_by_year": years})
        return
    screen.print(f"Calendar {calendar.id}, version {calendar.version}, of {shown.organisation}", markup=False)
    days = f"{calendar.first_on} to {calendar.last_on}, both included"
    screen.print(f"  {days}, {calendar.time_zone}", markup=False)
    print_table("Week", _WEEK, zip(_WEEKDAYS, calendar.weekly, strict=True))
    _print_days(shown, year)
    changes = [
        change for change in calendar.offsets[1:] if year in (None, local_time(calendar, change.at).year)
    ]
    print_table("Clock changes", _clock_changes(calendar), changes)
    years_shown = [(one, seconds) for one, seconds in open_for.items() if year in (None, one)]
    print_table("Open hours", _OPEN_HOURS, years_shown)


def shown_instant(calendar: Calendar, at: datetime) -> str:
    """An instant in UTC and in the calendar's local time, with its offset (which may have seconds)."""
    local = local_time(calendar, at)
    seconds = "%S.%f" if at.microsecond else "%S"
    in_utc, in_local = (
        at.strftime(f"%Y-%m-%d %H:%M:{seconds}"),
        local.strftime(f"%a %Y-%m-%d %H:%M:{seconds}"),
    )
    return f"{in_utc} UTC = {in_local} {local.isoformat(timespec='seconds')[19:]}"


def _clock_changes(calendar: Calendar) -> Columns[OffsetChange]:
    return (PrintedColumn("from then on", lambda change: shown_instant(calendar, change.at)),)


def _print_days(shown: PublishedCalendar, year: int | None) -> None:
    calendar = shown.calendar
    days = sorted({*calendar.holidays, *(day.on for day in calendar.exceptions)})
    print_table("Holidays and other days", _days(shown), [on for on in days if year in (None, on.year)])


def _days(shown: PublishedCalendar) -> Columns[date]:
    exceptions = {day.on: day.hours for day in shown.calendar.exceptions}
    holidays, names = frozenset(shown.calendar.holidays), shown.holiday_names
    return (
        PrintedColumn("date", lambda on: on),
        PrintedColumn("day", lambda on: f"{on:%a}"),
        PrintedColumn("open", lambda on: _hours(exceptions.get(on, ()))),
        PrintedColumn("holiday", lambda on: names.get(on.isoformat(), "holiday" if on in holidays else "")),
    )


def _hours(hours: tuple[str, ...]) -> str:
    return ", ".join(hours) or "closed"
