"""The rows of a case: what its evaluation as of its last event says, and what a later instant needs of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.history import MISSED_PERCENT
from casecore.clocks.instants import instant, seconds
from casecore.clocks.life import ClockKey
from casecore.clocks.notes import Note, NoteKind, notes_of
from casecore.clocks.reading import ClockReading
from casecore.contract.cases import CaseEvent, Category, Level, Priority, State
from casecore.contract.service_levels import Covers
from projections.kit.projection import Row
from projections.sla.calendars import calendar_key
from projections.sla.tables import CaseRow, ClockRow, HolderRow

# The rows of a case name few instants, most of them again in its next batch.
_at = lru_cache(10_000)(instant)


class Subject(msgspec.Struct, frozen=True, array_like=True):
    """What a case is about, and how it stands, by its last event."""

    reference: str
    customer: str
    seller: str
    vendor: str
    partner: str | None
    category: Category
    topic: str
    priority: Priority
    state: State
    organisation: str
    agent: str | None

    @classmethod
    def of(cls, event: CaseEvent) -> Subject:
        """What an event says of its case."""
        standing = event.standing
        return cls(
            event.reference,
            event.customer,
            event.seller,
            event.vendor,
            event.partner,
            standing.category,
            standing.topic,
            standing.priority,
            standing.state,
            standing.organisation,
            standing.agent,
        )


def rows_of(stream_id: UUID, version: int, subject: Subject, case: Evaluation) -> Iterator[Row]:
    """The case's row, one for each clock, and one for each who has held it, all as of `case.at`."""
    notes = tuple(notes_of(case))
    warnings: dict[ClockKey, Note] = {}
    for note in notes:
        if note.what is NoteKind.WARNED:
            warnings.setdefault(note.key, note)  # they come in order
    # What is missed is to be recorded from just after it fell due.
    next_note_at = min((note.at + (note.what is NoteKind.MISSED) for note in notes), default=None)
    yield _case_row(stream_id, version, subject, case, next_note_at)
    for reading in case.clocks:
        miss_recorded = MISSED_PERCENT in case.life.notes.get(reading.key, ())
        yield _clock_row(stream_id, reading, warnings.get(reading.key), miss_recorded, case.at)
    for (holder, organisation, agent), held in case.custody_times.items():
        yield HolderRow(stream_id, holder.value, organisation, agent or "", seconds(held))


def _case_row(
    stream_id: UUID, version: int, subject: Subject, case: Evaluation, next_note_at: int | None
) -> CaseRow:
    now = case.custody_periods[-1] if case.custody_periods and case.custody_periods[-1].end is None else None
    # During what hours it is held only its policy says; a resolved case is held day and night.
    held = case.policies.for_piece(case.life.pieces[-1]) if now is not None and now.hours is not None else ()
    pledge = held[-1][1] if held else None
    promises = case.policies.pinned_for(None, None)
    whole = promises[-1][1].policy if promises else None
    ended_at = case.life.ended_at
    return CaseRow(
        stream_id,
        subject.reference,
        version,
        subject.customer,
        subject.seller,
        subject.vendor,
        subject.partner,
        subject.category.value,
        subject.topic,
        subject.priority.value,
        subject.state.value,
        _at(case.life.opened_at),
        None if ended_at is None else _at(ended_at),
        _at(case.at),
        now.custody.custodian.value if now else None,
        now.custody.organisation if now else subject.organisation,
        now.custody.agent if now else subject.agent,
        calendar_key(pledge.policy.calendar, pledge.hours) if pledge else None,
        seconds(pledge.hours.until(case.at)) if pledge else None,
        whole.id if whole else None,
        whole.version if whole else None,
        _without_policy(case),
        _instant(next_note_at),
    )


def _without_policy(case: Evaluation) -> str:
    """What no policy covers, as PostgreSQL writes an array of words."""
    been = {(piece.level, piece.organisation) for piece in case.life.pieces if piece.level is not None}
    lacking = {level for level, organisation in been if not case.policies.pinned_for(level, organisation)}
    found = [] if case.policies.pinned_for(None, None) else [Covers.END_TO_END.value]
    found += [level.value for level in Level if level in lacking]
    return "{" + ",".join(found) + "}"


def _clock_row(
    stream_id: UUID, clock: ClockReading, warning: Note | None, miss_recorded: bool, as_of: int
) -> ClockRow:
    key, policy, hours = clock.key, clock.policy, clock.hours
    warns = clock.terms.warn_at_percent
    return ClockRow(
        stream_id,
        key.clock.value,
        key.level.value if key.level else "",
        key.organisation or "",
        key.number,
        policy.id,
        policy.version,
        policy.organisation,
        clock.priority.value,
        seconds(clock.target),
        clock.status.value,
        _at(clock.started_at),
        _instant(clock.stopped_at),
        _instant(clock.due_at),
        _instant(clock.falls_due_at),
        _instant(clock.met_at),
        _instant(clock.missed_at),
        seconds(clock.elapsed),
        seconds(clock.paused),
        clock.times_paused,
        _instant(clock.running_since),
        warns[0] if warns else None,
        warning.percent if warning else None,
        _at(warning.at) if warning else None,
        miss_recorded,
        clock.beyond_horizon,
        clock.uncovered,
        calendar_key(policy.calendar, hours),
        seconds(hours.until(as_of)) if clock.stopped_at is None else None,
    )


def _instant(at: int | None) -> datetime | None:
    return None if at is None else _at(at)
