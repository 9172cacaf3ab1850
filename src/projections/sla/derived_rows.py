"""The rows of a case: what its evaluation as of its last event says, and what a later instant needs of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from casecore.clocks.custody import agent_when_stopped
from casecore.clocks.evaluation import Evaluation
from casecore.clocks.instants import instant, seconds
from casecore.clocks.life import ClockKey
from casecore.clocks.notes import NoteKind, notes_of
from casecore.clocks.reading import ClockReading, WarningPoint
from casecore.clocks.revisions import revisions_of
from casecore.contract.cases import CaseEvent, Category, Priority, State
from projections.kit.stored_table import Row, maker
from projections.sla.calendars import calendar_key
from projections.sla.tables import CaseRow, ClockRow, HolderRow, RevisionRow

# The rows of a case name few instants, most of them again in its next batch.
_at = lru_cache(10_000)(instant)
_holder_row = maker(HolderRow)

# Below, `_value_` is read, since `value` of an enumeration is a property, which takes eight times as long.


class Subject(msgspec.Struct, frozen=True, array_like=True):
    """What a case is about, and its state, by its last event."""

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
            reference=event.reference,
            customer=event.customer,
            seller=event.seller,
            vendor=event.vendor,
            partner=event.partner,
            category=standing.category,
            topic=standing.topic,
            priority=standing.priority,
            state=standing.state,
            organisation=standing.organisation,
            agent=standing.agent,
        )


def rows_of(stream_id: UUID, version: int, subject: Subject, case: Evaluation) -> Iterator[Row]:
    """The case's row, one for each clock, and one for each custody, all as of `case.at`."""
    notes = tuple(notes_of(case))
    warnings: dict[ClockKey, WarningPoint] = {}
    for note in notes:
        if note.warning is not None:
            warnings.setdefault(note.key, note.warning)  # they come in order
    # What is missed is to be recorded from just after it fell due.
    next_note_at = min((note.at + (note.what is NoteKind.MISSED) for note in notes), default=None)
    yield _case_row(stream_id, version, subject, case, next_note_at)
    for reading in case.clocks:
        recorded = case.life.notes.get(reading.key)
        miss_recorded = recorded is not None and recorded.missed_at is not None
        agent = agent_when_stopped(case.life, reading)
        yield _clock_row(stream_id, reading, warnings.get(reading.key), miss_recorded, agent, case.at)
    yield from _revision_rows(stream_id, case)
    for (holder, organisation, agent), duration in case.custody_times.items():
        yield _holder_row(
            case_id=stream_id,
            holder=holder._value_,
            organisation=organisation,
            agent=agent or "",
            seconds=seconds(duration),
        )


def _case_row(
    stream_id: UUID, version: int, subject: Subject, case: Evaluation, next_note_at: int | None
) -> CaseRow:
    now = case.custody_periods[-1] if case.custody_periods and case.custody_periods[-1].end is None else None
    # The hours of custody are those of a policy; a resolved case is in custody day and night.
    has_hours = now is not None and now.hours is not None
    pledges = case.policies.for_piece(case.life.pieces[-1]) if has_hours else ()
    pledge = pledges[-1][1] if pledges else None
    promises = case.policies.pinned_for(None, None)
    whole = promises[-1][1].policy if promises else None
    ended_at = case.life.ended_at
    return CaseRow(
        case_id=stream_id,
        reference=subject.reference,
        version=version,
        customer=subject.customer,
        seller=subject.seller,
        vendor=subject.vendor,
        partner=subject.partner,
        category=subject.category._value_,
        topic=subject.topic,
        priority=subject.priority._value_,
        state=subject.state._value_,
        opened_at=_at(case.life.opened_at),
        ended_at=None if ended_at is None else _at(ended_at),
        as_of=_at(case.at),
        holder=now.custody.custodian._value_ if now else None,
        organisation=now.custody.organisation if now else subject.organisation,
        agent=now.custody.agent if now else subject.agent,
        calendar=calendar_key(pledge.policy.calendar, pledge.hours) if pledge else None,
        open_until=seconds(pledge.hours.until(case.at)) if pledge else None,
        policy_id=whole.id if whole else None,
        policy_version=whole.version if whole else None,
        without_policy="{" + ",".join(case.without_policy) + "}",  # as PostgreSQL writes an array of words
        next_note_at=_instant(next_note_at),
    )


def _clock_row(
    stream_id: UUID,
    clock: ClockReading,
    warning: WarningPoint | None,
    miss_recorded: bool,
    agent: str | None,
    as_of: int,
) -> ClockRow:
    key, policy, hours = clock.key, clock.policy, clock.hours
    warns = clock.terms.warn_at_percent
    return ClockRow(
        case_id=stream_id,
        clock=key.clock._value_,
        level=key.level._value_ if key.level else "",
        organisation=key.organisation or "",
        number=key.number,
        policy_id=policy.id,
        policy_version=policy.version,
        policy_organisation=policy.organisation,
        priority=clock.priority._value_,
        target_seconds=seconds(clock.target),
        status=clock.status._value_,
        started_at=_at(clock.started_at),
        stopped_at=_instant(clock.stopped_at),
        due_at=_instant(clock.due_at),
        falls_due_at=_instant(clock.falls_due_at),
        agent=agent,
        met_at=_instant(clock.met_at),
        missed_at=_instant(clock.missed_at),
        elapsed_seconds=seconds(clock.elapsed),
        paused_seconds=seconds(clock.paused),
        times_paused=clock.times_paused,
        running_since=_instant(clock.running_since),
        risk_percent=warns[0] if warns else None,
        warn_percent=warning.percent if warning else None,
        warn_at=_at(warning.at) if warning else None,
        miss_recorded=miss_recorded,
        beyond_horizon=clock.beyond_horizon,
        uncovered=clock.uncovered,
        calendar=calendar_key(policy.calendar, hours),
        open_until=seconds(hours.until(as_of)) if clock.stopped_at is None else None,
    )


def _revision_rows(stream_id: UUID, case: Evaluation) -> Iterator[RevisionRow]:
    places: Counter[ClockKey] = Counter()
    for revision in revisions_of(case):
        key, policy = revision.key, revision.policy
        places[key] += 1
        yield RevisionRow(
            case_id=stream_id,
            clock=key.clock._value_,
            level=key.level._value_ if key.level else "",
            organisation=key.organisation or "",
            number=key.number,
            place=places[key],
            what=revision.what._value_,
            at=_at(revision.at),
            policy_id=policy.id,
            policy_version=policy.version,
            policy_organisation=policy.organisation,
            priority=revision.priority._value_,
            target_seconds=seconds(revision.target),
        )


def _instant(at: int | None) -> datetime | None:
    return None if at is None else _at(at)
