"""The range of days that a package's facts may have."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from casecore.decider.business_day import EARLIEST, day_of
from casecore.licences.refusals import DayOutOfRange

FURTHEST_AHEAD = timedelta(days=731)
"""Two years: orders and cancellations are known at most a contract's year ahead. A later day is a typing
error, and would go unnoticed for as long."""


def check_day(field: str, day: date, now: datetime) -> None:
    """Raise DayOutOfRange, which names the field, for a day that can only be a typing error."""
    latest = day_of(now) + FURTHEST_AHEAD
    if not EARLIEST <= day <= latest:
        raise DayOutOfRange(field, day.isoformat(), EARLIEST.isoformat(), latest.isoformat())
