"""Calendars for tests, and local time in Berlin, with its clock changes written out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from casecore.clocks.instants import SECOND, micros
from casecore.contract.service_levels import Calendar, Hours, OffsetChange

WINTER, SUMMER = 3600, 7200
# Since 1996 at 01:00 UTC on the last Sundays of March and October (Directive 2000/84/EC).
_LAST_SUNDAYS = (
    (date(2023, 3, 26), date(2023, 10, 29)),
    (date(2024, 3, 31), date(2024, 10, 27)),
    (date(2025, 3, 30), date(2025, 10, 26)),
    (date(2026, 3, 29), date(2026, 10, 25)),
    (date(2027, 3, 28), date(2027, 10, 31)),
)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


BERLIN_OFFSETS = (
    OffsetChange(utc(2022, 12, 31, 23), WINTER),
    *(
        OffsetChange(utc(on.year, on.month, on.day, 1), offset)
        for sundays in _LAST_SUNDAYS
        for on, offset in zip(sundays, (SUMMER, WINTER), strict=True)
    ),
)

NINE_TO_FIVE = ("09:00-17:00",)
OFFICE: tuple[tuple[Hours, ...], ...] = (NINE_TO_FIVE,) * 5 + ((), ())
ALWAYS: tuple[tuple[Hours, ...], ...] = (("00:00-24:00",),) * 7
NEVER: tuple[tuple[Hours, ...], ...] = ((),) * 7


def calendar(weekly: tuple[tuple[Hours, ...], ...] = OFFICE, **more: Any) -> Calendar:
    """A calendar for 2023 to 2027 in Berlin, unless `more` says otherwise."""
    fields: dict[str, Any] = {
        "id": "berlin",
        "version": 1,
        "time_zone": "Europe/Berlin",
        "first_on": date(2023, 1, 1),
        "last_on": date(2027, 12, 31),
        "offsets": BERLIN_OFFSETS,
        **more,
    }
    return Calendar(weekly=weekly, **fields)


def local(text: str) -> datetime:
    """The instant of a local time in Berlin, such as `2026-03-06 16:50:00`.

    In the hour that October repeats, ` CEST` or ` CET` after it says which of the two is meant; a time that
    March skips is refused.
    """
    wall, _, zone = text.partition(" C")
    plain = datetime.fromisoformat(wall).replace(tzinfo=UTC)
    found = {
        offset: plain - timedelta(seconds=offset)
        for offset in (WINTER, SUMMER)
        if offset_at(plain - timedelta(seconds=offset)) == offset
    }
    if zone:
        found = {offset: at for offset, at in found.items() if offset == {"ET": WINTER, "EST": SUMMER}[zone]}
    if len(found) != 1:
        raise ValueError(f"{text!r} is {'not an instant' if not found else 'ambiguous'} in Berlin")
    return found.popitem()[1]


def offset_at(at: datetime) -> int:
    """How many seconds Berlin is ahead of UTC at an instant of 2023 to 2027."""
    return [WINTER, *(change.offset_seconds for change in BERLIN_OFFSETS if change.at <= at)][-1]


def at(text: str) -> int:
    """A local time in Berlin, in microseconds since 1970."""
    return micros(local(text))


def hours(count: float) -> int:
    """Hours in microseconds."""
    return round(count * 3600) * SECOND


def minutes(count: float) -> int:
    """Minutes in microseconds."""
    return round(count * 60) * SECOND
