"""Days, weeks and months along a picture: which there are, and what is written below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from casecore.web.charts.periods import Tick
from casecore.web.rendering.reader import PageReader

MOST_DAYS = 190
_MOST_DAYS_IN_WEEKS = 1_000
_FEW = 14
_SHORT = 62
_MANY_MONTHS = 36


class DrawnPeriod(NamedTuple):
    """Days that are drawn as one: both are included."""

    first: date
    last: date

    @property
    def is_day(self) -> bool:
        """Whether it is a single one."""
        return self.first == self.last


def group_days(days: Sequence[date]) -> list[DrawnPeriod]:
    """Consecutive days, as they are if they are few, else by week or by month."""
    if len(days) <= MOST_DAYS:
        return [DrawnPeriod(day, day) for day in days]
    weeks = len(days) <= _MOST_DAYS_IN_WEEKS
    begins: Callable[[date], date] = _monday if weeks else _first
    found: list[DrawnPeriod] = []
    for day in days:
        if found and begins(found[-1].first) == begins(day):
            found[-1] = DrawnPeriod(found[-1].first, day)
        else:
            found.append(DrawnPeriod(day, day))
    return found


def name_of(period: DrawnPeriod, reader: PageReader) -> str:
    """A period as it is read."""
    if period.is_day:
        return reader.date(period.first, "EEE d MMM y")
    return f"{reader.day(period.first)} – {reader.day(period.last)}"


def months_between(first: date, last: date) -> list[date]:
    """Each month's first day."""
    begin, end = (one.year * 12 + one.month - 1 for one in (first, last))
    return [date(place // 12, place % 12 + 1, 1) for place in range(begin, end + 1)]


def days_of_months(months: Sequence[date]) -> list[DrawnPeriod]:
    """The days of each month, which is its first day."""
    return [DrawnPeriod(one, _first(one + timedelta(31)) - timedelta(1)) for one in months]


def day_ticks(days: Sequence[date], reader: PageReader) -> list[Tick]:
    """What is written below days: each if they are few, else Mondays and the first of months, or months."""
    if len(days) <= _FEW:
        return [Tick(place, reader.date(day, "d MMM"), place % 4 == 0) for place, day in enumerate(days)]
    if len(days) <= _SHORT and all(after - day == timedelta(1) for day, after in pairwise(days)):
        return [
            Tick(place, reader.date(day, "d MMM"), day.day <= 7)
            for place, day in enumerate(days)
            if day.weekday() == 0
        ]
    firsts = [
        (place, day)
        for place, day in enumerate(days)
        if place == 0 or (days[place - 1].year, days[place - 1].month) != (day.year, day.month)
    ]
    if len(firsts) > 1 and firsts[0][1].day > _FEW:
        firsts = firsts[1:]
    return _ticks(firsts, reader)


def month_ticks(months: Sequence[date], reader: PageReader) -> list[Tick]:
    """What is written below months: each with its name, January or the first one with its year, too."""
    return _ticks(list(enumerate(months)), reader)


def _ticks(places: Sequence[tuple[int, date]], reader: PageReader) -> list[Tick]:
    if len(places) > _MANY_MONTHS:
        return [Tick(place, f"{day.year}", day.year % 5 == 0) for place, day in places if day.month == 1]
    found = []
    for at, (place, day) in enumerate(places):
        has_year = at == 0 or day.month == 1
        found.append(Tick(place, reader.month(day) if has_year else reader.date(day, "MMM"), has_year))
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first(day: date) -> date:
    return day.replace(day=1)
