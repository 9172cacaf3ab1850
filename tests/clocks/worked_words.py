"""How instants, durations and sums are written in the worked cases; a wrong sum is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from casecore.clocks.instants import SECOND
from casecore.clocks.instants import instant as as_datetime
from tests.clocks.calendars import WINTER, offset_at
from tests.clocks.calendars import at as local_at

_DAY = r"(?P<{0}weekday>[A-Z][a-z]{{2}}) (?P<{0}on>\d{{4}}-\d\d-\d\d)"
_TIME = r"(?P<{0}>\d\d:\d\d(?::\d\d)?(?: CES?T)?)"
_INSTANT = re.compile(_DAY.format("") + " " + _TIME.format("time"))
_STRETCH = re.compile(
    _DAY.format("") + " " + _TIME.format("start") + "-" + _TIME.format("end") + r" = (?P<total>[\d:]+)"
)
_DAYS = re.compile(
    r"(?P<count>\d) x (?P<each>[\d:]+) = (?P<total>[\d:]+) \("
    + _DAY.format("first_")
    + " to "
    + _DAY.format("last_")
    + r"\)"
)


class Part(NamedTuple):
    """A part of a sum. `end_at` is when it ends (microseconds since 1970), if it is a stretch of one day."""

    text: str
    seconds: int
    end_at: int | None


def instant(text: str) -> int:
    """`Fri 2026-03-06 16:50`, local time in Berlin, as microseconds since 1970."""
    found = _matched(_INSTANT, text)
    return _at(_on(found["weekday"], found["on"]), found["time"])


def local_text(at: datetime | int) -> str:
    """An instant as it is written in the cases; the inverse of `instant`."""
    when = as_datetime(at) if isinstance(at, int) else at
    wall = when + timedelta(seconds=offset_at(when))
    text = wall.strftime("%a %Y-%m-%d %H:%M:%S").removesuffix(":00")
    hour_before, hour_after = (offset_at(when + timedelta(hours=by)) for by in (-1, 1))
    # In the two hours around the change in October the wall clock alone is ambiguous.
    if hour_before > hour_after:
        text += " CET" if offset_at(when) == WINTER else " CEST"
    return text


def duration(text: str) -> int:
    """`1:40` or `-0:30:05`, hours first, as seconds."""
    if not re.fullmatch(r"-?\d+:[0-5]\d(:[0-5]\d)?", text):
        raise ValueError(f"{text!r} is not a duration, such as 1:40 or 0:00:05")
    hours, minutes, seconds = (int(part) for part in f"{text.lstrip('-')}:00".split(":")[:3])
    return (-1 if text.startswith("-") else 1) * (hours * 3600 + minutes * 60 + seconds)


def parts(text: str | None) -> tuple[Part, ...]:
    """The parts of a sum: stretches of a day, and equal days; each must be as long as it says."""
    return tuple(_part(part) for part in text.split("; ")) if text else ()


def _part(text: str) -> Part:
    days = _DAYS.fullmatch(text)
    if days is not None:
        first, last = _on(days["first_weekday"], days["first_on"]), _on(days["last_weekday"], days["last_on"])
        weekdays = sum((first + timedelta(days=n)).weekday() < 5 for n in range((last - first).days + 1))
        total = duration(days["total"])
        if weekdays != int(days["count"]) or total != weekdays * duration(days["each"]):
            raise ValueError(f"{text!r}: there are {weekdays} weekdays, or the product is wrong")
        return Part(text, total, None)
    found = _matched(_STRETCH, text)
    on = _on(found["weekday"], found["on"])
    start, end = _at(on, found["start"]), _at(on, found["end"])
    if end - start != duration(found["total"]) * SECOND:
        raise ValueError(f"{text!r} is {(end - start) // SECOND} s long")
    return Part(text, duration(found["total"]), end)


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} does not have the form of a part")
    return found


def _on(weekday: str, on: str) -> date:
    day = date.fromisoformat(on)
    if day.strftime("%a") != weekday:
        raise ValueError(f"{on} is not a {weekday}")
    return day


def _at(on: date, time: str) -> int:
    if time == "24:00":
        return _at(on + timedelta(days=1), "00:00")
    clock, _, zone = time.partition(" ")
    seconds = clock if clock.count(":") == 2 else f"{clock}:00"
    return local_at(f"{on} {seconds} {zone}".rstrip())
