"""The calendar file: opening hours, holidays and exceptions as a person writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from casecore.contract.service_levels import Hours
from casecore.service_levels.calendar_checks import MOST_DATES, MOST_WINDOWS
from casecore.service_levels.tables import FileId, Name, TomlTable, Version, read_json, read_table

DayHours: TypeAlias = Annotated[
    tuple[Hours, ...],
    msgspec.Meta(
        max_length=MOST_WINDOWS,
        description='Hours are a list, such as ["08:00-12:00", "13:00-17:00"], or [] for a closed day',
    ),
]


class WeekTable(TomlTable, frozen=True, kw_only=True):
    """[weekly]: the hours of each weekday; one that is left out is closed."""

    monday: DayHours = ()
    tuesday: DayHours = ()
    wednesday: DayHours = ()
    thursday: DayHours = ()
    friday: DayHours = ()
    saturday: DayHours = ()
    sunday: DayHours = ()

    def days(self) -> tuple[tuple[Hours, ...], ...]:
        """The hours of each weekday, Monday first."""
        return msgspec.structs.astuple(self)


class NamedDay(TomlTable, frozen=True, kw_only=True):
    """A holiday of the organisation's own."""

    on: date
    name: Name


class HolidaysTable(TomlTable, frozen=True, kw_only=True, rename={"left_out": "except"}):
    """[holidays]: the public holidays of a country or of one of its states, with changes to them."""

    country: Annotated[
        str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z", description="A country is a code of ISO 3166-1, such as DE")
    ]
    state: Annotated[
        str | None,
        msgspec.Meta(description="A state is the last part of a code of ISO 3166-2, such as BY of DE-BY"),
    ] = None
    left_out: Annotated[tuple[date, ...], msgspec.Meta(max_length=MOST_DATES)] = ()
    also: Annotated[tuple[NamedDay, ...], msgspec.Meta(max_length=MOST_DATES)] = ()


class ExceptionTable(TomlTable, frozen=True, kw_only=True):
    """[[exceptions]]: a day with hours of its own, whatever weekday or holiday it is; none: closed."""

    on: date
    hours: DayHours


class CalendarDefinition(TomlTable, frozen=True, kw_only=True):
    """A whole calendar file. Lists are kept in the order of time, in whatever order they are written."""

    id: FileId
    version: Version
    organisation: FileId
    time_zone: Annotated[
        str, msgspec.Meta(max_length=100, description="A time zone is an IANA name, such as Europe/Berlin")
    ]
    first_on: date
    last_on: date
    weekly: WeekTable
    holidays: HolidaysTable | None = None
    exceptions: Annotated[tuple[ExceptionTable, ...], msgspec.Meta(max_length=MOST_DATES)] = ()


ReadCalendar: TypeAlias = Callable[[Path], CalendarDefinition]
"""Reads the calendar in a file, as `read_calendar`."""


def read_calendar(path: Path) -> CalendarDefinition:
    """The calendar in this file, with its lists in order.

    Raises InvalidServiceLevelFile with every invalid key, or OSError. Whether the dates and hours make sense
    is checked when it is fixed (`fixing`).
    """
    return in_order(read_table(path, CalendarDefinition))


def read_calendar_json(raw: bytes) -> CalendarDefinition:
    """The same content as JSON; raises InvalidServiceLevelFile."""
    return in_order(read_json(raw, CalendarDefinition, "calendar"))


def reading_once() -> ReadCalendar:
    """A `read_calendar` that reads each file once, as several policies name it: a pipe has it only once."""
    found: dict[Path, CalendarDefinition] = {}

    def read(path: Path) -> CalendarDefinition:
        place = path.resolve()
        if place not in found:
            found[place] = read_calendar(path)
        return found[place]

    return read


def in_order(definition: CalendarDefinition) -> CalendarDefinition:
    """The same calendar with its lists in the order of time: their order in the file has no meaning."""
    days = {day: tuple(sorted(hours)) for day, hours in msgspec.structs.asdict(definition.weekly).items()}
    holidays = definition.holidays
    if holidays is not None:
        holidays = msgspec.structs.replace(
            holidays,
            left_out=tuple(sorted(holidays.left_out)),
            also=tuple(sorted(holidays.also, key=lambda day: (day.on, day.name))),
        )
    exceptions = [
        ExceptionTable(on=day.on, hours=tuple(sorted(day.hours)))
        for day in sorted(definition.exceptions, key=lambda day: (day.on, day.hours))
    ]
    return msgspec.structs.replace(
        definition, weekly=WeekTable(**days), holidays=holidays, exceptions=tuple(exceptions)
    )


def calendar_sha256(definition: CalendarDefinition) -> str:
    """The SHA-256 of a calendar file's content, in hexadecimal: of its canonical JSON, with sorted keys.

    Formatting, comments, order, and explicit defaults do not change it.
    """
    return sha256(msgspec.json.encode(in_order(definition), order="sorted")).hexdigest()
