"""A naive calendar: it finds for one instant after the other whether it is open, by its local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from casecore.contract.service_levels import Calendar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NaiveCalendar:
    """All instants are in seconds since 1970."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.changes = [(seconds(change.at), change.offset_seconds) for change in calendar.offsets]
        self.exceptions = {day.on: day.hours for day in calendar.exceptions}

    def local(self, at: int) -> datetime:
        offset = self.changes[0][1]
        for change_at, change_offset in self.changes[1:]:
            if change_at <= at:
                offset = change_offset
        return (EPOCH + timedelta(seconds=at + offset)).replace(tzinfo=None)

    def knows(self, on: date) -> bool:
        return self.calendar.first_on <= on <= self.calendar.last_on

    def begins_after(self, at: int) -> bool:
        return self.local(at).date() < self.calendar.first_on

    def is_open(self, at: int) -> bool:
        local = self.local(at)
        on = local.date()
        if not self.knows(on):
            return False
        if on in self.exceptions:
            hours = self.exceptions[on]
        elif on in self.calendar.holidays:
            hours = ()
        else:
            hours = self.calendar.weekly[on.weekday()]
        minute = local.hour * 60 + local.minute
        return any(opens <= minute < closes for opens, closes in map(minutes_of, hours))

    def is_over(self, at: int) -> bool:
        """Whether no open second can follow: the last day is past, and the zone has no further change."""
        return at >= self.changes[-1][0] and self.local(at).date() > self.calendar.last_on

    def runs_out(self, at: int, left: int, tick: int) -> int | None:
        """By when this many more seconds will have been open; None if the calendar does not reach so far."""
        while left > 0 and not self.is_over(at):
            left -= tick if self.is_open(at) else 0
            at += tick
        return at if left == 0 else None


def seconds(instant: datetime) -> int:
    return round((instant - EPOCH).total_seconds())


@cache
def minutes_of(hours: str) -> tuple[int, int]:
    opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in hours.split("-"))
    return opens, closes
