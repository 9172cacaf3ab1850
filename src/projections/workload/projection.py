"""The workload's fold: a case's state and what it has been through, and a row for each move and effort."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec
from msgspec.structs import replace

from casecore.contract import cases as e
from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import CASES
from casecore.contract.types import names_of
from projections.kit.case_events import case_event, short_name
from projections.kit.projection import Projection
from projections.kit.sql_files import read_sql
from projections.kit.stored_table import Row, maker
from projections.workload.sums import FINISHED, SUMS
from projections.workload.tables import TABLES, CaseRow, EffortRow, MoveRow, StateRow

# What a move, an assignment or a waiting changes; another priority or topic does not count as one.
_where = attrgetter("state", "level", "organisation", "agent", "waiting_since")
_move_row = maker(MoveRow)
_state_row = maker(StateRow)


class Workload(msgspec.Struct, frozen=True):
    """A case as the workload sees it, after its last event.

    `came_back` says that it was handed back and has been at level 0 ever since, so that the next escalation
    is a bounce. `last_move_at` is when its last move, assignment or waiting occurred. It came into its state
    by the event `state_version`, at `state_since`.
    """

    last: e.CaseEvent
    opened_at: datetime
    last_move_at: datetime
    state_since: datetime
    state_version: int
    resolved_at: datetime | None = None
    ended_at: datetime | None = None
    first_level_resolved: bool | None = None
    been_at_level_1: bool = False
    came_back: bool = False
    hand_overs_up: int = 0
    hand_overs_down: int = 0
    bounces: int = 0
    reopened: int = 0
    messages: int = 0
    effort_minutes: int = 0

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to work on it: not resolved, closed or cancelled."""
        return self.last.standing.state.is_open


def evolve(before: Workload | None, event: RecordedEvent[EventData]) -> Workload:
    """The case after the event."""
    at = event.fact.occurred_at
    data = case_event(event)
    case = before or Workload(_bare(data), at, at, at, event.version)
    moved = _where(case.last.standing) != _where(data.standing)
    handed_back = isinstance(data, e.CaseHandedBack)
    stayed = data.standing.state is e.State.RESELLER_L0
    same_state = case.last.standing.state is data.standing.state
    return replace(
        _counted(case, data, at),
        last=_bare(data),
        last_move_at=max(case.last_move_at, at) if moved else case.last_move_at,
        state_since=case.state_since if same_state else max(case.state_since, at),
        state_version=case.state_version if same_state else event.version,
        been_at_level_1=case.been_at_level_1 or data.standing.level is e.Level.LEVEL_1,
        came_back=handed_back or (case.came_back and stayed),
    )


def _counted(case: Workload, data: e.CaseEvent, at: datetime) -> Workload:
    """The case as it was before the event, with what the event adds to its counts and instants."""
    match data:
        case e.CaseEscalated():
            return replace(
                case,
                hand_overs_up=case.hand_overs_up + 1,
                bounces=case.bounces + case.came_back,
            )
        case e.CaseHandedBack():
            return replace(case, hand_overs_down=case.hand_overs_down + 1)
        case e.CaseResolved():
            at_first_level = _at_first_level(case, data.standing.level)
            return replace(case, resolved_at=at, first_level_resolved=at_first_level)
        case e.CaseReopened():
            return replace(case, reopened=case.reopened + 1, resolved_at=None, first_level_resolved=None)
        case e.CaseClosed() | e.CaseCancelled():
            return replace(case, ended_at=at)
        case e.MessagePosted():
            return replace(case, messages=case.messages + 1)
        case e.EffortRecorded(total_minutes=total):
            return replace(case, effort_minutes=total)
        case _:
            return case


def _at_first_level(case: Workload, level: e.Level | None) -> bool | None:
    """Whether level 0 solved it without the vendor ever having had it; None for a support partner's case."""
    if level is e.Level.PARTNER:
        return None
    return level is e.Level.LEVEL_0 and not case.been_at_level_1


def event_rows(before: Workload | None, event: RecordedEvent[EventData], after: Workload) -> Iterable[Row]:
    """Rows for a move or an effort: what happened on a day, or was so at its end, is a sum over them."""
    data = event.fact.data
    if isinstance(data, e.EffortRecorded):
        yield EffortRow(
            case_id=event.stream_id,
            version=event.version,
            occurred_at=event.fact.occurred_at,
            organisation=event.fact.actor.organisation,
            person=event.fact.actor.person,
            minutes=data.minutes,
        )
    if before is None or before.last.standing.state is not after.last.standing.state:
        yield _move(before, event, after)
        if before is not None:
            yield _state(event.stream_id, before, left_at=after.state_since)
        yield _state(event.stream_id, after, left_at=None)


def _move(before: Workload | None, event: RecordedEvent[EventData], after: Workload) -> Row:
    was_open = before is not None and before.is_open
    standing = after.last.standing
    return _move_row(
        case_id=event.stream_id,
        version=event.version,
        occurred_at=event.fact.occurred_at,
        move=short_name(event.type),
        state=standing.state.value,
        level=standing.level.value if standing.level else None,
        organisation=standing.organisation,
        came_in=int(after.is_open and not was_open),
        went_out=int(was_open and not after.is_open),
        up=after.hand_overs_up - (before.hand_overs_up if before else 0),
        down=after.hand_overs_down - (before.hand_overs_down if before else 0),
        bounce=after.bounces - (before.bounces if before else 0),
        reopened=after.reopened - (before.reopened if before else 0),
    )


def _state(case_id: UUID, case: Workload, left_at: datetime | None) -> Row:
    return _state_row(
        case_id=case_id,
        version=case.state_version,
        state=case.last.standing.state.value,
        is_open=case.is_open,
        came_at=case.state_since,
        left_at=left_at,
    )


def derived_rows(stream_id: UUID, version: int, case: Workload) -> Iterable[Row]:
    """The case's row."""
    last, standing = case.last, case.last.standing
    yield CaseRow(
        case_id=stream_id,
        reference=last.reference,
        version=version,
        customer=last.customer,
        seller=last.seller,
        partner=last.partner,
        vendor=last.vendor,
        category=standing.category.value,
        topic=standing.topic,
        priority=standing.priority.value,
        state=standing.state.value,
        is_open=case.is_open,
        level=standing.level.value if standing.level else None,
        organisation=standing.organisation,
        agent=standing.agent,
        opened_at=case.opened_at,
        last_move_at=case.last_move_at,
        waiting_since=standing.waiting_since,
        resolved_at=case.resolved_at,
        ended_at=case.ended_at,
        hand_overs_up=case.hand_overs_up,
        hand_overs_down=case.hand_overs_down,
        bounces=case.bounces,
        reopened=case.reopened,
        messages=case.messages,
        effort_minutes=case.effort_minutes,
        first_level_resolved=case.first_level_resolved,
    )


def _bare(data: e.CaseEvent) -> e.CaseEvent:
    """What every event of a case carries, without the content of this one."""
    return e.CaseEvent(
        reference=data.reference,
        customer=data.customer,
        seller=data.seller,
        vendor=data.vendor,
        partner=data.partner,
        standing=data.standing,
    )


WORKLOAD = Projection(
    name="workload",
    version=4,
    comment="What is open, where, with whom and how old; what came in and went out; how cases moved.",
    kinds=(CASES,),
    reads=names_of(CASES),
    state=Workload,
    evolve=evolve,
    event_rows=event_rows,
    derived_rows=derived_rows,
    tables=TABLES,
    sums=SUMS,
    finished=FINISHED,
    views=read_sql("projections.workload", "views.sql"),
)
