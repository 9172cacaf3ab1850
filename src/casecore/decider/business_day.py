"""Days of this business: by the calendar of Europe/Berlin, and none that can only be a typing error."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_BERLIN = ZoneInfo("Europe/Berlin")

EARLIEST = date(1990, 1, 1)
"""The program was not sold before: an earlier day is a typing error."""
LATEST = date(2199, 12, 31)
"""Nobody plans further ahead, and what is computed from a day stays bounded."""


def day_of(instant: datetime) -> date:
    """The day of an instant. What follows from it is recorded, and never computed again."""
    return instant.astimezone(_BERLIN).date()
