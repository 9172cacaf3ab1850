"""A case, its events and whom they concern, as objects and events of a log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from casecore.analysis.exchange.ocel.model import (
    AGENT,
    CASE,
    CUSTOMER,
    PACKAGE,
    PARTNER,
    SELLER,
    OcelValue,
    event_type,
    instant,
    of_any_event,
)
from casecore.analysis.exchange.ocel.tables import OcelTables
from casecore.analysis.exchange.xes_columns import FREE_TEXTS, free_text
from casecore.analysis.histories import CaseHistory, EventOfCase
from casecore.contract.cases import (
    CaseCancelled,
    CaseEvent,
    CaseOpened,
    CaseResolved,
    EffortRecorded,
    MessagePosted,
)
from casecore.contract.envelope import Role, Source
from casecore.contract.personal import legible
from casecore.contract.types import EVENT_TYPES, split_wire_name

_JSON = msgspec.json.Encoder()
_OF_ROLE = {Role.SELLER: SELLER, Role.PARTNER: PARTNER}


def object_id(type_: str, id_: str | UUID) -> str:
    """The id of an object in the log: its type and its own id, since a customer may be called as a seller."""
    return f"{type_}:{id_}"


def write_case(tables: OcelTables, history: CaseHistory) -> int:
    """Add a case with its events, and say how many these are."""
    case = object_id(CASE, history.reference)
    tables.object(case, CASE)
    opening = history.opening.fact.data
    now = {**_named(opening, history.reference), **_standing(opening)}
    tables.describe(case, CASE, now)
    _relate_case(tables, case, opening)
    for event in history.events:
        _write_event(tables, case, event)
        after = _standing(event.fact.data)
        for name, value in after.items():
            if now[name] != value:
                tables.change(case, CASE, instant(event.fact.occurred_at), name, value)
        now |= after
    return len(history.events)


def _named(opening: CaseEvent, reference: str) -> dict[str, OcelValue]:
    subject = legible(opening.subject) if isinstance(opening, CaseOpened) else None
    return {"reference": reference, "vendor": opening.vendor, "subject": subject or ""}


def _standing(data: CaseEvent) -> dict[str, OcelValue]:
    standing = data.standing
    return {
        "state": standing.state.value,
        "level": standing.level.value if standing.level else "",
        "holder": standing.organisation,
        "assigned": standing.agent or "",
        "supported by": data.partner or "",
        "category": standing.category.value,
        "topic": standing.topic,
        "priority": standing.priority.value,
        "waiting": int(standing.waiting_since is not None),
    }


def _parties(data: CaseEvent) -> Iterator[tuple[str, str]]:
    """The types and ids of the parties of a case."""
    yield CUSTOMER, data.customer
    yield SELLER, data.seller
    if data.partner is not None:
        yield PARTNER, data.partner


def _relate_case(tables: OcelTables, case: str, opening: CaseEvent) -> None:
    if isinstance(opening, CaseOpened) and opening.licence_package is not None:
        package = object_id(PACKAGE, opening.licence_package)
        tables.object(package, PACKAGE)
        tables.relate_objects(case, package, PACKAGE)
    for type_, id_ in _parties(opening):
        party = object_id(type_, id_)
        tables.object(party, type_)
        tables.relate_objects(case, party, type_)


def _write_event(tables: OcelTables, case: str, event: EventOfCase) -> None:
    fact, data = event.fact, event.fact.data
    id_ = event_id(event.stored.stream_id, event.stored.version)
    tables.event(id_, _type_of(event), instant(fact.occurred_at), _attributes(event))
    tables.relate_event(id_, case, CASE)
    for type_, party in _parties(data):
        tables.object(object_id(type_, party), type_)
        tables.relate_event(id_, object_id(type_, party), type_)
        if type_ == PARTNER:
            tables.relate_objects(case, object_id(type_, party), type_)
    if isinstance(data, CaseOpened) and data.licence_package is not None:
        tables.relate_event(id_, object_id(PACKAGE, data.licence_package), PACKAGE)
    if isinstance(data, CaseCancelled) and data.duplicate_of is not None:
        other = object_id(CASE, data.duplicate_of)
        tables.object(other, CASE)
        tables.relate_event(id_, other, "duplicate of")
        tables.relate_objects(case, other, "duplicate of")
    _write_agents(tables, id_, event)


def _write_agents(tables: OcelTables, id_: str, event: EventOfCase) -> None:
    actor, assigned = event.fact.actor, event.fact.data.standing.agent
    if actor.role not in (Role.SYSTEM, Role.CUSTOMER):
        person = object_id(AGENT, actor.person)
        tables.object(person, AGENT)
        tables.relate_event(id_, person, "performed by")
        employer = _OF_ROLE.get(actor.role)
        if employer is not None:
            tables.object(object_id(employer, actor.organisation), employer)
            tables.relate_objects(person, object_id(employer, actor.organisation), "works for")
    if assigned is not None:
        tables.object(object_id(AGENT, assigned), AGENT)
        tables.relate_event(id_, object_id(AGENT, assigned), "assigned")


def event_id(stream: UUID, version: int) -> str:
    """The id of an event in the log; ids are in the order of the events of their stream."""
    return f"{stream}/{version:07}"


def _type_of(event: EventOfCase) -> str:
    return event_type(split_wire_name(EVENT_TYPES.name_of(event.fact.data))[0])


def _attributes(event: EventOfCase) -> dict[str, OcelValue]:
    stored, fact = event
    found: dict[str, OcelValue] = {
        **of_any_event(stored, fact),
        "implied": int(fact.implied),
        "text": _first(free_text(event, field) for field in FREE_TEXTS),
        **_details(fact.data),
    }
    return found if fact.source is None else found | _of_source(fact.source)


def _first(texts: Iterable[str]) -> str | None:
    return next(filter(None, texts), None)


def _details(data: CaseEvent) -> dict[str, OcelValue]:
    match data:
        case EffortRecorded(minutes=minutes):
            return {"minutes": minutes}
        case CaseResolved(resolution_code=code):
            return {"resolution code": code}
        case MessagePosted(audience=audience, sender=sender):
            return {"audience": audience.value, "sender": sender.value}
        case _:
            return {}


def _of_source(source: Source) -> dict[str, OcelValue]:
    person = source.person
    described = source.described()
    return {
        "source": source.name,
        "source case": source.case,
        "source place": source.place,
        "source activity": source.activity,
        "source resource": person.text if person else None,
        "source attributes": _JSON.encode({name: given.text for name, given in described.items()}).decode()
        if described
        else None,
    }
