"""The clocks implemented a second time, naively: a walk through every tick of a case's life.

It shares nothing with the program but the contract. A tick is a second, or more where nothing can change
within one: then all instants, targets, windows and changes of the offset must be multiples of the tick.

Time is half-open: a tick belongs to the state after all that happened at its beginning. So if terms change
and a clock ends at one instant, the clock ended under the terms before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from casecore.contract import cases as e
from casecore.contract import service_levels as s
from casecore.contract.cases import Level, Priority, State
from casecore.contract.envelope import EventData
from casecore.contract.service_levels import Clock, Covers, OnChange, Policy
from tests.clocks.naive_calendar import NaiveCalendar
from tests.clocks.naive_clock import Cover, Figures, Key, NaiveClock, Terms, Version, version_of

Event: TypeAlias = tuple[int, int, EventData]
"""When it occurred, in seconds since 1970, its version, and its content."""
Custody: TypeAlias = tuple[str, str, str | None]
"""A custodian, an organisation, and an agent or nobody."""

LEVEL_OF = {
    State.RESELLER_L0: Level.LEVEL_0,
    State.ESCALATED_L1: Level.LEVEL_1,
    State.PARTNER_SUPPORT: Level.PARTNER,
}
ENDED = (State.CLOSED, State.CANCELLED)


@dataclass(frozen=True)
class CaseFigures:
    """The figures of a case; durations in seconds."""

    clocks: dict[Key, Figures]
    holders: dict[Custody, int]
    age: int


class Walk:
    """A case's life, tick by tick. It knows from the start which policies will be pinned."""

    def __init__(self, events: Sequence[Event], tick: int) -> None:
        self.tick = tick
        self.calendars: dict[Version, NaiveCalendar] = {}
        self.policies: dict[Cover, dict[Version, Policy]] = {}
        self.pinned: dict[Cover, Policy] = {}
        for _, _, data in events:
            if isinstance(data, s.PolicyPinned):
                policy, cover = data.policy, cover_of(data.policy)
                self.policies.setdefault(cover, {})[version_of(policy)] = policy
                self.calendars[version_of(policy)] = NaiveCalendar(policy.calendar)
                self.pinned.setdefault(cover, policy)
        self.first_pins = set(self.policies)
        self.state: State | None = None
        self.level: Level | None = None
        self.organisation = ""
        self.agent: str | None = None
        self.priority = Priority.NORMAL
        self.waiting: int | None = None
        self.waiting_since = 0
        self.answered = False
        self.asked = False
        self.clocks: dict[Key, NaiveClock] = {}
        self.holders: dict[Custody, int] = {}

    def happen(self, at: int, version: int, data: EventData) -> None:
        """Apply an event at its instant."""
        match data:
            case e.MessagePosted(sender=e.Sender.CUSTOMER):
                self.waiting = None
                self.ask(at)
            case e.MessagePosted(audience=e.Audience.PUBLIC):
                self.answer(at)
            case e.WaitingStarted():
                if self.waiting is None:
                    self.waiting, self.waiting_since = version, at
            case e.WaitingEnded():
                self.waiting = None
            case e.PriorityChanged():
                self.priority = data.standing.priority
            case s.PolicyPinned(policy=policy):
                self.pin(policy)
            case e.CaseEvent():
                self.move(at, data)

    def move(self, at: int, data: e.CaseEvent) -> None:
        match data:
            case e.CaseOpened():
                self.priority = data.standing.priority
                self.place(data.standing)
                self.start(at, Clock.FIRST_RESPONSE)
                self.start(at, Clock.RESOLUTION)
            case e.CaseTaken() | e.CaseEscalated() | e.CaseHandedBack() | e.CaseReopened():
                self.arrive(at, data.standing)
            case e.CaseReclassified() if data.standing.state is State.OPENED:
                self.leave(at)
                self.place(data.standing)
            case e.CaseAssigned():
                self.agent = data.standing.agent
                self.stop(at, Clock.TIME_TO_ASSIGNMENT)
            case e.CaseResolved():
                self.answer(at)
                self.leave(at)
                self.stop(at, Clock.RESOLUTION)
                self.place(data.standing)
            case e.CaseClosed():
                self.place(data.standing)
            case e.CaseCancelled():
                for clock in self.clocks.values():
                    clock.end(at, cancelled=True)
                self.waiting = None
                self.place(data.standing)

    def place(self, standing: e.Standing) -> None:
        self.state = standing.state
        self.level = LEVEL_OF.get(standing.state)
        self.organisation = standing.organisation
        self.agent = standing.agent

    def arrive(self, at: int, standing: e.Standing) -> None:
        reopened = self.state is State.RESOLVED
        self.leave(at)
        self.place(standing)
        self.start(at, Clock.TIME_AT_LEVEL, self.level, self.organisation)
        self.start_next(at, Clock.TIME_TO_ASSIGNMENT, self.level, self.organisation)
        if self.agent is not None:
            self.stop(at, Clock.TIME_TO_ASSIGNMENT)
        if reopened:
            self.start(at, Clock.RESOLUTION)
            if self.asked:
                self.start_next(at, Clock.NEXT_REPLY)

    def leave(self, at: int) -> None:
        self.waiting = None
        self.stop(at, Clock.TIME_TO_ASSIGNMENT)
        self.stop(at, Clock.TIME_AT_LEVEL)

    def ask(self, at: int) -> None:
        if self.asked or not self.answered or self.state in ENDED:
            return
        self.asked = True
        if self.state is not State.RESOLVED:
            self.start_next(at, Clock.NEXT_REPLY)

    def answer(self, at: int) -> None:
        self.answered, self.asked = True, False
        self.stop(at, Clock.FIRST_RESPONSE)
        self.stop(at, Clock.NEXT_REPLY)

    def pin(self, policy: Policy) -> None:
        cover = cover_of(policy)
        if cover in self.first_pins:  # it applied from the beginning
            self.first_pins.remove(cover)
        else:
            self.pinned[cover] = policy

    def start_next(self, at: int, clock: Clock, level: Level | None = None, of: str | None = None) -> None:
        number = next(n for n in count(1) if Key(clock, level, of, n) not in self.clocks)
        self.start(at, clock, level, of, number)

    def start(
        self, at: int, clock: Clock, level: Level | None = None, of: str | None = None, number: int = 1
    ) -> None:
        key = Key(clock, level, of, number)
        self.clocks.setdefault(key, NaiveClock(key, at, self.tick)).resume()

    def stop(self, at: int, kind: Clock) -> None:
        for clock in self.clocks.values():
            if clock.key.clock is kind:
                clock.end(at)

    def terms(self, clock: NaiveClock) -> Terms | None:
        policy = self.pinned.get(clock.cover)
        return None if policy is None else (policy, self.priority)

    def settle(self, at: int, before: dict[Cover, Terms]) -> None:
        """After all events of an instant: fix the terms of stopped clocks, and restart running ones."""
        for clock in self.clocks.values():
            if clock.missed_at is not None:
                continue
            terms = self.terms(clock)
            earlier = before.get(clock.cover, terms)
            if clock.stopped_at == at:
                clock.terms = earlier if clock.started_at < at else terms
                clock.stopped_in_a_pause = self.waiting is not None and self.waiting_since < at
            elif clock.runs and terms != earlier and self.pinned[clock.cover].on_change is OnChange.RESTART:
                clock.restart(at)

    def find_missed(self, at: int) -> None:
        """A clock that runs on from an instant although it was due by then is missed."""
        for clock in self.clocks.values():
            measure = clock.measure(self.terms(clock))
            if clock.runs and clock.missed_at is None and measure and clock.due(measure) is not None:
                clock.miss(at, self.terms(clock))

    def pass_tick(self, at: int) -> None:
        custody = self.custody(at)
        self.holders[custody] = self.holders.get(custody, 0) + self.tick
        for clock in self.clocks.values():
            if clock.runs:
                for version, policy in self.policies.get(clock.cover, {}).items():
                    clock.count(policy, self.calendars[version], at, self.waiting)

    def custody(self, at: int) -> Custody:
        of = (self.organisation, self.agent)
        if self.state is State.RESOLVED:
            return "resolved", self.organisation, None
        policy = self.pinned.get((Covers.END_TO_END, None))
        if self.level is not None:
            policy = self.pinned.get((Covers(self.level.value), self.organisation), policy)
        if policy is not None and not self.calendars[version_of(policy)].is_open(at):
            return "outside_hours", *of
        if self.waiting is not None:
            return "customer", *of
        if self.level is None or self.agent is None:
            return "hand_over", *of
        return self.level.value, *of

    def figures(self, at: int) -> CaseFigures:
        found = {
            key: clock.figures(self.terms(clock), self.calendars, at, self.waiting)
            for key, clock in self.clocks.items()
        }
        known = {key: figures for key, figures in found.items() if figures is not None}
        return CaseFigures(known, self.holders, sum(self.holders.values()))


def cover_of(policy: Policy) -> Cover:
    return policy.covers, None if policy.covers is Covers.END_TO_END else policy.organisation


def figures_of(events: Sequence[Event], at: int, tick: int = 1) -> CaseFigures | None:
    """The figures of a case at an instant (seconds since 1970); None if it was not opened by then."""
    known = sorted((event for event in events if event[0] <= at), key=lambda event: event[:2])
    opened = [when for when, _, data in known if isinstance(data, e.CaseOpened)]
    if not opened:
        return None
    assert all((when - opened[0]) % tick == 0 for when, _, _ in known)
    walk = Walk(known, tick)
    now = opened[0]
    while True:
        before = {cover: (policy, walk.priority) for cover, policy in walk.pinned.items()}
        for when, version, data in known:
            if when == now:
                walk.happen(when, version, data)
        walk.settle(now, before)
        if now == at:
            return walk.figures(at)
        if walk.state not in ENDED:
            walk.find_missed(now)
            walk.pass_tick(now)
        now += tick
