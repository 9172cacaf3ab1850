"""A naive clock: it keeps every tick that it counted, and every tick that it was paused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from casecore.contract.cases import Level, Priority
from casecore.contract.service_levels import Clock, ClockTerms, Covers, Policy
from tests.clocks.naive_calendar import NaiveCalendar

Cover: TypeAlias = tuple[Covers, str | None]
Terms: TypeAlias = tuple[Policy, Priority]
Version: TypeAlias = tuple[str, int]
"""A policy's id and version."""


class Key(NamedTuple):
    """Which clock."""

    clock: Clock
    level: Level | None
    organisation: str | None
    number: int


@dataclass(frozen=True)
class Figures:
    """The figures of a clock; instants in seconds since 1970, durations in seconds."""

    policy: Version
    target: int
    status: str
    started_at: int
    due_at: int | None
    met_at: int | None
    missed_at: int | None
    elapsed: int
    paused: int
    times_paused: int
    at_risk: bool
    beyond_horizon: bool


class Measure(NamedTuple):
    """By what a clock is measured."""

    policy: Policy
    clock_terms: ClockTerms
    target: int


@dataclass
class Ticks:
    """The ticks that a clock counted under one policy since it started, and those that it was paused."""

    counted: list[int] = field(default_factory=list)
    paused: list[int] = field(default_factory=list)


@dataclass
class NaiveClock:
    """A clock during the walk. `terms` are those under which it was missed or stopped."""

    key: Key
    started_at: int
    tick: int
    ticks: dict[Version, Ticks] = field(default_factory=dict)
    pauses: set[int] = field(default_factory=set)
    stopped_at: int | None = None
    cancelled: bool = False
    missed_at: int | None = None
    terms: Terms | None = None
    stopped_in_a_pause: bool = False

    @property
    def runs(self) -> bool:
        return self.stopped_at is None

    @property
    def cover(self) -> Cover:
        if self.key.level is None:
            return Covers.END_TO_END, None
        return Covers(self.key.level.value), self.key.organisation

    def end(self, at: int, cancelled: bool = False) -> None:
        if self.runs:
            self.stopped_at, self.cancelled = at, cancelled

    def resume(self) -> None:
        self.stopped_at = None
        if self.missed_at is None:
            self.terms = None

    def restart(self, at: int) -> None:
        self.started_at = at
        self.ticks.clear()
        self.pauses.clear()

    def miss(self, at: int, now: Terms | None) -> None:
        self.missed_at, self.terms = at, now

    def measure(self, now: Terms | None) -> Measure | None:
        """By the present terms, unless it was missed or stopped under others; None if they do not have it."""
        terms = self.terms or now
        for clock_terms in terms[0].clocks if terms else ():
            if clock_terms.clock is self.key.clock and terms:
                target: int = getattr(clock_terms.targets, terms[1].value)
                assert target % self.tick == 0
                return Measure(terms[0], clock_terms, target)
        return None

    def ticks_under(self, policy: Policy) -> Ticks:
        return self.ticks.setdefault(version_of(policy), Ticks())

    def due(self, measure: Measure) -> int | None:
        """When it had counted its target, if it has."""
        if measure.target == 0:
            return self.started_at
        counted = self.ticks_under(measure.policy).counted
        needed = measure.target // self.tick
        return counted[needed - 1] + self.tick if len(counted) >= needed else None

    def count(self, policy: Policy, calendar: NaiveCalendar, at: int, waiting: int | None) -> None:
        """A tick passes; keep how it counts under a policy."""
        for clock_terms in policy.clocks:
            if clock_terms.clock is not self.key.clock:
                continue
            waits = clock_terms.pauses and waiting is not None
            if waits and waiting is not None:
                self.pauses.add(waiting)
            if calendar.is_open(at):
                ticks = self.ticks_under(policy)
                (ticks.paused if waits else ticks.counted).append(at)

    def figures(
        self, now: Terms | None, calendars: Mapping[Version, NaiveCalendar], at: int, waiting: int | None
    ) -> Figures | None:
        """Its figures at an instant; `waiting` is the waiting of that time, if any."""
        measure = self.measure(now)
        if measure is None:
            return None
        policy, clock_terms, target = measure
        calendar = calendars[version_of(policy)]
        ticks = self.ticks_under(policy)
        elapsed = len(ticks.counted) * self.tick
        pauses = self.pauses if clock_terms.pauses else set()
        paused = clock_terms.pauses and (waiting is not None if self.runs else self.stopped_in_a_pause)
        if paused and self.runs and waiting is not None:
            pauses = pauses | {waiting}
        due = self.due(measure)
        if due is None and not paused:
            since = at if self.stopped_at is None else self.stopped_at
            due = calendar.runs_out(since, target - elapsed, self.tick)
        status = self.status(paused)
        warned = (
            bool(clock_terms.warn_at_percent) and elapsed * 100 >= target * clock_terms.warn_at_percent[0]
        )
        return Figures(
            policy=version_of(policy),
            target=target,
            status=status,
            started_at=self.started_at,
            due_at=None if status in ("paused", "cancelled") else due,
            met_at=None if self.cancelled else self.stopped_at,
            missed_at=self.missed_at,
            elapsed=elapsed,
            paused=len(ticks.paused) * self.tick,
            times_paused=len(pauses),
            at_risk=status in ("running", "paused") and warned,
            beyond_horizon=(due is None and not paused) or calendar.begins_after(self.started_at),
        )

    def status(self, paused: bool) -> str:
        if self.missed_at is not None:
            return "missed"
        if not self.runs:
            return "cancelled" if self.cancelled else "met"
        return "paused" if paused else "running"


def version_of(policy: Policy) -> Version:
    return policy.id, policy.version
