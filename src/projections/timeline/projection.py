"""The timeline's fold: each event becomes one row; the state is only how the case stood last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from operator import attrgetter
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from casecore.contract.cases import Audience, EffortRecorded, MessagePosted, Standing
from casecore.contract.envelope import EventData, RecordedEvent, Source
from casecore.contract.personal import legible
from casecore.contract.streams import CASES
from casecore.contract.types import names_of
from projections.kit.case_events import case_event, short_name
from projections.kit.projection import Projection
from projections.kit.roles import INTERNAL_READER
from projections.kit.stored_table import Row, Stored, StoredTable


class TimelineRow(NamedTuple):
    """One event of one case."""

    case_id: Annotated[UUID, Stored("The case's stream id.")]
    version: Annotated[int, Stored("The event's number in its case, from 1 without gaps.")]
    position: Annotated[int, Stored("The event's place in the store's log, over all cases.")]
    reference: Annotated[str, Stored("The case's reference for people.")]
    type: Annotated[str, Stored("What happened, such as opened or escalated.")]
    occurred_at: Annotated[datetime, Stored("When it happened.")]
    recorded_at: Annotated[datetime, Stored("When it was stored.")]
    person: Annotated[str, Stored("Who acted.")]
    organisation: Annotated[str, Stored("For which organisation.")]
    role: Annotated[str, Stored("In which role: customer, seller, vendor, partner or system.")]
    state: Annotated[
        str,
        Stored(
            "The case's state after the event, when it was recorded; an event that came late has that of "
            "a later time. At an instant T it is that of the last event with changed ? 'state' and "
            "occurred_at <= T, ordered by occurred_at, version; level, holder and agent likewise, with "
            "'level', 'organisation' and 'agent'. Without the condition on changed the query is wrong."
        ),
    ]
    level: Annotated[
        str | None,
        Stored("The level where the case is or was last; null until it is taken, also after it opened anew."),
    ]
    holder: Annotated[str, Stored("The organisation whose turn it is, or was last, after the event.")]
    agent: Annotated[str | None, Stored("The agent assigned after the event.")]
    implied: Annotated[bool, Stored("Whether an import made it so that the next event is legal.")]
    changed: Annotated[str, Stored("What changed: each field with its value before and after.", "jsonb")]
    source_name: Annotated[str | None, Stored("The other system from whose log the event was imported.")]
    source_case: Annotated[str | None, Stored("The case's id there.")]
    source_place: Annotated[int | None, Stored("The row's place in its case there, from 1.")]
    source_activity: Annotated[str | None, Stored("The row's activity there.")]
    source_resource: Annotated[str | None, Stored("Who did it there.")]
    internal: Annotated[
        bool,
        Stored("Whether it is an internal message: who may read those finds its body in internal_messages."),
    ]
    body: Annotated[
        str | None,
        Stored("The whole fact, in today's version of its type; null of an internal message.", "jsonb"),
    ]


class InternalMessageRow(NamedTuple):
    """An internal message of one case: what not every reader of the view may read."""

    case_id: Annotated[UUID, Stored("The case's stream id.")]
    version: Annotated[int, Stored("The event's number in its case, as in events.")]
    position: Annotated[int, Stored("The event's place in the store's log, as in events.")]
    reference: Annotated[str, Stored("The case's reference for people.")]
    readers: Annotated[
        str,
        Stored(
            "The organisations for which it was written, a list of ids. The database holds nobody to it: the "
            "role reads every row, and whoever shows a text to people shows it to these only.",
            "jsonb",
        ),
    ]
    body: Annotated[str, Stored("The whole fact, in today's version of its type.", "jsonb")]


class LastStanding(msgspec.Struct, frozen=True):
    """How a case stood after its last event: what the next one is compared with."""

    standing: Standing
    partner: str | None
    effort_minutes: int


_COMPARED = ("state", "category", "topic", "priority", "organisation", "level", "agent", "waiting_since")
_UNKNOWN = (None,) * len(_COMPARED)
_compared: Callable[[Standing], tuple[object, ...]] = attrgetter(*_COMPARED)
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
    """The event's row; of an internal message its body is in a row of its own."""
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


_EVENTS = StoredTable(
    name="events",
    comment="A row for each event of a case; order by case_id, version for a case's history.",
    row=TimelineRow,
    key=("case_id", "version"),
    append_only=True,
    indexes=(("reference", "version"),),
)

_INTERNAL_MESSAGES = StoredTable(
    name="internal_messages",
    comment="A row for each internal message, with its text; for the role casecore_internal_reader only.",
    row=InternalMessageRow,
    key=("case_id", "version"),
    append_only=True,
    read_by=INTERNAL_READER,
)

TIMELINE = Projection(
    name="timeline",
    version=2,
    comment="Every event of every case, in order, with who did it and what changed.",
    kinds=(CASES,),
    reads=names_of(CASES),
    state=LastStanding,
    evolve=evolve,
    event_rows=event_rows,
    tables=(_EVENTS, _INTERNAL_MESSAGES),
)
