"""Local time of a calendar: from its own offsets, not from a time zone file."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from casecore.clocks.instants import SECOND
from casecore.clocks.open_hours import OpenHours, local_midnight
from casecore.contract.service_levels import Calendar


def local_time(calendar: Calendar, at: datetime) -> datetime:
    """An instant with the offset at that time; before the first change, with the first offset."""
    offset = calendar.offsets[0].offset_seconds
    for change in calendar.offsets[1:]:
        if change.at > at:
            break
        offset = change.offset_seconds
    return at.astimezone(timezone(timedelta(seconds=offset)))


def open_seconds_by_year(calendar: Calendar, hours: OpenHours) -> dict[int, int]:
    """The open seconds of each local year, or of the part of it that the calendar covers."""
    found = {}
    for year in range(calendar.first_on.year, calendar.last_on.year + 1):
        start = max(local_midnight(calendar, date(year, 1, 1)), hours.begins_at)
        end = min(local_midnight(calendar, date(year + 1, 1, 1)), hours.ends_at)
        found[year] = hours.between(start, end) // SECOND
    return found
