"""The local time of Central Europe, by the rule and not by a file: the same instants on every machine."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta

HOUR, DAY = 3_600, 86_400
HOURS_OF_WEEK = 168
WEEK = HOURS_OF_WEEK * HOUR

FIRST_DAY = date(1996, 1, 1)
"""Since then summer time begins and ends as it does today (directive 94/21/EC, later 2000/84/EC)."""
LAST_DAY = date(2199, 12, 31)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_THURSDAY = 3 * 24
"""The hour of the week at which 1970 began."""


def _last_sunday(year: int, month: int) -> int:
    """01:00 UTC on the last Sunday of a month that has 31 days, in seconds since 1970."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return seconds_of(last - timedelta(days=(last.weekday() + 1) % 7))


def seconds_of(at: datetime) -> int:
    """An instant in whole seconds since 1970."""
    return (at - _EPOCH) // timedelta(seconds=1)


def instant_of(seconds: int) -> datetime:
    """An instant, in UTC, from its seconds since 1970."""
    return _EPOCH + timedelta(seconds=seconds)


_CHANGES = [_last_sunday(year, month) for year in range(1996, 2200) for month in (3, 10)]


def offset_seconds(at: int) -> int:
    """How far local time is ahead of UTC at an instant in seconds since 1970."""
    return HOUR * (1 + bisect_right(_CHANGES, at) % 2)


def hour_of_week(at: int) -> int:
    """The hour of the local week at an instant in seconds since 1970; 0 is Monday from 00:00 to 01:00."""
    return ((at + offset_seconds(at)) // HOUR + _THURSDAY) % HOURS_OF_WEEK


def utc_of(local: int) -> int:
    """The instant of a local time, both in seconds since 1970; of one that occurs twice, the later."""
    return local - offset_seconds(local - HOUR)


def local_day(at: int) -> date:
    """The local day of an instant in seconds since 1970."""
    return instant_of(at + offset_seconds(at)).date()


def midnight(day: date) -> int:
    """When a local day begins, in seconds since 1970."""
    return utc_of(midnight_in_local_seconds(day))


def midnight_in_local_seconds(day: date) -> int:
    """A day's beginning in local time, in local seconds since 1970."""
    return seconds_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
