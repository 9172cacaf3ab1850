"""Scales: from a value to a place, with ticks at numbers that people count in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

_NICE = (1, 2, 2.5, 5, 10)
_WHOLE = (1, 2, 5, 10)
_NOTHING = 1e-300
"""Less has no step that a number can hold."""


class Scale(NamedTuple):
    """Where a value between `low` and `high` is drawn, from `begin` to `end`; `ticks` are in between.

    With `is_log` each step is a factor; what is lower than `low`, such as nothing, is drawn there.
    """

    low: float
    high: float
    begin: float
    end: float
    ticks: Sequence[float]
    is_log: bool = False

    def place(self, value: float) -> float:
        """The place of a value; one outside is drawn at the edge."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.begin + (self.end - self.begin) * share


def ticks_to(high: float, most: int, *, whole: bool = True, low: float = 0.0) -> list[float]:
    """At most `most` steps of one size from `low` to `high` or just above it, at round numbers."""
    span = max(high - low, 0.0)
    if span < _NOTHING or not math.isfinite(span):
        return [low, low + 1.0]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (_WHOLE if whole else _NICE) if one * power >= rough * (1 - 1e-9))
    if whole:
        step = max(step, 1.0)
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [place * step for place in range(first, last + 1)]


def linear(
    high: float, begin: float, end: float, *, most: int = 4, whole: bool = True, low: float = 0.0
) -> Scale:
    """A scale from `low` (zero unless said otherwise) to a round number that is `high` or above."""
    ticks = ticks_to(high, most, whole=whole, low=low)
    return Scale(ticks[0], ticks[-1], begin, end, ticks)


def mirrored(highest: float, lowest: float, begin: float, end: float, *, most: int = 4) -> Scale:
    """A scale with the same step above and below zero, of two positive extents."""
    steps = ticks_to(max(highest, lowest), max(most // 2, 1))
    step = steps[1] - steps[0]
    above = max(math.ceil(highest / step - 1e-9), 1)
    below = max(math.ceil(lowest / step - 1e-9), 1)
    ticks = [place * step for place in range(-below, above + 1)]
    return Scale(ticks[0], ticks[-1], begin, end, ticks)


def logarithmic(values: Sequence[float], steps: Sequence[float], begin: float, end: float) -> Scale:
    """A scale whose ticks are those of `steps` from the last below all values to the first above them."""
    lowest, highest = min(values), max(values)
    low = max([one for one in steps if one <= lowest] or steps[:1])
    high = min([one for one in steps if one >= highest and one > low] or [max(highest, low * 10)])
    inside = [one for one in steps if low <= one <= high]
    return Scale(low, high, begin, end, inside, is_log=True)
