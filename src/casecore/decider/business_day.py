"""Days of the business: by the calendar of Europe/Berlin, and within plausible bounds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_BERLIN = ZoneInfo("Europe/Berlin")

EARLIEST = date(1990, 1, 1)
"""The program was not sold earlier: an earlier day is a typing error."""
LATEST = date(2199, 12, 31)
"""Nobody plans further ahead, and it bounds what is computed from a day."""


def day_of(instant: datetime) -> date:
    """The day of an instant. Its consequences are recorded, and never computed again."""
    return instant.astimezone(_BERLIN).date()


def end_of(day: date) -> datetime:
    """The last microsecond of a day, in UTC; raises OverflowError for the last day that there is."""
    return datetime.combine(day + timedelta(days=1), time(), _BERLIN).astimezone(UTC) - timedelta(
        microseconds=1
    )
