"""What matters to the clocks in a case's events: marks on its time line, in the order of happening."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import attrgetter
from typing import TypeAlias

import msgspec

from casecore.clocks.instants import micros
from casecore.contract import cases as e
from casecore.contract import service_levels as s
from casecore.contract.envelope import EventData


class _Mark(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """When something happened, in microseconds since 1970, and the event's version."""

    at: int
    version: int

    @property
    def order(self) -> tuple[int, int]:
        """The order in which things happened: by time, and at the same time by version."""
        return (self.at, self.version)


class Placed(_Mark, frozen=True, array_like=True, tag="p"):
    """The case's place and assignment from then on; `arrives` if it came to a level."""

    state: e.State
    level: e.Level | None
    organisation: str
    agent: str | None
    arrives: bool


class WaitBegan(_Mark, frozen=True, array_like=True, tag="w"):
    """It began to wait for the customer; `recorded_at` is None where nobody knows when that was recorded."""

    recorded_at: int | None = None


class WaitEnded(_Mark, frozen=True, array_like=True, tag="r"):
    """It was resumed."""


class CustomerWrote(_Mark, frozen=True, array_like=True, tag="c"):
    """The customer wrote."""


class AgentWrote(_Mark, frozen=True, array_like=True, tag="a"):
    """An agent wrote publicly."""


class Prioritised(_Mark, frozen=True, array_like=True, tag="u"):
    """It got this priority; also the first of a case's marks, which says when the opening was recorded.

    `recorded_at` is None for all others, and where nobody knows it.
    """

    priority: e.Priority
    recorded_at: int | None = None


class Pinned(_Mark, frozen=True, array_like=True, tag="t"):
    """A policy was pinned, here as its JSON, which is parsed only when it is used."""

    policy: msgspec.Raw


class Noted(_Mark, frozen=True, array_like=True, tag="n"):
    """A service level was recorded as near its target (`percent`), missed (100), or not missed (0).

    `run_started_at` says to which run of the clock a warning belongs; None if it was recorded without.
    """

    clock: s.Clock
    level: e.Level | None
    organisation: str
    number: int
    percent: int
    run_started_at: int | None = None


Mark: TypeAlias = Placed | WaitBegan | WaitEnded | CustomerWrote | AgentWrote | Prioritised | Pinned | Noted

MISSED_PERCENT = 100
WITHDRAWN_PERCENT = 0

_in_order = attrgetter("order")
MOVES = (*e.ARRIVALS, e.CaseReclassified, e.CaseAssigned, e.CaseResolved, e.CaseClosed, e.CaseCancelled)
"""The events by which a case comes to another place, or to another agent."""


class History(msgspec.Struct, frozen=True):
    """A case's marks, in the order of what happened."""

    marks: tuple[Mark, ...] = ()

    def with_event(
        self, occurred_at: int, version: int, data: EventData, recorded_at: int | None = None
    ) -> History:
        """The history with the marks of an event in their place; the same object if there are none."""
        added = marks_of(occurred_at, version, data, recorded_at)
        if not added:
            return self
        marks = self.marks
        if not marks or marks[-1].order <= added[0].order:
            return History(marks + added)
        place = bisect_right(marks, added[0].order, key=_in_order)
        return History(marks[:place] + added + marks[place:])


def marks_of(at: int, version: int, data: EventData, recorded_at: int | None = None) -> tuple[Mark, ...]:
    """What an event means to the clocks.

    Of an event that may be recorded late only its own content counts: the standing in it is the case's when
    it was recorded, and not when it happened.
    """
    match data:
        case e.MessagePosted(sender=sender, audience=audience):
            if sender is e.Sender.CUSTOMER:
                return (CustomerWrote(at, version),)
            return (AgentWrote(at, version),) if audience is e.Audience.PUBLIC else ()
        case e.CaseOpened():
            opened = Prioritised(at, version, data.standing.priority, recorded_at)
            return opened, _placed(at, version, data)
        case e.WaitingStarted():
            return (WaitBegan(at, version, recorded_at),)
        case e.WaitingEnded():
            return (WaitEnded(at, version),)
        case e.PriorityChanged():
            return (Prioritised(at, version, data.standing.priority),)
        case s.PolicyPinned(policy=policy):
            return (Pinned(at, version, msgspec.Raw(msgspec.json.encode(policy))),)
        case s.ServiceLevelEvent():
            return (_noted(at, version, data),)
        case e.CaseEvent() if isinstance(data, MOVES):
            return (_placed(at, version, data),)
        case _:
            return ()


def _placed(at: int, version: int, data: e.CaseEvent) -> Placed:
    standing = data.standing
    arrives = isinstance(data, e.ARRIVALS)
    return Placed(at, version, standing.state, standing.level, standing.organisation, standing.agent, arrives)


def _noted(at: int, version: int, data: s.ServiceLevelEvent) -> Noted:
    percent, run_started_at = MISSED_PERCENT, None
    if isinstance(data, s.ServiceLevelWarned):
        percent = data.percent
        run_started_at = None if data.run_started_at is None else micros(data.run_started_at)
    elif isinstance(data, s.ServiceLevelMissWithdrawn):
        percent = WITHDRAWN_PERCENT
    return Noted(at, version, data.clock, data.level, data.organisation, data.number, percent, run_started_at)


def history_of(events: Iterable[tuple[int, int, EventData]]) -> History:
    """The history of a case from its events (microseconds, version, data), in any order."""
    history = History()
    for at, version, data in events:
        history = history.with_event(at, version, data)
    return history
