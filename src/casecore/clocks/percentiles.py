"""Percentiles of durations by nearest rank: each is one of the durations, so nothing is rounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

DurationT = TypeVar("DurationT")


def nearest_rank(ordered: Sequence[DurationT], percent: int) -> DurationT | None:
    """The smallest of rising durations that so many percent of them do not exceed; None if there are none.

    `percent` is from 1 to 100. It is the duration at place `percent` hundredths of their number, rounded up.
    """
    return ordered[(len(ordered) * percent + 99) // 100 - 1] if ordered else None
