"""Years of maintenance: from the activation, and from each of its anniversaries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """The `number`-th year of maintenance, from 1: its first and its last day."""

    number: int
    start_on: date
    end_on: date


def periods(activated_on: date, until: date) -> Iterator[Period]:
    """The periods that start on a day up to `until`: the first with the activation.

    Each ends on the day before the next one starts.
    """
    for number in count(1):
        start_on = _anniversary(activated_on, number - 1)
        if start_on > until:
            return
        yield Period(number, start_on, _anniversary(activated_on, number) - _DAY)


def _anniversary(activated_on: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 28 February in a year without it."""
    year = activated_on.year + years
    try:
        return activated_on.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
