"""The timeline's fold: each event becomes one row; the state is only how the case stood last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter

import msgspec

from casecore.contract.cases import Audience, CaseEvent, EffortRecorded, MessagePosted, Standing
from casecore.contract.envelope import EventData, RecordedEvent, Source
from casecore.contract.personal import legible
from casecore.contract.streams import CASES
from casecore.contract.types import names_of
from projections.kit.case_events import case_event, short_name
from projections.kit.projection import Projection
from projections.kit.sql_files import read_sql
from projections.kit.stored_table import Row, maker
from projections.timeline.tables import TABLES, InternalMessageRow, StandingRow, TimelineRow


class LastStanding(msgspec.Struct, frozen=True):
    """How a case stood after its last event: what the next one is compared with."""

    standing: Standing
    partner: str | None
    effort_minutes: int


_COMPARED = ("state", "category", "topic", "priority", "organisation", "level", "agent", "waiting_since")
_UNKNOWN = (None,) * len(_COMPARED)
_compared: Callable[[Standing], tuple[object, ...]] = attrgetter(*_COMPARED)
_place: Callable[[Standing], tuple[object, ...]] = attrgetter("state", "level", "organisation", "agent")
_standing_row = maker(StandingRow)
_to_json = msgspec.json.Encoder().encode


def evolve(before: LastStanding | None, event: RecordedEvent[EventData]) -> LastStanding:
    """The case's standing after the event."""
    data = case_event(event)
    effort = before.effort_minutes if before else 0
    if isinstance(data, EffortRecorded):
        effort = data.total_minutes
    return LastStanding(data.standing, data.partner, effort)


def event_rows(
    before: LastStanding | None, event: RecordedEvent[EventData], after: LastStanding
) -> Iterable[Row]:
    """The event's row, and how the case stands if that changed; an internal message has its body apart."""
    fact, data = event.fact, case_event(event)
    body = _to_json(fact).decode()
    message = data if isinstance(data, MessagePosted) and data.audience is not Audience.PUBLIC else None
    if message is not None:
        yield InternalMessageRow(
            case_id=event.stream_id,
            version=event.version,
            position=event.position,
            reference=data.reference,
            readers=_to_json(message.readers).decode(),
            body=body,
        )
    # `_value_`, since `value` of an enumeration is a property, which takes eight times as long.
    source, standing = fact.source, after.standing
    if before is None or _place(before.standing) != _place(standing):
        yield _standing(event, data)
    yield TimelineRow(
        case_id=event.stream_id,
        version=event.version,
        position=event.position,
        reference=data.reference,
        type=short_name(event.type),
        occurred_at=fact.occurred_at,
        recorded_at=event.recorded_at,
        person=fact.actor.person,
        organisation=fact.actor.organisation,
        role=fact.actor.role._value_,
        state=standing.state._value_,
        level=standing.level._value_ if standing.level else None,
        holder=standing.organisation,
        agent=standing.agent,
        implied=fact.implied,
        changed=_to_json(_changes(before, after)).decode(),
        source_name=source.name if source else None,
        source_case=source.case if source else None,
        source_place=source.place if source else None,
        source_activity=source.activity if source else None,
        source_resource=_resource(source) if source else None,
        internal=message is not None,
        body=None if message else body,
    )


def _standing(event: RecordedEvent[EventData], data: CaseEvent) -> Row:
    standing = data.standing
    return _standing_row(
        case_id=event.stream_id,
        version=event.version,
        reference=data.reference,
        occurred_at=event.fact.occurred_at,
        recorded_at=event.recorded_at,
        state=standing.state._value_,
        is_open=standing.state.is_open,
        level=standing.level._value_ if standing.level else None,
        organisation=standing.organisation,
        agent=standing.agent,
    )


def _changes(before: LastStanding | None, after: LastStanding) -> dict[str, tuple[object, object]]:
    """Each field that differs: its value before (null at first) and after."""
    old = _compared(before.standing) if before else _UNKNOWN
    new = _compared(after.standing)
    changed: dict[str, tuple[object, object]] = {}
    if old != new:
        changed = {
            name: (was, now)
            for name, was, now in zip(_COMPARED, old, new, strict=True)
            if was is not now and was != now
        }
    was_partner = before.partner if before else None
    if was_partner != after.partner:
        changed["partner"] = (was_partner, after.partner)
    was_effort = before.effort_minutes if before else 0
    if was_effort != after.effort_minutes:
        changed["effort_minutes"] = (was_effort, after.effort_minutes)
    return changed


def _resource(source: Source) -> str | None:
    resource = source.resource
    return resource if isinstance(resource, str) else legible(resource)


TIMELINE = Projection(
    name="timeline",
    version=3,
    comment="Every event of every case, in order, with who did it and what changed.",
    kinds=(CASES,),
    reads=names_of(CASES),
    state=LastStanding,
    evolve=evolve,
    event_rows=event_rows,
    tables=TABLES,
    views=read_sql("projections.timeline", "functions.sql"),
)
