"""Counting with a calendar's opening hours: how long it is open, and when it has been open for so long."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from casecore.clocks.instants import SECOND, instant, micros, seconds
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import Calendar
from casecore.errors.kinds import InvalidInput
from casecore.service_levels.durations import hours_and_minutes


class BeyondCalendar(InvalidInput):
    """An instant is one that the calendar does not reach; the message says which days it knows."""


def check_order(start: datetime, end: datetime) -> None:
    """Raise InvalidInput for an end before the start."""
    if end < start:
        raise InvalidInput(
            f"the end {end.isoformat()} lies before the start {start.isoformat()}: give the earlier one first"
        )


def open_between(calendar: Calendar, start: datetime, end: datetime) -> int | Decimal:
    """Seconds for which the calendar is open; raises as `check_order`, and BeyondCalendar."""
    check_order(start, end)
    hours = OpenHours(calendar)
    for at in (start, end):
        _check_known(at, hours, calendar)
    return seconds(hours.between(micros(start), micros(end)))


def open_after(calendar: Calendar, start: datetime, open_seconds: int) -> datetime:
    """When the calendar has been open for so long since an instant; raises BeyondCalendar."""
    hours = OpenHours(calendar)
    _check_known(start, hours, calendar)
    found = hours.after(micros(start), open_seconds * SECOND)
    if found is None:
        left = hours_and_minutes(int(seconds(hours.between(micros(start), hours.ends_at))))
        raise BeyondCalendar(
            f"{hours_and_minutes(open_seconds)} from {start.isoformat()} lies beyond the horizon of "
            f"calendar {calendar.id}, {calendar.last_on}: it is open for {left} until then"
        )
    return instant(found)


def _check_known(at: datetime, hours: OpenHours, calendar: Calendar) -> None:
    if not hours.begins_at <= micros(at) <= hours.ends_at:
        raise BeyondCalendar(
            f"{at.isoformat()} is beyond the horizon of calendar {calendar.id}, which knows "
            f"{calendar.first_on} to {calendar.last_on}"
        )
