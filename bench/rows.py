"""What a row of the bench comes to: stages, latencies, and what they say about its goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bench.servers import Stage
from bench.stations import Stations


class Latency(NamedTuple):
    """How long one of many took, from the moment that the name says to the other."""

    name: str
    count: int
    median_ms: float
    p99_ms: float


MOST_SHARE = 1000.0
"""Of a goal; so much is reached, too, where next to nothing was measured and little is wanted."""


class Verdict(NamedTuple):
    """A figure and its goal: at least so much, or with `at_most` at most so much."""

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
    """What a row found. `limits` names, for a stage, the stage that it can be at most."""

    stages: Sequence[Stage] = ()
    latencies: Sequence[Latency] = ()
    verdicts: Sequence[Verdict] = ()
    limits: Mapping[str, str] = {}
    notes: Sequence[str] = ()


class Options(NamedTuple):
    """How often each thing is measured, and how large everything is: 1 for the whole."""

    runs: int
    scale: float

    def sized(self, whole: int, least: int = 1) -> int:
        """So many at this scale."""
        return max(int(whole * self.scale), least)


class Row(NamedTuple):
    """A line of the bench: its name, its title, and how it is measured."""

    name: str
    title: str
    measure: Callable[[Stations, Options], Findings]


def latency(name: str, seconds: Sequence[float]) -> Latency:
    """Median and 99th percentile of what was measured one by one."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3

    return Latency(name, len(ordered), at(0.5), at(0.99))


def median_rate(stages: Sequence[Stage], name: str) -> float:
    """The median of how many a second, over the runs of one stage."""
    return statistics.median(stage.rate for stage in stages if stage.name == name)
