"""The time zone in which people are shown instants, `CASECORE_TIME_ZONE`: whole seconds, by the clock there.

Programs get UTC: with --json, in CSV, and in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from casecore.app.settings import read_settings


def zone_of_people() -> ZoneInfo:
    """The zone that is set; raises InvalidSetting."""
    return ZoneInfo(read_settings().time_zone)


def shown_instant(at: datetime, zone: ZoneInfo) -> str:
    """An instant to the second by the clock of a zone; with the zone's abbreviation if it could be another.

    In autumn an hour comes twice.
    """
    local = _local(at, zone)
    other = local.replace(fold=1 - local.fold)
    ambiguous = other.utcoffset() != local.utcoffset()
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if ambiguous else f"{local:%Y-%m-%d %H:%M:%S}"


def shown_zone(instants: Iterable[datetime], zone: ZoneInfo) -> str:
    """The abbreviations of a zone at these instants, such as CET/CEST; an offset where it has none."""
    return "/".join(dict.fromkeys(f"{_local(at, zone):%Z}" for at in sorted(instants)))


def in_zone(at: datetime) -> str:
    """An instant in a sentence, such as 2026-03-02 10:30:00 CET."""
    return f"{_local(at, zone_of_people()):%Y-%m-%d %H:%M:%S %Z}"


def day_in_zone(at: datetime) -> str:
    """The day of an instant."""
    return f"{_local(at, zone_of_people()):%Y-%m-%d}"


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """An instant by the clock of a zone; in UTC where the zone's calendar would be in the year 0 or 10000."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at.astimezone(UTC)
