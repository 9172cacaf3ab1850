"""Opening hours on the time line: how much is open between two instants, and by when this much is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from casecore.clocks.instants import DAY, SECOND, micros
from casecore.contract.service_levels import Calendar, Hours

_MINUTE = 60 * SECOND
_FIRST_DAY = date(1970, 1, 1)


class OpenHours:
    """A calendar as intervals of time, half-open, sorted and disjoint, with the open time before each.

    An instant is open if its local time of day lies in the hours of its local day. So a window in the hour
    that a clock change skips has no instants, and one in the hour that it repeats is open twice. All
    instants and durations are whole microseconds. Before `begins_at` and from `ends_at` (the horizon) on,
    nothing is known, and nothing counts as open.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.begins_at = local_midnight(calendar, calendar.first_on)
        self.ends_at = local_midnight(calendar, calendar.last_on + timedelta(days=1))
        self.opens: list[int] = []
        self.closes: list[int] = []
        # Clocks that go back over midnight repeat a part of the last day after its end.
        for opens_at, closes_at in _windows(calendar, self.begins_at, self.ends_at + DAY):
            if self.closes and self.closes[-1] == opens_at:
                self.closes[-1] = closes_at
            else:
                self.opens.append(opens_at)
                self.closes.append(closes_at)
        self.ends_at = max([self.ends_at, *self.closes[-1:]])
        self.before: list[int] = []
        self._through: list[int] = []
        total = 0
        for opens_at, closes_at in zip(self.opens, self.closes, strict=True):
            self.before.append(total)
            total += closes_at - opens_at
            self._through.append(total)

    def until(self, at: int) -> int:
        """The open time from the beginning of the calendar until an instant."""
        place = bisect_right(self.opens, at) - 1
        if place < 0:
            return 0
        return self.before[place] + min(at, self.closes[place]) - self.opens[place]

    def between(self, start: int, end: int) -> int:
        """The open time from an instant until a later one."""
        return self.until(end) - self.until(start)

    def after(self, start: int, duration: int) -> int | None:
        """The earliest instant by which this much was open from `start` on; None beyond the horizon.

        At closing time it is closing time, not the next morning; for no duration it is `start`.
        """
        if duration <= 0:
            return start
        wanted = self.until(start) + duration
        place = bisect_left(self._through, wanted)
        if place == len(self._through):
            return None
        return self.opens[place] + wanted - self.before[place]

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The open intervals between two instants, cut to them."""
        place = max(bisect_right(self.opens, start) - 1, 0)
        while place < len(self.opens) and self.opens[place] < end:
            opens_at, closes_at = max(self.opens[place], start), min(self.closes[place], end)
            if opens_at < closes_at:
                yield opens_at, closes_at
            place += 1

    def longest_closure(self) -> tuple[int, int]:
        """Start and end of the longest time without an open hour, from the beginning to the horizon."""
        edges = [self.begins_at, *self.opens, self.ends_at]
        gaps = zip([self.begins_at, *self.closes], edges[1:], strict=True)
        return max(gaps, key=lambda gap: gap[1] - gap[0])


def _windows(calendar: Calendar, begins_at: int, ends_at: int) -> Iterator[tuple[int, int]]:
    holidays = frozenset(calendar.holidays)
    exceptions = {day.on: day.hours for day in calendar.exceptions}
    parsed: dict[tuple[Hours, ...], list[tuple[int, int]]] = {}
    for start, end, offset in _offsets(calendar, begins_at, ends_at):
        day, last_day = (start + offset) // DAY, (end + offset - 1) // DAY
        while day <= last_day:
            on = _FIRST_DAY + timedelta(days=day)
            hours = exceptions.get(on)
            if not calendar.first_on <= on <= calendar.last_on:
                hours = ()
            elif hours is None:
                hours = () if on in holidays else calendar.weekly[on.weekday()]
            if hours not in parsed:
                parsed[hours] = _of_the_day(hours)
            for opens, closes in parsed[hours]:
                opens_at = max(day * DAY + opens - offset, start)
                closes_at = min(day * DAY + closes - offset, end)
                if opens_at < closes_at:
                    yield opens_at, closes_at
            day += 1


def _offsets(calendar: Calendar, begins_at: int, ends_at: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and offset of each time with one offset, in microseconds."""
    changes = [(micros(change.at), change.offset_seconds * SECOND) for change in calendar.offsets]
    changes[0] = (begins_at, changes[0][1])
    for (start, offset), (end, _) in pairwise([*changes, (ends_at, 0)]):
        if max(start, begins_at) < min(end, ends_at):
            yield max(start, begins_at), min(end, ends_at), offset


def _of_the_day(hours: tuple[Hours, ...]) -> list[tuple[int, int]]:
    """The windows as microseconds after local midnight, sorted and disjoint."""
    windows: list[tuple[int, int]] = []
    for opens, closes in sorted(tuple(map(_time_of_day, window.split("-"))) for window in hours):
        if windows and opens <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(closes, windows[-1][1]))
        elif opens < closes:
            windows.append((opens, closes))
    return windows


def _time_of_day(text: str) -> int:
    hour, minute = text.split(":")
    return (int(hour) * 60 + int(minute)) * _MINUTE


def local_midnight(calendar: Calendar, on: date) -> int:
    """When a local day begins; where a clock change skips midnight, the instant of the change."""
    local = (on - _FIRST_DAY).days * DAY
    offset = calendar.offsets[0].offset_seconds * SECOND
    for change in calendar.offsets[1:]:
        at, after = micros(change.at), change.offset_seconds * SECOND
        if local - offset < at:
            return local - offset
        if local - after < at:
            return at
        offset = after
    return local - offset
