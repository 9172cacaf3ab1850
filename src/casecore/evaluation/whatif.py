"""The whole history under other policies: what would be met and missed, and which cases would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec

from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.instants import SECOND
from casecore.clocks.life import ClockKey
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.contract.cases import Level
from casecore.contract.service_levels import Calendar, Clock, Policy
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents, is_for, under
from casecore.evaluation.histories import StreamRange, cases_of
from casecore.evaluation.over_histories import over_histories
from casecore.service_levels.durations import hours_and_minutes
from casecore.visibility.rules import Viewer

ClockName: TypeAlias = tuple[str, str | None]
"""A clock and its level, None for one of the whole case."""

BEYOND_CALENDAR = "beyond_calendar"
"""The status of a clock that was not missed as far as its calendar reaches, which is not far enough."""

_STATUSES = (*(status.value for status in ClockStatus), BEYOND_CALENDAR)
_CLOCKS = [clock.value for clock in Clock]
_LEVELS = [None, *(level.value for level in Level)]


_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "clock_gone": "the policy has no such clock",
        "clock_new": "no policy had this clock; {now} has",
        "no_match": "the policy would not match this case",
        "target": "target {now}, was {was}",
        "calendar": "calendar {now}, was {was}",
        "calendar_days": "other days in calendar {now}",
        "pauses": "pauses while waiting",
        "no_pauses": "does not pause while waiting",
        "on_change": "a change makes it {now}",
        "in_between": "another policy in between",
    }
)


class ChangeReason(NamedTuple):
    """What makes a difference: one of a few words, and its values as they were and as they would be."""

    what: str
    now: str = ""
    was: str = ""

    @property
    def text(self) -> str:
        """It in English."""
        return _REASONS[self.what].format(now=self.now, was=self.was)


class ClockChange(NamedTuple):
    """One clock of a case that would have another status; None if there is no such clock."""

    case: str
    clock: str
    level: str | None
    number: int
    before: str | None
    after: str | None
    reasons: tuple[ChangeReason, ...]

    @property
    def reason(self) -> str:
        """The reasons in English."""
        return "; ".join(one.text for one in self.reasons)


@dataclass
class Result:
    """The result: statuses by clock, how many cases differ, and the first of the changes.

    `left_out` are the cases to which a newer program wrote: nothing is said of these.
    """

    cases: int = 0
    events: int = 0
    cases_changed: int = 0
    uncovered: int = 0
    before: dict[ClockName, Counter[str]] = field(default_factory=dict)
    after: dict[ClockName, Counter[str]] = field(default_factory=dict)
    changes: list[ClockChange] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, other: Result, limit: int) -> None:
        """Add the result of other streams; of the changes, the first ones by case are kept."""
        self.cases += other.cases
        self.events += other.events
        self.cases_changed += other.cases_changed
        self.uncovered += other.uncovered
        self.left_out = sorted([*self.left_out, *other.left_out])
        for mine, theirs in ((self.before, other.before), (self.after, other.after)):
            for clock, counts in theirs.items():
                mine.setdefault(clock, Counter()).update(counts)
        self.changes = _first([*self.changes, *other.changes], limit)

    def clocks(self) -> list[tuple[ClockName, dict[str, int], dict[str, int]]]:
        """Each clock with its statuses before and after, in an order that does not depend on the data."""
        names = sorted({*self.before, *self.after}, key=lambda n: (_CLOCKS.index(n[0]), _LEVELS.index(n[1])))
        return [(name, _ordered(self.before.get(name)), _ordered(self.after.get(name))) for name in names]


def _ordered(counts: Counter[str] | None) -> dict[str, int]:
    return {status: counts[status] for status in _STATUSES if counts and status in counts}


def what_if(
    database: str,
    policies: Sequence[Policy],
    at: int,
    up_to: int,
    limit: int,
    processes: int,
    on_progress: Callable[[float], None] = lambda _: None,
    viewer: Viewer | None = None,
    niceness: int = 0,
) -> Result:
    """Every case that a viewer sees at an instant, as it is and under the policies; nothing is changed.

    `at` is in microseconds since 1970, `up_to` a position of the log. `limit` bounds the changes that are
    kept, `processes` the processes that work, which give way to others by `niceness`. `on_progress` gets the
    share that is done, from 0 to 1. Raises DatabaseUnavailable, and what `on_progress` raises.
    """
    given = [msgspec.json.encode(policy) for policy in policies]
    result = Result()
    work = partial(judge_range, database, given=given, at=at, limit=limit, viewer=viewer)
    for judged in over_histories(work, up_to, processes, on_progress, niceness):
        result.add(judged, limit)
    return result


def judge_range(
    database: str,
    streams: StreamRange,
    given: Sequence[bytes],
    at: int,
    limit: int,
    viewer: Viewer | None = None,
) -> Result:
    """The result for the cases of some streams that a viewer sees; `given` are the policies as JSON."""
    policies = [msgspec.json.decode(policy, type=Policy) for policy in given]
    left_out = LeftOut()
    result = judge_cases(cases_of(database, streams, left_out, viewer), policies, at, limit)
    result.left_out.extend(left_out.names())
    return result


def judge_cases(cases: Iterable[CaseEvents], policies: Sequence[Policy], at: int, limit: int) -> Result:
    """The result for some cases; of the changes the first by case are kept, `limit` at most."""
    result = Result()
    for case in cases:
        changes = judge_case(case, policies, at, result)
        result.cases_changed += bool(changes)
        result.changes += changes
        if len(result.changes) > 2 * limit:
            result.changes = _first(result.changes, limit)
    result.changes = _first(result.changes, limit)
    return result


def _first(changes: list[ClockChange], limit: int) -> list[ClockChange]:
    """The first changes by case, so that the same ones are kept whichever process is first."""
    return sorted(changes, key=lambda change: (change.case, change.clock, change.level or "", change.number))[
        :limit
    ]


def judge_case(case: CaseEvents, policies: Sequence[Policy], at: int, result: Result) -> list[ClockChange]:
    """Count a case as it is and as it would be; returns the clocks that would have another status.

    One that was not open yet does not count.
    """
    before = evaluate(case.history(), at)
    other = under(case, policies)
    after = before if other is case else evaluate(other.history(), at)
    if before is None or after is None:
        return []
    result.cases += 1
    result.events += len(case.events)
    _count(before, result.before)
    _count(after, result.after)
    result.uncovered += any(reading.beyond_horizon for reading in after.clocks)
    return [] if after is before else _changes(case, before, after)


def _count(evaluation: Evaluation, counts: dict[ClockName, Counter[str]]) -> None:
    for reading in evaluation.clocks:
        key = reading.key
        clock = (key.clock.value, key.level.value if key.level else None)
        counts.setdefault(clock, Counter())[_status_of(reading)] += 1


def _changes(case: CaseEvents, before: Evaluation, after: Evaluation) -> list[ClockChange]:
    old = {reading.key: reading for reading in before.clocks}
    new = {reading.key: reading for reading in after.clocks}
    return [
        _change(case, key, old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if _status(old.get(key)) != _status(new.get(key))
    ]


def _status(reading: ClockReading | None) -> str | None:
    return _status_of(reading) if reading else None


def _status_of(reading: ClockReading) -> str:
    if reading.uncovered:
        return BEYOND_CALENDAR
    return reading.status.value


def _change(
    case: CaseEvents, key: ClockKey, before: ClockReading | None, after: ClockReading | None
) -> ClockChange:
    return ClockChange(
        case.reference,
        key.clock.value,
        key.level.value if key.level else None,
        key.number,
        _status(before),
        _status(after),
        tuple(_reasons(case, before, after)),
    )


def _reasons(case: CaseEvents, before: ClockReading | None, after: ClockReading | None) -> list[ChangeReason]:
    """What makes the difference."""
    if after is None:
        return [ChangeReason("clock_gone")]
    if before is None:
        return [ChangeReason("clock_new", after.policy.id)]
    reasons = []
    if before.policy != after.policy and not is_for(case, after.policy):
        reasons.append(ChangeReason("no_match"))
    if before.target != after.target:
        reasons.append(ChangeReason("target", _hours(after.target), _hours(before.target)))
    if before.policy.calendar != after.policy.calendar:
        reasons.append(_calendar_reason(before.policy.calendar, after.policy.calendar))
    if before.terms.pauses != after.terms.pauses:
        reasons.append(ChangeReason("pauses" if after.terms.pauses else "no_pauses"))
    if before.policy.on_change is not after.policy.on_change:
        reasons.append(ChangeReason("on_change", after.policy.on_change.value))
    return reasons or [ChangeReason("in_between")]


def _hours(duration: int) -> str:
    return hours_and_minutes(duration // SECOND)


def _calendar_reason(before: Calendar, after: Calendar) -> ChangeReason:
    was, now = f"{before.id} {before.version}", f"{after.id} {after.version}"
    return ChangeReason("calendar_days", now) if was == now else ChangeReason("calendar", now, was)
