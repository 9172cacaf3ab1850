"""What changed afterwards how a clock counts in a report, or in which month: a function of the case's events.

A closed month changes by what is learned or done later. Each such change is counted in the month that it
changed, under the terms that held then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.instants import SECOND
from casecore.clocks.intervals import Interval, cut
from casecore.clocks.life import ClockKey
from casecore.clocks.measure import read_clock
from casecore.clocks.reading import ClockReading
from casecore.clocks.recorded import RecordedWait
from casecore.clocks.terms import Term, measure_at
from casecore.contract.cases import Priority
from casecore.contract.enumeration import Enumeration
from casecore.contract.service_levels import Policy

LATE_AFTER = 60 * SECOND
"""What is recorded later than so long after it happened is recorded late: more than a network's delay."""


_Found: TypeAlias = tuple["RevisionKind", int, int]
"""What changed, at which instant, and the instant whose terms it is under."""


class RevisionKind(Enumeration):
    """What changed: a recorded miss was none; a clock ran again, or from zero; a pause became known late."""

    MISS_WITHDRAWN = "miss_withdrawn"
    RESTARTED = "restarted"
    PAUSE_RECORDED_LATE = "pause_recorded_late"


class Revision(NamedTuple):
    """Something that changed how a clock counts; `at` is in the month that it changed, in microseconds.

    `at` is when the withdrawn miss was; when the clock had been met that ran again, or started from zero; or
    when it would have been missed without the pause. `policy`, `priority` and `target` are those of then.
    """

    what: RevisionKind
    key: ClockKey
    at: int
    policy: Policy
    priority: Priority
    target: int


def revisions_of(case: Evaluation) -> Iterator[Revision]:
    """All that changed how a case's clocks count; for each clock in the order of the instants."""
    life, notes = case.life, case.life.notes
    late = [
        place for place, recorded in enumerate(life.recorded_waits) if _is_late(recorded, life.waits[place])
    ]
    readings = {reading.key: reading for reading in case.clocks}
    for key in (*readings, *(key for key in notes if key not in readings)):
        reading = readings.get(key)
        found = list(_withdrawn(case, key)) if key in notes else []
        # Most clocks run once under the same terms: no more is looked at for these.
        if reading is not None and (late or reading.earlier or len(life.runs[key].intervals) > 1):
            found += [*_restarted(case, reading), *_paused_late(case, reading, late)]
        if found:
            terms = case.policies.terms(key.level, key.organisation)
            for what, at, under in sorted(found, key=_in_order):
                if (measure := measure_at(terms, key.clock, under)) is not None:
                    yield Revision(what, key, at, measure.policy, measure.priority, measure.target)


def _withdrawn(case: Evaluation, key: ClockKey) -> Iterator[_Found]:
    notes = case.life.notes.get(key)
    for missed_at, _ in notes.withdrawn if notes else ():
        yield RevisionKind.MISS_WITHDRAWN, missed_at, missed_at


def _restarted(case: Evaluation, reading: ClockReading) -> Iterator[_Found]:
    """When it started from zero after a change of the terms, and when it had been met before it ran again."""
    runs = [earlier.started_at for earlier, _ in reading.earlier]
    for before, started_at in pairwise((*runs, reading.started_at)):
        if before != started_at:
            yield RevisionKind.RESTARTED, started_at, started_at
    for (_, met_at), (again_at, _) in pairwise(case.life.runs[reading.key].intervals):
        stays_missed = reading.missed_at is not None and met_at is not None and reading.missed_at < met_at
        if met_at is not None and met_at < again_at and not stays_missed:
            # A clock that stops at the instant of a change is measured by the terms before it.
            yield RevisionKind.RESTARTED, met_at, met_at - 1


def _paused_late(case: Evaluation, reading: ClockReading, late: Sequence[int]) -> Iterator[_Found]:
    """When it would have been missed without a pause, if that had passed when the pause was recorded.

    `late` are the places of the waits that were recorded late. It counts if the case was known at that
    instant, and if the clock had a policy when the pause was recorded: an import's pauses do not.
    """
    life, key = case.life, reading.key
    measured_since = case.policies.pinned_since(key.level, key.organisation)
    known_since, intervals = life.opening_recorded_at, life.runs[key].intervals
    stopped_at = intervals[-1][1]
    if (
        measured_since is None
        or known_since is None
        or (stopped_at is not None and stopped_at <= known_since)
    ):
        return
    terms = case.policies.terms(key.level, key.organisation)
    for place in late:
        version, recorded_at = life.recorded_waits[place]
        assert recorded_at is not None, "what is late has an instant"
        if version < measured_since or not cut(intervals, *life.waits[place]):
            continue
        by = max(case.at, recorded_at)
        missed_at = _missed_at(case, key, terms, life.waits, by)
        others = [*life.waits[:place], *life.waits[place + 1 :]]
        without_it = _missed_at(case, key, terms, others, by)
        if without_it is None or not known_since < without_it < recorded_at:
            continue
        if missed_at is None or without_it < missed_at:
            yield RevisionKind.PAUSE_RECORDED_LATE, without_it, without_it


def _is_late(recorded: RecordedWait, wait: Interval) -> bool:
    return recorded.recorded_at is not None and recorded.recorded_at - wait[0] > LATE_AFTER


def _missed_at(
    case: Evaluation, key: ClockKey, terms: Sequence[Term], waits: Sequence[Interval], by: int
) -> int | None:
    reading = read_clock(key, case.life.runs[key], waits, terms, by)
    return None if reading is None else reading.missed_at


def _in_order(found: _Found) -> tuple[int, str]:
    return found[1], found[0].value
