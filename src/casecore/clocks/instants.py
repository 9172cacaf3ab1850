"""Instants and durations as whole microseconds, in which this whole room computes: exact, and fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY = 86_400 * SECOND


def micros(instant: datetime) -> int:
    """Microseconds from 1970-01-01T00:00Z to an instant."""
    since = instant - EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds


def instant(at: int) -> datetime:
    """The instant so many microseconds after 1970-01-01T00:00Z, in UTC."""
    return EPOCH + timedelta(microseconds=at)


def maybe_instant(at: int | None) -> datetime | None:
    """The same, or None for none."""
    return None if at is None else instant(at)


def seconds(duration: int) -> int | Decimal:
    """A duration in microseconds as seconds: exact, and an int if it is whole."""
    whole, rest = divmod(duration, SECOND)
    return whole if rest == 0 else Decimal(duration).scaleb(-6)
