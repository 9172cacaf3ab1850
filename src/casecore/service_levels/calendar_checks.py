"""What is wrong with a calendar, whether it comes from a file or in a command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from casecore.clocks.instants import DAY
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import Calendar, Hours
from casecore.decider.command import Id, Line
from casecore.decider.ids import fault_of_id, fault_of_name

EARLIEST_ON = date(1970, 1, 1)
"""No support case is older."""

LATEST_ON = date(2199, 12, 31)
"""No one knows the clock changes of a later year; a year such as 20260 is a typing error."""

MOST_YEARS = 50
"""How long a calendar may last: nobody knows the holidays and clock changes of a longer time."""

LONGEST_CLOSURE_DAYS = 366
"""A calendar that is closed for so long is a mistake, and a due instant after it would help nobody."""

MOST_WINDOWS = 24
"""Windows of a day; one for each hour is more than any office has."""

MOST_OPENINGS = 60_000
"""Windows of a whole calendar, which is held in memory wherever it is used: some 7 MB."""

MOST_DATES = 1_000
"""Exceptions of a calendar, and holidays that its file adds or leaves out."""

MOST_HOLIDAYS = 2_000
"""Forty a year for fifty years, more than any country has."""

MOST_CALENDAR_BYTES = 64 * 1024
"""A calendar's JSON: a copy of it goes into every case, whose events must stay under a mebibyte."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def calendar_faults(calendar: Calendar) -> list[str]:
    """All faults of a calendar: each says where it is, and what would be right. Empty if there is none."""
    faults = [
        *name_faults({"id": calendar.id}, calendar.version),
        *range_faults(calendar.first_on, calendar.last_on),
        *_week_faults(calendar),
        *_date_faults(calendar),
        *_offset_faults(calendar),
    ]
    if not _is_line(calendar.time_zone, 100):
        faults.append("time_zone: has 1 to 100 visible characters, such as Europe/Berlin")
    size = len(msgspec.json.encode(calendar))
    days = (calendar.last_on - calendar.first_on).days + 1
    openings = sum(map(len, calendar.weekly)) * days // 7
    if openings > MOST_OPENINGS:
        what = f"it opens about {openings} times, and may do so {MOST_OPENINGS} times"
        faults.append(f"weekly: {what}: have fewer windows, or fewer years from first_on to last_on")
    if size > MOST_CALENDAR_BYTES:
        what = f"its JSON has {size} bytes, and may have {MOST_CALENDAR_BYTES}"
        faults.append(f"exceptions: {what}: have fewer exceptions, or fewer years from first_on to last_on")
    return faults or list(_closure_faults(calendar))


def range_faults(first_on: date, last_on: date) -> list[str]:
    """The faults of the first and the last day of a calendar."""
    faults = []
    for name, on in (("first_on", first_on), ("last_on", last_on)):
        if not EARLIEST_ON <= on <= LATEST_ON:
            faults.append(f"{name}: {on} is not from {EARLIEST_ON} to {LATEST_ON}")
    if first_on > last_on:
        faults.append(f"last_on: {last_on} is before first_on, {first_on}")
    elif (last_on.year - first_on.year, last_on.month, last_on.day) >= (
        MOST_YEARS,
        first_on.month,
        first_on.day,
    ):
        faults.append(f"last_on: {last_on} is more than {MOST_YEARS} years after first_on, {first_on}")
    return faults


def outside_fault(where: str, on: date, first_on: date, last_on: date) -> Iterator[str]:
    """The fault of a date outside the calendar; nothing for one inside."""
    if not first_on <= on <= last_on:
        yield f"{where}: {on} is not from first_on to last_on, {first_on} to {last_on}"


def _week_faults(calendar: Calendar) -> Iterator[str]:
    for weekday, hours in zip(_WEEKDAYS, calendar.weekly, strict=False):
        yield from _hours_faults(f"weekly.{weekday}", hours)
    for day in calendar.exceptions:
        yield from _hours_faults(f"exceptions {day.on}", day.hours)


def _hours_faults(where: str, hours: Sequence[Hours]) -> Iterator[str]:
    if len(hours) > MOST_WINDOWS:
        yield f"{where}: has {len(hours)} windows, and may have {MOST_WINDOWS}"
        return
    windows = sorted((*window.split("-"), window) for window in hours)
    for opens, closes, window in windows:
        if opens >= closes:
            yield (
                f"{where}: {window} does not end after it starts: "
                "to continue past midnight, end at 24:00 and start again at 00:00 on the next day"
            )
    for (_, closes, one), (opens, _, other) in pairwise(windows):
        if opens < closes:
            yield f"{where}: {one} and {other} overlap: make them one window, or separate them"


def _date_faults(calendar: Calendar) -> Iterator[str]:
    exceptions = tuple(day.on for day in calendar.exceptions)
    for where, days, most in (
        ("holidays", calendar.holidays, MOST_HOLIDAYS),
        ("exceptions", exceptions, MOST_DATES),
    ):
        if len(days) > most:
            yield f"{where}: there are {len(days)}, and may be {most}"
        else:
            yield from repeated_faults(where, days)
            for on in sorted(set(days)):
                yield from outside_fault(where, on, calendar.first_on, calendar.last_on)


def repeated_faults(where: str, values: Iterable[object]) -> Iterator[str]:
    """A fault for each value that is listed more than once."""
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{where}: {value} is there {times} times: list it once"


def _offset_faults(calendar: Calendar) -> Iterator[str]:
    for one, other in pairwise(calendar.offsets):
        # The first two may be equal: where a clock change skips the first midnight.
        if other.at < one.at or (other.at == one.at and one is not calendar.offsets[0]):
            earlier, later = one.at.isoformat(), other.at.isoformat()
            yield f"offsets: {later} comes after {earlier}: put them in order, each once"


def _closure_faults(calendar: Calendar) -> Iterator[str]:
    hours = OpenHours(calendar)
    if not hours.opens:
        yield "weekly: the calendar has no open hour at all"
        return
    start, end = hours.longest_closure()
    if end - start >= LONGEST_CLOSURE_DAYS * DAY:
        days = f"{(end - start) // DAY} days without any open hour, from {_day(start)} to {_day(end)}"
        yield f"weekly: there are {days}; there may be {LONGEST_CLOSURE_DAYS - 1}"


def name_faults(ids: dict[str, str], version: int) -> Iterator[str]:
    """The faults of ids and of a version number."""
    for name, value in ids.items():
        if not is_id(value):
            what = f"{value[:100]!r} is not an id"
            yield f"{name}: {what}: give 1 to 100 visible characters, no space at the ends"
        elif name == "id" and version == 1 and (fault := fault_of_name(value)) is not None:
            yield f"{name}: is {value!r}, {fault}: give another one"
    if not 1 <= version <= 1_000_000:
        yield f"version: is {version}: versions are 1, 2, 3 and so on"


def is_id(value: str) -> bool:
    """Whether a text may be an id."""
    return _fits(value, Id) and fault_of_id(value) is None


def _is_line(value: str, longest: int) -> bool:
    return len(value) <= longest and _fits(value, Line)


def _fits(value: str, kind: object) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _day(at: int) -> date:
    return EARLIEST_ON + timedelta(days=at // DAY)
