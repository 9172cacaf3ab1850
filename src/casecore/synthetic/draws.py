"""Random draws from a seed, the same on every machine and in every version of Python."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Values with weights, prepared once so that drawing is quick."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._values = tuple(weights)
        self._cumulated = tuple(accumulate(weights.values()))

    def at(self, share: float) -> T:
        """The value at a share, from 0 to less than 1, of the whole weight."""
        place = bisect_right(self._cumulated, share * self._cumulated[-1])
        return self._values[min(place, len(self._values) - 1)]


class Draws:
    """A sequence of draws that follows from a text.

    Only `random()` of the standard library is used: that its numbers stay the same for a seed is the one
    thing that its documentation promises.
    """

    def __init__(self, seed: str) -> None:
        self.share = Random(seed).random  # noqa: S311 -- nothing here is a secret
        """A number from 0 to less than 1."""

    def below(self, bound: int) -> int:
        """A whole number from 0 to less than the bound."""
        return int(self.share() * bound)

    def chance(self, share: float) -> bool:
        """True in that share of all cases."""
        return self.share() < share

    def one_of(self, values: Sequence[T]) -> T:
        """One of the values, each equally likely."""
        return values[int(self.share() * len(values))]

    def weighted(self, values: Weighted[T]) -> T:
        """One of the values, by weight."""
        return values.at(self.share())
