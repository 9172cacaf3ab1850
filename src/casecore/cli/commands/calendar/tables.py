"""A calendar as it is shown: for a person as tables, for a program as one document."""

from __future__ import annotations

from datetime import datetime

import msgspec

from casecore.cli.output import Column, print_json, print_table, screen
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import Calendar
from casecore.service_levels.book import PublishedCalendar
from casecore.service_levels.durations import hours_and_minutes
from casecore.service_levels.local_time import local_time, open_seconds_by_year

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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
    week = [(name, _hours(hours)) for name, hours in zip(_WEEKDAYS, calendar.weekly, strict=True)]
    print_table("Week", [Column("day"), Column("open")], week)
    _print_days(shown, year)
    changes = [
        (shown_instant(calendar, change.at),)
        for change in calendar.offsets[1:]
        if year in (None, local_time(calendar, change.at).year)
    ]
    print_table("Clock changes", [Column("from then on")], changes)
    hours = [(one, hours_and_minutes(seconds)) for one, seconds in open_for.items() if year in (None, one)]
    print_table("Open hours", [Column("year"), Column("h:mm", right=True)], hours)


def shown_instant(calendar: Calendar, at: datetime) -> str:
    """An instant in UTC and in the calendar's local time, with its offset (which may have seconds)."""
    local = local_time(calendar, at)
    seconds = "%S.%f" if at.microsecond else "%S"
    in_utc, in_local = (
        at.strftime(f"%Y-%m-%d %H:%M:{seconds}"),
        local.strftime(f"%a %Y-%m-%d %H:%M:{seconds}"),
    )
    return f"{in_utc} UTC = {in_local} {local.isoformat(timespec='seconds')[19:]}"


def _print_days(shown: PublishedCalendar, year: int | None) -> None:
    calendar = shown.calendar
    exceptions = {day.on: day for day in calendar.exceptions}
    days = sorted({*calendar.holidays, *exceptions})
    rows = [
        (
            on,
            f"{on:%a}",
            _hours(exceptions[on].hours if on in exceptions else ()),
            shown.holiday_names.get(on.isoformat(), "holiday" if on in calendar.holidays else ""),
        )
        for on in days
        if year in (None, on.year)
    ]
    columns = [Column("date"), Column("day"), Column("open"), Column("holiday")]
    print_table("Holidays and other days", columns, rows)


def _hours(hours: tuple[str, ...]) -> str:
    return ", ".join(hours) or "closed"
