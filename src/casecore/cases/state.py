"""What the write side remembers of a case, and the fold that keeps it."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from casecore.contract.cases import (
    ARRIVALS,
    ActivityNoted,
    CaseCancelled,
    CaseClosed,
    CaseEvent,
    EffortRecorded,
    Level,
    MessagePosted,
    Standing,
)
from casecore.contract.envelope import EventData, Fact
from casecore.contract.service_levels import (
    Clock,
    Covers,
    PolicyPinned,
    ServiceLevelEvent,
    ServiceLevelMissWithdrawn,
    ServiceLevelWarned,
)


class Pin(NamedTuple):
    """A policy pinned to a case: from when it applies, what it covers, and whose it is."""

    at: datetime
    covers: Covers
    organisation: str
    policy: str
    version: int


class NotedServiceLevel(NamedTuple):
    """What is recorded of a clock: a miss (`percent` is None), or a warning.

    A warning belongs to the run of the clock that began at `run_started_at`; None if it was recorded without.
    `before_withdrawal`: a miss of the clock was withdrawn after it.
    """

    clock: Clock
    level: Level | None
    organisation: str
    number: int
    percent: int | None
    occurred_at: datetime | None = None
    run_started_at: datetime | None = None
    before_withdrawal: bool = False

    def covers(self, other: NotedServiceLevel) -> bool:
        """Whether another note says nothing that this one does not say.

        A warning is said once in each run of its clock. After a withdrawn miss it is said again if its point
        is reached at another instant. Without a run, as an earlier version gives it, it is said once.
        """
        if self[:5] != other[:5]:
            return False
        if self.percent is None or other.run_started_at is None:
            return True
        if self.before_withdrawal and self.occurred_at != other.occurred_at:
            return False
        if self.run_started_at is not None:
            return self.run_started_at == other.run_started_at
        return self.occurred_at is not None and other.run_started_at <= self.occurred_at


class Case(msgspec.Struct, frozen=True):
    """A case as a decision sees it.

    `changed_at` is when the last event occurred that may not be recorded late; `arrivals` are the levels it
    came to, each with the organisation; `pins` are in the order of their times; `facts` counts its events,
    except those that record service levels.
    """

    reference: str
    customer: str
    seller: str
    vendor: str
    partner: str | None
    standing: Standing
    opened_at: datetime
    changed_at: datetime
    ended_at: datetime | None = None
    effort_minutes: int = 0
    arrivals: tuple[tuple[Level, str], ...] = ()
    pins: tuple[Pin, ...] = ()
    facts: int = 1
    noted: frozenset[NotedServiceLevel] = frozenset()


def evolve(case: Case | None, fact: Fact[EventData]) -> Case:
    """The case after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, CaseEvent):
        raise TypeError(f"{type(data).__name__} is not an event of a case")
    at = fact.occurred_at
    if case is None:
        return Case(
            reference=data.reference,
            customer=data.customer,
            seller=data.seller,
            vendor=data.vendor,
            partner=data.partner,
            standing=data.standing,
            opened_at=at,
            changed_at=at,
        )
    if isinstance(data, ServiceLevelEvent):
        return replace(case, noted=_noted(case.noted, at, data))
    if isinstance(data, PolicyPinned):
        return replace(case, pins=_pinned(case.pins, at, data), facts=case.facts + 1)
    ended = isinstance(data, (CaseClosed, CaseCancelled))
    return replace(
        case,
        partner=data.partner,
        standing=data.standing,
        changed_at=max(case.changed_at, at) if _changes(case, data) else case.changed_at,
        ended_at=at if ended else case.ended_at,
        effort_minutes=data.total_minutes if isinstance(data, EffortRecorded) else case.effort_minutes,
        arrivals=_arrived(case.arrivals, data),
        facts=case.facts + 1,
    )


def _changes(case: Case, data: CaseEvent) -> bool:
    if isinstance(data, MessagePosted):  # changes the case only if it ended a waiting
        return data.standing.waiting_since != case.standing.waiting_since
    return not isinstance(data, (EffortRecorded, ActivityNoted))


def _arrived(arrivals: tuple[tuple[Level, str], ...], data: CaseEvent) -> tuple[tuple[Level, str], ...]:
    level = data.standing.level
    if not isinstance(data, ARRIVALS) or level is None:
        return arrivals
    here = (level, data.standing.organisation)
    return arrivals if here in arrivals else (*arrivals, here)


def _pinned(pins: tuple[Pin, ...], at: datetime, data: PolicyPinned) -> tuple[Pin, ...]:
    policy = data.policy
    pin = Pin(at, policy.covers, policy.organisation, policy.id, policy.version)
    return tuple(sorted((*pins, pin), key=attrgetter("at")))


def pin_at(case: Case, covers: Covers, organisation: str | None, at: datetime) -> Pin | None:
    """The pin that applies at an instant: for the whole case, of any organisation, or for one's level.

    The first one applies from the case's beginning, whenever it was pinned. The clocks follow the same rule.
    """
    whole = covers is Covers.END_TO_END
    pins = [pin for pin in case.pins if pin.covers is covers and (whole or pin.organisation == organisation)]
    begun = [pin for pin in pins if pin.at <= at]
    if begun:
        return begun[-1]
    return pins[0] if pins else None


def _noted(
    noted: frozenset[NotedServiceLevel], at: datetime, data: ServiceLevelEvent
) -> frozenset[NotedServiceLevel]:
    clock = (data.clock, data.level, data.organisation, data.number)
    if isinstance(data, ServiceLevelMissWithdrawn):
        left = (each for each in noted if each != NotedServiceLevel(*clock, None))
        return frozenset(
            each._replace(before_withdrawal=True) if each[:4] == clock else each for each in left
        )
    if isinstance(data, ServiceLevelWarned):
        return noted | {NotedServiceLevel(*clock, data.percent, at, data.run_started_at)}
    return noted | {NotedServiceLevel(*clock, None)}
