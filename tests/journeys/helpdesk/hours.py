"""The help desk's office hours, from the law's holidays and by an own computation of Easter.

It imports nothing of casecore. Instants are whole seconds since 1970.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[int, int]


def easter(year: int) -> date:
    """Easter Sunday: the first Sunday after the full moon of the computus (Gauss, 1816)."""
    century, golden = year // 100, year % 19
    moon = (19 * golden + 15 + century - century // 4 - (13 + 8 * century) // 25) % 30
    moon -= moon == 29 or (moon == 28 and golden > 10)
    full_moon = date(year, 3, 21) + timedelta(days=moon)
    return full_moon + timedelta(days=7 - (full_moon.weekday() + 1) % 7)


def holidays(year: int) -> set[date]:
    """Italy's public holidays, without Sundays (law 260 of 1949, with its changes until 2014)."""
    fixed = [(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)]
    found = {date(year, month, day) for month, day in fixed} | {easter(year) + timedelta(days=1)}
    if year == 2011:  # once: the unification's 150th year (decree-law 5 of 2011)
        found.add(date(2011, 3, 17))
    return found


def _office_hours() -> Iterator[Span]:
    """Each time in which the office is open, from 2010 to 2026: the years of the calendar's file."""
    rome = ZoneInfo("Europe/Rome")
    for year in range(2010, 2027):
        closed, day = holidays(year), date(year, 1, 1)
        while day.year == year:
            if day.weekday() < 5 and day not in closed:
                for opens, closes in ((9, 13), (14, 18)):
                    yield tuple(  # type: ignore[misc]
                        int(datetime.combine(day, time(hour), rome).astimezone(UTC).timestamp())
                        for hour in (opens, closes)
                    )
            day += timedelta(days=1)


OFFICE = list(_office_hours())
_OPENS = [opens for opens, _ in OFFICE]


def open_parts(spans: Iterable[Span], but: Sequence[Span] = ()) -> Iterator[Span]:
    """The parts of spans, without others, in which the office is open; all in order."""
    for start, end in spans:
        place = max(bisect_right(_OPENS, start) - 1, 0)
        while place < len(OFFICE) and OFFICE[place][0] < end:
            at, stop = max(OFFICE[place][0], start), min(OFFICE[place][1], end)
            for first, last in but:
                if at < stop and first < stop and last > at:
                    if at < first:
                        yield at, first
                    at = last
            if at < stop:
                yield at, stop
            place += 1
