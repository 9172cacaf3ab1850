"""The findings of a row of the bench: measurements, latencies, and verdicts on its goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bench.measurements import Measurement
from bench.stages import Stages


class Latency(NamedTuple):
    """How long single operations took, between the two moments in the name."""

    name: str
    count: int  # type: ignore[assignment]
    median_ms: float
    p95_ms: float
    p99_ms: float


MOST_SHARE = 1000.0
"""The highest share of a goal, also if the measured value is close to zero and a low value is wanted."""


class Verdict(NamedTuple):
    """A measured value and its goal, which is a lower bound, or with `at_most` an upper bound."""

    what: str
    measured: float
    goal: float
    unit: str
    at_most: bool = False

    @property
    def share(self) -> float:
        """How much of the goal is reached; 1 and more is all of it."""
        if not self.at_most:
            return self.measured / self.goal
        return self.goal / max(self.measured, self.goal / MOST_SHARE)

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.share >= 1


class Findings(NamedTuple):
    """The findings of a row. `limits` has, for a measurement's name, the name of the one that limits it."""

    measurements: Sequence[Measurement] = ()
    latencies: Sequence[Latency] = ()
    verdicts: Sequence[Verdict] = ()
    limits: Mapping[str, str] = {}
    notes: Sequence[str] = ()


class Options(NamedTuple):
    """How often each measurement is taken, and the scale of all sizes: 1 for the whole."""

    runs: int
    scale: float

    def sized(self, whole: int, least: int = 1) -> int:
        """A size at this scale."""
        return max(int(whole * self.scale), least)


class Row(NamedTuple):
    """A row of the bench: its name, its title, and the function that measures it."""

    name: str
    title: str
    measure: Callable[[Stages, Options], Findings]


def latency(name: str, seconds: Sequence[float]) -> Latency:
    """Median, 95th and 99th percentile of single durations."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3

    return Latency(name, len(ordered), at(0.5), at(0.95), at(0.99))


def median_rate(measurements: Sequence[Measurement], name: str) -> float:
    """The median rate over the runs of one measurement."""
    return statistics.median(one.rate for one in measurements if one.name == name)
