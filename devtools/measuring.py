"""From the rows of a log to its shapes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from casecore.contract.cases import Priority
from casecore.synthetic.local_hours import HOURS_OF_WEEK, hour_of_week
from casecore.synthetic.shapes import END, QUANTILES, START, LogStep, Shapes, WeekHours

OWN_WAITS_FROM = 20
"""A pair of steps that is rarer has no quantiles of its own: they would describe a few cases only."""


class LogRow(NamedTuple):
    """A row of the log: its step, its time in seconds since 1970, and the priority that it sets."""

    step: LogStep
    at: int
    priority: Priority | None = None


LogCase: TypeAlias = Sequence[LogRow]


def measure(cases: Sequence[LogCase]) -> Shapes:
    """The shapes of these cases, each of which has its rows in the order of time."""
    priorities = Counter(row.priority for case in cases for row in case if row.priority is not None)
    return Shapes(
        cases=len(cases),
        priorities={priority.value: priorities[priority] for priority in Priority},
        following=_following(cases),
        waits_seconds=_waits(cases),
        hours=_hours(cases),
    )


def _following(cases: Sequence[LogCase]) -> dict[str, dict[str, int]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        names = [START, START, *(row.step.value for row in case), END]
        for before, now, then in zip(names, names[1:], names[2:], strict=False):
            counts[f"{before} {now}"][then] += 1
    return {after: _sorted(counts[after]) for after in sorted(counts)}


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


def _waits(cases: Sequence[LogCase]) -> dict[str, tuple[int, ...]]:
    of_pair: defaultdict[str, list[int]] = defaultdict(list)
    into: defaultdict[str, list[int]] = defaultdict(list)
    for case in cases:
        for before, then in pairwise(case):
            waited = then.at - before.at
            of_pair[f"{before.step.value} {then.step.value}"].append(waited)
            into[then.step.value].append(waited)
    found = {pair: waits for pair, waits in of_pair.items() if len(waits) >= OWN_WAITS_FROM} | into
    return {name: _quantiles(found[name]) for name in sorted(found)}


def _quantiles(values: list[int]) -> tuple[int, ...]:
    values.sort()
    last = len(values) - 1
    return tuple(values[(place * last) // (QUANTILES - 1)] for place in range(QUANTILES))


def _hours(cases: Sequence[LogCase]) -> dict[str, tuple[int, ...]]:
    counts = {hours: [0] * HOURS_OF_WEEK for hours in WeekHours}
    for case in cases:
        for row in case:
            kind = WeekHours.CLOSING if row.step is LogStep.CLOSE else WeekHours.WORK
            counts[kind][hour_of_week(row.at)] += 1
    return {hours.value: tuple(counts[hours]) for hours in WeekHours}
