"""One clock measured: its intervals, less its pauses, within opening hours, under terms that may change."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from casecore.clocks.intervals import Interval, cut, measured, reach, without
from casecore.clocks.life import ClockKey, End, Run
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.clocks.terms import Term
from casecore.contract.service_levels import ClockTerms


class _Judge:
    """Judges one clock from its start on, term after term, until it is missed or nothing more is known."""

    def __init__(self, run: Run, waits: Sequence[Interval], terms: Sequence[Term], at: int) -> None:
        self._run = run
        self._waits = waits
        self._terms = terms
        self._at = at
        self._from = run.intervals[0][0]

    def judge(self, key: ClockKey) -> ClockReading | None:
        """The reading of the clock; None if no policy has a target for it."""
        reading: ClockReading | None = None
        earlier: tuple[tuple[ClockReading, int], ...] = ()
        last = len(self._terms) - 1
        for place, term in enumerate(self._terms):
            if term.restarts and term.since > self._from and self._runs_at(term.since):
                self._from = term.since
            until = None if place == last else self._terms[place + 1].since
            if until is not None and until <= self._from:
                continue
            if term.since > self._from and self._stopped_before(term.since):
                break  # what was met or cancelled under other terms, or under none, stays so
            if reading is not None:
                earlier = (*earlier, (reading, term.since))
            reading = self._under(key, term, until)
            if reading is not None and reading.missed_at is not None:
                break
        return replace(reading, earlier=earlier) if reading is not None and earlier else reading

    def _runs_at(self, at: int) -> bool:
        return any(start <= at and (end is None or at < end) for start, end in self._run.intervals)

    def _stopped_before(self, at: int) -> bool:
        """Whether it stopped before an instant, and has not run since."""
        end = self._run.intervals[-1][1]
        return end is not None and end <= at

    def _under(self, key: ClockKey, term: Term, until: int | None) -> ClockReading | None:
        policy = term.policy
        target, hours = policy.target(key.clock, term.priority), policy.hours
        if target is None:
            return None
        terms = policy.clocks[key.clock]
        ran = self._ran()
        start, stopped = ran[0][0], ran[-1][1]
        pauses = self._pauses(stopped) if terms.pauses else []
        going_on = [*ran[:-1], (ran[-1][0], None)]
        active = without(going_on, pauses) if pauses else going_on
        paused_now = stopped is None and not _goes_on(active)
        due = start if target == 0 else reach(active, hours, target)
        missed_at = self._missed_at(due, term.since, until)
        status = self._status(missed_at, paused_now)
        measured_until = self._at if stopped is None else stopped
        elapsed = measured(active, hours, measured_until)
        return ClockReading(
            key=key,
            policy=policy.policy,
            terms=terms,
            priority=term.priority,
            target=target,
            status=status,
            started_at=start,
            stopped_at=stopped,
            due_at=None if status in (ClockStatus.PAUSED, ClockStatus.CANCELLED) else due,
            met_at=stopped if self._run.end is End.MET else None,
            missed_at=missed_at,
            elapsed=elapsed,
            paused=measured(ran, hours, measured_until) - elapsed if pauses else 0,
            times_paused=sum(1 for begins, ends in pauses if cut(ran, begins, ends)),
            running_since=active[-1][0] if stopped is None and not paused_now else None,
            at_risk=_is_at_risk(status, terms, elapsed, target),
            beyond_horizon=start < hours.begins_at or (due is None and _goes_on(active)),
            ran=ran,
            active=active,
            hours=hours,
            since=term.since,
        )

    def _ran(self) -> Sequence[Interval]:
        """When it ran, from its start on; a clock that stopped as it started has no length."""
        intervals = self._run.intervals
        return intervals if self._from == intervals[0][0] else cut(intervals, self._from, None)

    def _pauses(self, stopped: int | None) -> list[Interval]:
        """The waits as they were known when the clock stopped."""
        pauses = cut(self._waits, self._from, None)
        if stopped is None:
            return pauses
        return [
            (begins, None if ends is None or ends > stopped else ends)
            for begins, ends in pauses
            if begins < stopped
        ]

    def _missed_at(self, due: int | None, since: int, until: int | None) -> int | None:
        """The first instant past due at which it ran under these terms; None if there is none yet."""
        if due is None:
            return None
        last = self._at if until is None else min(until, self._at)
        for start, end in self._run.intervals:
            past_due = max(due, since, start)
            if past_due < (last if end is None else min(end, last)):
                return past_due
        return None

    def _status(self, missed_at: int | None, paused_now: bool) -> ClockStatus:
        if missed_at is not None:
            return ClockStatus.MISSED
        match self._run.end:
            case End.MET:
                return ClockStatus.MET
            case End.CANCELLED:
                return ClockStatus.CANCELLED
            case None:
                return ClockStatus.PAUSED if paused_now else ClockStatus.RUNNING


def _goes_on(intervals: Sequence[Interval]) -> bool:
    return bool(intervals) and intervals[-1][1] is None


def _is_at_risk(status: ClockStatus, terms: ClockTerms, elapsed: int, target: int) -> bool:
    """Whether it goes on, and has reached its first warning point."""
    if status not in (ClockStatus.RUNNING, ClockStatus.PAUSED) or not terms.warn_at_percent:
        return False
    return elapsed * 100 >= target * terms.warn_at_percent[0]


def read_clock(
    key: ClockKey, run: Run, waits: Sequence[Interval], terms: Sequence[Term], at: int
) -> ClockReading | None:
    """A clock at an instant; None if it has no terms. `waits` are the times in which the case waited.

    Each time between two changes of the terms is judged by its own terms: a miss under them stays one.
    """
    return _Judge(run, waits, terms, at).judge(key) if terms else None
