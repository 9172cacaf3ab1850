"""Fixing a calendar: its holidays and its zone's clock changes become dates, which never change again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import holidays

from casecore.contract.service_levels import Calendar, Day, OffsetChange
from casecore.service_levels.calendar_checks import (
    calendar_faults,
    outside_fault,
    range_faults,
    repeated_faults,
)
from casecore.service_levels.calendar_file import (
    CalendarDefinition,
    HolidaysTable,
    calendar_sha256,
    read_calendar,
    read_calendar_json,
)
from casecore.service_levels.errors import FaultsFound, InvalidServiceLevelFile

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


class FixedCalendar(NamedTuple):
    """A calendar as it can be published, the hash of its file's content, and the name of each holiday."""

    calendar: Calendar
    definition_sha256: str
    holiday_names: dict[date, str]


def load_calendar(path: Path) -> tuple[CalendarDefinition, FixedCalendar]:
    """The calendar in this file, and the calendar fixed as of now.

    Raises InvalidServiceLevelFile with all faults, or OSError.
    """
    return _fixed(read_calendar(path), path.name)


def load_calendar_json(raw: bytes) -> tuple[CalendarDefinition, FixedCalendar]:
    """The same, of a calendar as JSON."""
    return _fixed(read_calendar_json(raw), "calendar")


def _fixed(definition: CalendarDefinition, name: str) -> tuple[CalendarDefinition, FixedCalendar]:
    try:
        return definition, fix(definition)
    except FaultsFound as found:
        raise InvalidServiceLevelFile(name, found.faults) from None


def fix(definition: CalendarDefinition) -> FixedCalendar:
    """The calendar with the holidays and the clock changes that are known today; raises FaultsFound."""
    faults = range_faults(definition.first_on, definition.last_on)
    if faults:
        raise FaultsFound(faults)
    # A default takes the place of an invalid zone, so that the other faults are found too.
    zone, zone_faults = _zone(definition.time_zone)
    names, holiday_faults = _holidays(definition)
    calendar = Calendar(
        id=definition.id,
        version=definition.version,
        time_zone=definition.time_zone,
        first_on=definition.first_on,
        last_on=definition.last_on,
        weekly=definition.weekly.days(),
        offsets=tuple(offset_changes(zone, definition.first_on, definition.last_on)),
        holidays=tuple(sorted(names)),
        exceptions=tuple(Day(day.on, day.hours) for day in definition.exceptions),
    )
    faults = [*zone_faults, *holiday_faults, *calendar_faults(calendar)]
    if faults:
        raise FaultsFound(faults)
    return FixedCalendar(calendar, calendar_sha256(definition), names)


def offset_changes(zone: tzinfo, first_on: date, last_on: date) -> Iterator[OffsetChange]:
    """The offset at the first local midnight, then each change until the end of the last day, to the second.

    The search goes day by day, and finds a day whose offset differs from that of the day before. So a change
    that is reverted within a day is not found; no zone has had one since 1970.
    """
    midnight = _midnight(zone, first_on)
    starts_at = midnight.astimezone(UTC)
    offset = _offset(midnight)
    yield OffsetChange(starts_at, offset)
    ends_at = _midnight(zone, last_on + _DAY).astimezone(UTC) - _SECOND
    # A change at the first midnight itself counts, where a clock change skips that midnight.
    known_at = starts_at - _SECOND
    while known_at < ends_at:
        next_at = min(known_at + _DAY, ends_at)
        while _offset(next_at.astimezone(zone)) != offset:
            known_at = _first_other(zone, offset, known_at, next_at)
            offset = _offset(known_at.astimezone(zone))
            yield OffsetChange(known_at, offset)
        known_at = next_at


def _first_other(zone: tzinfo, offset: int, known_at: datetime, other_at: datetime) -> datetime:
    """An instant between the two at which the zone's offset changes from this one to another."""
    while other_at - known_at > _SECOND:
        middle = known_at + (other_at - known_at) // _SECOND // 2 * _SECOND
        if _offset(middle.astimezone(zone)) == offset:
            known_at = middle
        else:
            other_at = middle
    return other_at


def _midnight(zone: tzinfo, on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=zone)


def _offset(local: datetime) -> int:
    """Seconds ahead of UTC."""
    return round((local.utcoffset() or timedelta()).total_seconds())


def _zone(name: str) -> tuple[tzinfo, list[str]]:
    if name == "UTC":  # known without a time zone database
        return UTC, []
    # `localtime` is the setting of the machine, and not the name of a zone.
    if name != "localtime":
        try:
            return ZoneInfo(name), []
        except (KeyError, ValueError, OSError):
            pass
    near = get_close_matches(name, sorted(available_timezones() - {"localtime"}), n=1)
    meant = f"; is {near[0]} meant?" if near else ", such as Europe/Berlin"
    return UTC, [f"time_zone: {name!r} is not a time zone known here: give an IANA name{meant}"]


def _holidays(definition: CalendarDefinition) -> tuple[dict[date, str], list[str]]:
    """The calendar's holidays with their names, and the faults of the file's [holidays]."""
    table, first_on, last_on = definition.holidays, definition.first_on, definition.last_on
    if table is None:
        return {}, []
    proposed, faults = _proposed(table, first_on, last_on)
    where = " ".join(filter(None, (table.country, table.state)))
    also = {day.on: day.name for day in table.also}
    named = [("except", list(table.left_out)), ("also", [day.on for day in table.also])]
    for name, days in named:
        faults.extend(repeated_faults(f"holidays.{name}", days))
        for on in sorted(set(days)):
            faults.extend(outside_fault(f"holidays.{name}", on, first_on, last_on))
    for on in sorted(set(table.left_out)):
        if on in also:
            faults.append(f"holidays.except: {on} is under holidays.also too: take it out of one of them")
        elif proposed and first_on <= on <= last_on and on not in proposed:
            faults.append(
                f"holidays.except: {on} is not a holiday of {where}, so there is nothing to leave out"
            )
    names = {on: name for on, name in proposed.items() if on not in table.left_out}
    names.update({on: name for on, name in also.items() if first_on <= on <= last_on})
    return dict(sorted(names.items())), faults


def _proposed(table: HolidaysTable, first_on: date, last_on: date) -> tuple[dict[date, str], list[str]]:
    """The public holidays of the country and state, named in the country's own language, and faults."""
    try:
        country = holidays.country_holidays(table.country)
    except NotImplementedError:
        known = ", ".join(sorted(holidays.list_supported_countries(include_aliases=False)))
        return {}, [
            f"holidays.country: no holidays are known for {table.country!r}; they are known for: {known}"
        ]
    if table.state is not None and table.state not in country.subdivisions:
        states = ", ".join(country.subdivisions) or "none"
        return {}, [f"holidays.state: {table.state!r} is not a state of {table.country}; there are: {states}"]
    if first_on.year < country.start_year or last_on.year > country.end_year:
        years = f"{country.start_year} to {country.end_year}"
        return {}, [
            f"holidays.country: the holidays of {table.country} are known for {years}: "
            "give first_on and last_on within these years"
        ]
    found = holidays.country_holidays(
        table.country,
        subdiv=table.state,
        years=range(first_on.year, last_on.year + 1),
        # Otherwise the names would be in the language of the machine.
        language=country.default_language,
    )
    return {on: found[on] for on in sorted(found) if first_on <= on <= last_on}, []
