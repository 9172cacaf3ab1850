"""What the clocks say of a case becomes facts on its stream: warnings, misses, and misses withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import msgspec

from casecore.cases.commands import CaseCommand, NoteServiceLevel, ServiceLevelNote
from casecore.cases.refusals import CaseMovedOn
from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import SECOND, instant, maybe_instant, micros
from casecore.clocks.life import ClockKey
from casecore.clocks.notes import Note, NoteKind, notes_of
from casecore.commands.batch import Answer, answer_of
from casecore.commands.finding_ids import Finding, finding_id
from casecore.commands.interface import Submitter
from casecore.commands.window import Window
from casecore.contract.service_levels import ServiceLevelEvent, ServiceLevelMissed
from casecore.contract.wire import StoredEvent
from casecore.decider.own_runs import SERVICE_LEVEL_WATCH
from casecore.decider.refusal import NewerThanProgram, OccurredInTheFuture, Refusal
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents
from casecore.evaluation.histories import case_of


class Log(Protocol):
    """What the watch needs of the log."""

    def stream(self, stream_id: UUID) -> list[StoredEvent]:
        """A stream's events, in order."""
        ...


def watch_cases(
    stream_ids: Iterable[UUID],
    at: datetime,
    log: Log,
    bus: Submitter,
    left_out: LeftOut | None = None,
    before: Callable[[list[CaseCommand]], None] = lambda _: None,
) -> int:
    """Store what is to be recorded of these cases at an instant, and is not yet; returns how many facts.

    `before` gets all commands before the first of them is given. It may be repeated at will, and run by
    several processes at once: each fact is stored once. A case that changes meanwhile is left to the next
    call, and so is what lies in the future by the store's clock. A case of a newer program is named in
    `left_out`. Raises DatabaseUnavailable, and any other Refusal, since there should be none.
    """
    facts = 0
    unread = left_out or LeftOut()

    def count(_: UUID, reply: Answer | Refusal) -> None:
        nonlocal facts
        if isinstance(reply, NewerThanProgram):
            unread.leave_out(reply)
        elif not isinstance(reply, (CaseMovedOn, OccurredInTheFuture)):
            stored = answer_of(reply)
            facts += 0 if stored.repeated else stored.events

    commands = {stream_id: commands_of_stream(stream_id, at, log, unread) for stream_id in stream_ids}
    before([command for each in commands.values() for command in each])
    window = Window(bus.submit, count)
    for stream_id, each in commands.items():
        for command in each:
            window.submit(command, stream_id)
    window.finish()
    return facts


def commands_of_stream(stream_id: UUID, at: datetime, log: Log, left_out: LeftOut) -> list[CaseCommand]:
    """The same of a case in the log; none of one that only a newer program can read, which is left out."""
    return commands_for(left_out.read_or_leave_out(partial(case_of, log.stream(stream_id))), at)


def commands_for(case: CaseEvents | None, at: datetime) -> list[CaseCommand]:
    """The commands that record what is due of a case at an instant.

    Withdrawals come first, then the rest in the order in which it occurred.
    """
    evaluation = None if case is None else evaluate(case.history(), micros(at))
    if case is None or evaluation is None:
        return []
    facts = sum(1 for happened in case.events if not isinstance(happened.data, ServiceLevelEvent))
    # At the very instant at which it falls due it is not missed yet.
    due = [note for note in notes_of(evaluation) if note.at + (note.what is NoteKind.MISSED) <= evaluation.at]
    due.sort(key=lambda note: (note.what is not NoteKind.WITHDRAWN, note.at))
    return [_command(case, note, facts) for note in due]


def _command(case: CaseEvents, due: Note, facts: int) -> CaseCommand:
    """The command that records a note. A withdrawal occurs now, by the store's clock."""
    note = _withdrawal(case, due.key) if due.reading is None or due.what is NoteKind.WITHDRAWN else _note(due)
    occurred_at = None if due.what is NoteKind.WITHDRAWN else instant(due.at)
    said = msgspec.to_builtins(note)
    del said["run_started_at"]  # follows from the rest, and earlier versions had it not
    name = f"{case.reference}/{facts}/{occurred_at}/{msgspec.json.encode(said).decode()}"
    return CaseCommand(
        command_id=finding_id(Finding.SERVICE_LEVEL_NOTE, name),
        actor=SERVICE_LEVEL_WATCH,
        occurred_at=occurred_at,
        case=case.reference,
        do=NoteServiceLevel(after_facts=facts, note=note),
    )


def _note(due: Note) -> ServiceLevelNote:
    reading = due.reading
    assert reading is not None
    return ServiceLevelNote(
        what="missed" if due.what is NoteKind.MISSED else "warned",
        clock=reading.key.clock,
        level=reading.key.level,
        number=reading.key.number,
        policy_id=reading.policy.id,
        policy_version=reading.policy.version,
        organisation=reading.policy.organisation,
        target_seconds=reading.target // SECOND,
        due_at=maybe_instant(due.due_at),
        percent=due.warning.percent if due.warning else None,
        run_started_at=instant(due.warning.run_started_at) if due.warning else None,
    )


def _withdrawal(case: CaseEvents, key: ClockKey) -> ServiceLevelNote:
    """The miss that was recorded last, taken back in the same words."""
    missed = next(
        happened.data
        for happened in sorted(case.events, key=lambda happened: happened.version, reverse=True)
        if isinstance(happened.data, ServiceLevelMissed) and _key_of(happened.data) == key
    )
    return ServiceLevelNote(
        what="withdrawn",
        clock=missed.clock,
        level=missed.level,
        number=missed.number,
        policy_id=missed.policy_id,
        policy_version=missed.policy_version,
        organisation=missed.organisation,
        target_seconds=missed.target_seconds,
        due_at=missed.due_at,
    )


def _key_of(data: ServiceLevelEvent) -> ClockKey:
    return ClockKey(
        data.clock, data.level, data.organisation if data.level is not None else None, data.number
    )
