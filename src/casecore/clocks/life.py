"""A case's life up to an instant: where it was and when, when it waited, and when each clock ran."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from casecore.clocks import history as h
from casecore.clocks.recorded import PinnedAt, RecordedNotes, RecordedWait, RecordedWarning, WithdrawnMiss
from casecore.contract.cases import Level, Priority, State
from casecore.contract.enumeration import Enumeration
from casecore.contract.service_levels import Clock

_ENDED = frozenset({State.CLOSED, State.CANCELLED})


class ClockKey(NamedTuple):
    """Which clock of a case: of the whole case (no level), or of a level, there of one organisation.

    `number` counts from 1 those of one kind that follow each other: next replies and hand-overs.
    """

    clock: Clock
    level: Level | None = None
    organisation: str | None = None
    number: int = 1


class End(Enumeration):
    """Why a clock stopped."""

    MET = "met"
    CANCELLED = "cancelled"


@dataclass
class Run:
    """When a clock ran: intervals in order, the last one without an end (None) while it runs."""

    intervals: list[tuple[int, int | None]]
    end: End | None = None

    def stop(self, at: int, end: End) -> None:
        """Stop it, unless it is stopped already."""
        start, stopped = self.intervals[-1]
        if stopped is None:
            self.intervals[-1] = (start, at)
            self.end = end

    def resume(self, at: int) -> None:
        """Let it run again."""
        self.intervals.append((at, None))
        self.end = None


class Piece(NamedTuple):
    """A period in which a case did not move; `end` is None for the last one, while the case has not ended."""

    start: int
    end: int | None
    state: State
    level: Level | None
    organisation: str
    agent: str | None


@dataclass
class Life:
    """A case's life, until `at`. Instants are microseconds since 1970; None ends what has not ended.

    `placed` is its last move or assignment by then. `recorded_waits` says of each wait how it was recorded,
    and `opening_recorded_at` is None where nobody knows it.
    """

    at: int
    opened_at: int = 0
    opening_recorded_at: int | None = None
    ended_at: int | None = None
    resolved: bool = False
    placed: h.Placed | None = None
    pieces: list[Piece] = field(default_factory=list)
    waits: list[tuple[int, int | None]] = field(default_factory=list)
    recorded_waits: list[RecordedWait] = field(default_factory=list)
    runs: dict[ClockKey, Run] = field(default_factory=dict)
    priorities: list[tuple[int, Priority]] = field(default_factory=list)
    pins: list[PinnedAt] = field(default_factory=list)
    notes: dict[ClockKey, RecordedNotes] = field(default_factory=dict)


class _LifeBuilder:
    """Builds a life from marks in order; its own fields have what is open at the current mark."""

    def __init__(self, at: int) -> None:
        self.life = Life(at)
        self._now: h.Placed | None = None
        self._since = 0
        self._waiting: h.WaitBegan | None = None
        self._response = ClockKey(Clock.FIRST_RESPONSE)
        self._reply: Run | None = None
        self._replies = 0
        self._unanswered = False
        self._at_level: list[Run] = []
        self._hand_overs: dict[tuple[Level, str], int] = {}
        self._hand_over: Run | None = None
        self._noted: list[h.Noted] = []

    def add(self, mark: h.Mark) -> None:
        """Apply the next mark."""
        match mark:
            case h.Placed():
                self._place(mark)
            case h.CustomerWrote(at=at):
                self._end_wait(at)
                self._customer_wrote(at)
            case h.AgentWrote(at=at):
                self._answered(at)
            case h.WaitBegan():
                self._waiting = self._waiting or mark
            case h.WaitEnded(at=at):
                self._end_wait(at)
            case h.Prioritised(at=at, priority=priority):
                self.life.priorities.append((at, priority))
                self.life.opening_recorded_at = self.life.opening_recorded_at or mark.recorded_at
            case h.Pinned(at=at, version=version, policy=policy):
                self.life.pins.append(PinnedAt(at, version, policy))
            case h.Noted():
                self._noted.append(mark)

    def finish(self) -> Life:
        """The life, with what has not ended left open."""
        self.life.placed = self._now
        if self._now is not None and self._now.state not in _ENDED:
            self._piece(self._now, None)
        self._end_wait(None)
        # Later records replace earlier ones, whenever either occurred.
        for mark in sorted(self._noted, key=lambda mark: mark.version):
            self._note(mark)
        return self.life

    def _place(self, mark: h.Placed) -> None:
        before, self._now = self._now, mark
        if before is None:
            self._open(mark.at)
        elif before.state not in _ENDED:
            self._piece(before, mark.at)
        self._since = mark.at
        if before is not None and (mark.arrives or before.state is not mark.state):
            self._end_wait(mark.at)
            self._leave(mark)
        if mark.arrives:
            self._arrive(mark)
        elif mark.agent is not None and self._hand_over is not None:
            self._hand_over.stop(mark.at, End.MET)
            self._hand_over = None

    def _piece(self, placed: h.Placed, end: int | None) -> None:
        self.life.pieces.append(
            Piece(self._since, end, placed.state, placed.level, placed.organisation, placed.agent)
        )

    def _open(self, at: int) -> None:
        self.life.opened_at = at
        for key in (self._response, ClockKey(Clock.RESOLUTION)):
            self.life.runs[key] = Run([(at, None)])

    def _leave(self, mark: h.Placed) -> None:
        """The case left its place: for another level, for `opened`, or because it was resolved or ended."""
        end = End.CANCELLED if mark.state is State.CANCELLED else End.MET
        for run in self._at_level:
            run.stop(mark.at, end)
        self._at_level, self._hand_over = [], None
        if mark.state is State.RESOLVED:
            self.life.resolved = True
            self._answered(mark.at)
            self.life.runs[ClockKey(Clock.RESOLUTION)].stop(mark.at, end)
        elif mark.state in _ENDED:
            self.life.ended_at = mark.at
            if mark.state is State.CANCELLED:
                for run in self.life.runs.values():
                    run.stop(mark.at, End.CANCELLED)
        elif self.life.resolved:
            self._reopen(mark.at)

    def _reopen(self, at: int) -> None:
        self.life.resolved = False
        self.life.runs[ClockKey(Clock.RESOLUTION)].resume(at)
        if self._unanswered:
            self._customer_wrote(at)

    def _arrive(self, mark: h.Placed) -> None:
        level, organisation = mark.level, mark.organisation
        if level is None:
            return
        time = self.life.runs.setdefault(ClockKey(Clock.TIME_AT_LEVEL, level, organisation), Run([]))
        time.resume(mark.at)
        number = self._hand_overs.get((level, organisation), 0) + 1
        self._hand_overs[level, organisation] = number
        hand_over = Run([(mark.at, None)])
        self.life.runs[ClockKey(Clock.TIME_TO_ASSIGNMENT, level, organisation, number)] = hand_over
        self._at_level = [time, hand_over]
        if mark.agent is not None:
            hand_over.stop(mark.at, End.MET)
        else:
            self._hand_over = hand_over

    def _customer_wrote(self, at: int) -> None:
        """After the first response, the first unanswered message starts the clock of the next reply.

        On a resolved case the clock starts only with the reopening.
        """
        if self.life.runs[self._response].end is not End.MET or self.life.ended_at is not None:
            return
        if self.life.resolved:
            self._unanswered = True
        elif self._reply is None:
            self._replies += 1
            self._reply = Run([(at, None)])
            self.life.runs[ClockKey(Clock.NEXT_REPLY, number=self._replies)] = self._reply

    def _answered(self, at: int) -> None:
        self._unanswered = False
        self.life.runs[self._response].stop(at, End.MET)
        if self._reply is not None:
            self._reply.stop(at, End.MET)
            self._reply = None

    def _end_wait(self, at: int | None) -> None:
        """The case waits no longer; or it goes on waiting, if `at` is None."""
        if self._waiting is not None:
            began = self._waiting
            self.life.waits.append((began.at, at))
            self.life.recorded_waits.append(RecordedWait(began.version, began.recorded_at))
            self._waiting = None

    def _note(self, mark: h.Noted) -> None:
        organisation = mark.organisation if mark.level is not None else None
        key = ClockKey(mark.clock, mark.level, organisation, mark.number)
        recorded = self.life.notes.setdefault(key, RecordedNotes())
        if mark.percent == h.WITHDRAWN_PERCENT:
            if recorded.missed_at is not None:
                recorded.withdrawn.append(WithdrawnMiss(recorded.missed_at, mark.at))
            recorded.missed_at = None
            recorded.warnings = [each._replace(before_withdrawal=True) for each in recorded.warnings]
        elif mark.percent == h.MISSED_PERCENT:
            recorded.missed_at = mark.at
        else:
            recorded.warnings.append(RecordedWarning(mark.percent, mark.at, mark.run_started_at))


def life_of(marks: Iterable[h.Mark], at: int) -> Life | None:
    """A case's life until an instant, from its marks in order; None if it was not opened by then."""
    builder = _LifeBuilder(at)
    opened = False
    for mark in marks:
        if mark.at > at:
            break
        opened = opened or isinstance(mark, h.Placed)
        # Marks before the opening do not count; an import or a hand-written file may have some.
        if opened or isinstance(mark, h.Prioritised | h.Pinned):
            builder.add(mark)
    return builder.finish() if opened else None
