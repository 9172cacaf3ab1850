"""By what a clock was measured, and what changed that: priority, policy, restart, and misses withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.reading import ClockReading
from casecore.clocks.terms import measure_at
from casecore.contract.cases import Priority
from casecore.contract.enumeration import Enumeration
from casecore.contract.service_levels import Policy


class TermsEvent(Enumeration):
    """What happened to the terms of a clock; at the same instant in this order."""

    STARTED = "started"
    PRIORITY_CHANGED = "priority_changed"
    POLICY_PINNED = "policy_pinned"
    RESTARTED = "restarted"
    MISS_WITHDRAWN = "miss_withdrawn"


class TermsChange(NamedTuple):
    """When what happened, and the terms that held from then on; of a withdrawn miss those of the miss.

    Instants are in microseconds since 1970, the target in microseconds of opening hours. `missed_at` is when
    the withdrawn miss had been.
    """

    at: int
    what: TermsEvent
    policy: Policy
    priority: Priority
    target: int
    missed_at: int | None = None


def terms_changes(case: Evaluation, reading: ClockReading) -> list[TermsChange]:
    """By what a clock of a case was measured, from its start on, in the order in which that changed.

    What came after the clock had stopped or was missed did not change it.
    """
    found = [*_of_terms(reading), *_of_misses(case, reading)]
    order = list(TermsEvent)
    return sorted(found, key=lambda change: (change.at, order.index(change.what)))


def _of_terms(reading: ClockReading) -> Iterator[TermsChange]:
    readings = [*(earlier for earlier, _ in reading.earlier), reading]
    yield _change(readings[0].started_at, TermsEvent.STARTED, readings[0])
    for before, after in pairwise(readings):
        if before.priority is not after.priority:
            yield _change(after.since, TermsEvent.PRIORITY_CHANGED, after)
        if before.policy != after.policy:
            yield _change(after.since, TermsEvent.POLICY_PINNED, after)
        if before.started_at != after.started_at:
            yield _change(after.started_at, TermsEvent.RESTARTED, after)


def _change(at: int, what: TermsEvent, reading: ClockReading) -> TermsChange:
    return TermsChange(at, what, reading.policy, reading.priority, reading.target)


def _of_misses(case: Evaluation, reading: ClockReading) -> Iterator[TermsChange]:
    key = reading.key
    notes = case.life.notes.get(key)
    for missed_at, withdrawn_at in notes.withdrawn if notes else ():
        terms = case.policies.terms(key.level, key.organisation)
        if (measure := measure_at(terms, key.clock, missed_at)) is not None:
            yield TermsChange(
                withdrawn_at,
                TermsEvent.MISS_WITHDRAWN,
                measure.policy,
                measure.priority,
                measure.target,
                missed_at,
            )
