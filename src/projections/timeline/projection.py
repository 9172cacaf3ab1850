"""The timeline's fold: each event becomes one row; the state is only how the case stood last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.contract.cases import CaseEvent, EffortRecorded, Standing
from casecore.contract.envelope import EventData, RecordedEvent, Source
from casecore.contract.personal import legible
from casecore.contract.streams import CASES
from casecore.contract.types import names_of, split_wire_name
from projections.kit.projection import Column, Projection, Row, Table


class TimelineRow(NamedTuple):
    """One event of one case."""

    case_id: UUID
    version: int
    position: int
    reference: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    person: str
    organisation: str
    role: str
    state: str
    level: str | None
    holder: str
    agent: str | None
    implied: bool
    changed: str
    source_name: str | None
    source_case: str | None
    source_place: int | None
    source_activity: str | None
    source_resource: str | None
    body: str


class LastStanding(msgspec.Struct, frozen=True):
    """How a case stood after its last event: what the next one is compared with."""

    standing: Standing
    partner: str | None
    effort_minutes: int


_COMPARED = ("state", "category", "topic", "priority", "organisation", "level", "agent", "waiting_since")
_to_json = msgspec.json.Encoder().encode


def evolve(before: LastStanding | None, event: RecordedEvent[EventData]) -> LastStanding:
    """How the case stands after the event."""
    data = case_event(event)
    effort = before.effort_minutes if before else 0
    if isinstance(data, EffortRecorded):
        effort = data.total_minutes
    return LastStanding(data.standing, data.partner, effort)


def event_rows(
    before: LastStanding | None, event: RecordedEvent[EventData], after: LastStanding
) -> Iterable[Row]:
    """The event's row."""
    fact, data = event.fact, case_event(event)
    source, standing = fact.source, after.standing
    name, _ = split_wire_name(event.type)
    yield TimelineRow(
        event.stream_id,
        event.version,
        event.position,
        data.reference,
        name.removeprefix(CASES.type_prefix),
        fact.occurred_at,
        event.recorded_at,
        fact.actor.person,
        fact.actor.organisation,
        fact.actor.role.value,
        standing.state.value,
        standing.level.value if standing.level else None,
        standing.organisation,
        standing.agent,
        fact.implied,
        _to_json(_changes(before, after)).decode(),
        *_source_columns(source),
        _to_json(fact).decode(),
    )


def case_event(event: RecordedEvent[EventData]) -> CaseEvent:
    """The event's data as a case's; raises TypeError for another stream's, which is never read here."""
    data = event.fact.data
    if not isinstance(data, CaseEvent):
        raise TypeError(f"{event.type} is no event of a case")
    return data


def _changes(before: LastStanding | None, after: LastStanding) -> dict[str, tuple[object, object]]:
    """Each field that differs: its value before (null at first) and after."""
    old = before.standing if before else None
    new = after.standing
    changed: dict[str, tuple[object, object]] = {}
    if old is not new:
        for name in _COMPARED:
            was, now = getattr(old, name, None), getattr(new, name)
            if was != now:
                changed[name] = (was, now)
    was_partner = before.partner if before else None
    if was_partner != after.partner:
        changed["partner"] = (was_partner, after.partner)
    was_effort = before.effort_minutes if before else 0
    if was_effort != after.effort_minutes:
        changed["effort_minutes"] = (was_effort, after.effort_minutes)
    return changed


def _source_columns(
    source: Source | None,
) -> tuple[str | None, str | None, int | None, str | None, str | None]:
    if source is None:
        return (None, None, None, None, None)
    resource = source.resource
    readable = resource if isinstance(resource, str) else legible(resource)
    return (source.name, source.case, source.place, source.activity, readable)


_EVENTS = Table(
    "events",
    "A row for each event of a case; order by case_id, version for a case's history.",
    TimelineRow,
    ("case_id", "version"),
    (
        Column("case_id", "uuid not null", "The case's stream id."),
        Column("version", "bigint not null", "The event's number in its case, from 1 without gaps."),
        Column("position", "bigint not null", "The event's place in the store's log, over all cases."),
        Column("reference", "text not null", "The case's reference for people."),
        Column("type", "text not null", "What happened, such as opened or escalated."),
        Column("occurred_at", "timestamptz not null", "When it happened."),
        Column("recorded_at", "timestamptz not null", "When it was stored."),
        Column("person", "text not null", "Who acted."),
        Column("organisation", "text not null", "For which organisation."),
        Column("role", "text not null", "In which role: customer, seller, vendor, partner or system."),
        Column("state", "text not null", "The case's state after the event."),
        Column(
            "level",
            "text",
            "The level where the case is or was last; null until it is taken, also after it opened anew.",
        ),
        Column("holder", "text not null", "The organisation whose turn it is, or was last, after the event."),
        Column("agent", "text", "The agent assigned after the event."),
        Column("implied", "boolean not null", "Whether an import made it so that the next event is legal."),
        Column("changed", "jsonb not null", "What changed: each field with its value before and after."),
        Column("source_name", "text", "The other system from whose log the event was imported."),
        Column("source_case", "text", "The case's id there."),
        Column("source_place", "bigint", "The row's place in its case there, from 1."),
        Column("source_activity", "text", "The row's activity there."),
        Column("source_resource", "text", "Who did it there."),
        Column("body", "jsonb not null", "The whole fact, in today's version of its type."),
    ),
    append_only=True,
    indexes=(("reference", "version"),),
)

TIMELINE = Projection(
    name="timeline",
    version=1,
    comment="Every event of every case, in order, with who did it and what changed.",
    kinds=(CASES,),
    reads=names_of(CASES),
    state=LastStanding,
    evolve=evolve,
    event_rows=event_rows,
    tables=(_EVENTS,),
)
