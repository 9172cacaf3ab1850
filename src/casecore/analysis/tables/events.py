"""The events of cases: a row for each, with the usual fields as columns and the whole of it beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeAlias

import msgspec
import pyarrow as pa

from casecore.analysis.histories import CaseHistory, EventOfCase
from casecore.analysis.tables.columns import TEXTS, WORD, About
from casecore.contract.cases import (
    CaseCancelled,
    CaseOpened,
    CaseResolved,
    EffortRecorded,
    MessagePosted,
)
from casecore.contract.envelope import Source
from casecore.contract.streams import CASES
from casecore.contract.types import EVENT_TYPES

_Text: TypeAlias = str | None
_TO_JSON = msgspec.json.Encoder()


class EventRow(NamedTuple):
    """An event of a case. `state` to `waiting_since` are after it, as was known when it was recorded."""

    case: Annotated[str, About("The case's reference.")]
    version: Annotated[int, About("The event's number in its case, from 1 without gaps.", pa.int32())]
    position: Annotated[int, About("Its place in the store's log, over all cases.")]
    case_id: Annotated[str, About("The id of the case's stream, a UUID.")]
    activity: Annotated[str, About("What happened, such as opened or escalated.", WORD)]
    type: Annotated[str, About("The type of the event, with its version, in which `data` is.", WORD)]
    occurred_at: Annotated[datetime, About("When it happened.")]
    recorded_at: Annotated[datetime, About("When it was stored.")]
    person: Annotated[str, About("Who acted.", WORD)]
    organisation: Annotated[str, About("For which organisation.", WORD)]
    role: Annotated[str, About("In which role: customer, seller, vendor, partner or system.", WORD)]
    on_behalf_of: Annotated[
        _Text, About("Who asked for what the system did, ROLE:ORGANISATION:PERSON.", WORD)
    ]
    implied: Annotated[bool, About("Whether an import made it so that the next event is legal.")]
    customer: Annotated[str, About("The customer.", WORD)]
    seller: Annotated[str, About("Who sold the package, and gives level 0.", WORD)]
    partner: Annotated[_Text, About("The support partner, if one has a part in it.", WORD)]
    vendor: Annotated[str, About("The vendor, who gives level 1.", WORD)]
    state: Annotated[str, About("Where the case is in its life.", WORD)]
    level: Annotated[_Text, About("The level where it is or was last; none until it is taken.", WORD)]
    holder: Annotated[str, About("The organisation whose turn it is, or was last.", WORD)]
    agent: Annotated[_Text, About("Who is assigned.", WORD)]
    category: Annotated[str, About("Which kind of support the case asks for.", WORD)]
    topic: Annotated[str, About("What it is about.", WORD)]
    priority: Annotated[str, About("How urgent it is.", WORD)]
    waiting_since: Annotated[datetime | None, About("Since when it waits for the customer.")]
    minutes: Annotated[int | None, About("Of an effort: minutes of work.", pa.int32())]
    resolution_code: Annotated[_Text, About("Of a resolution: how it was resolved.", WORD)]
    audience: Annotated[_Text, About("Of a message: public or internal.", WORD)]
    sender: Annotated[_Text, About("Of a message: which side it comes from.", WORD)]
    duplicate_of: Annotated[_Text, About("Of a cancellation: the reference of the other case.")]
    licence_package: Annotated[_Text, About("Of an opening: the licence package, a UUID.")]
    source: Annotated[_Text, About("The other system from whose log the event was imported.", WORD)]
    source_case: Annotated[_Text, About("The case's id there.")]
    source_place: Annotated[int | None, About("The row's place in its case there, from 1.", pa.int32())]
    source_activity: Annotated[_Text, About("The row's activity there.", WORD)]
    source_resource: Annotated[_Text, About("Who did it there.", WORD)]
    source_utc_offset_seconds: Annotated[
        int | None, About("The offset with which the row states its time, in seconds.", pa.int32())
    ]
    attributes: Annotated[list[tuple[str, str]], About("The row's other attributes, as text.", TEXTS)]
    attribute_types: Annotated[
        list[tuple[str, str]], About("The types there of attributes that are no text, by name.", TEXTS)
    ]
    data: Annotated[str, About("All that the event says of its case, as JSON of its type.")]


def event_rows(history: CaseHistory) -> Iterator[EventRow]:
    """The rows of a case's events, in the order of their versions."""
    return (_row(event) for event in history.events)


def _row(event: EventOfCase) -> EventRow:
    stored, fact = event
    actor, data, asked_by = fact.actor, fact.data, fact.on_behalf_of
    standing = data.standing
    wire_name = EVENT_TYPES.name_of(data)
    source = fact.source
    # `_value_`, since `value` of an enumeration is a property, which takes eight times as long.
    return EventRow._make(
        (
            data.reference,
            stored.version,
            stored.position,
            str(stored.stream_id),
            activity_of(wire_name),
            wire_name,
            fact.occurred_at,
            stored.recorded_at,
            actor.person,
            actor.organisation,
            actor.role._value_,
            f"{asked_by.role._value_}:{asked_by.organisation}:{asked_by.person}" if asked_by else None,
            fact.implied,
            data.customer,
            data.seller,
            data.partner,
            data.vendor,
            standing.state._value_,
            standing.level._value_ if standing.level else None,
            standing.organisation,
            standing.agent,
            standing.category._value_,
            standing.topic,
            standing.priority._value_,
            standing.waiting_since,
            data.minutes if isinstance(data, EffortRecorded) else None,
            data.resolution_code if isinstance(data, CaseResolved) else None,
            data.audience._value_ if isinstance(data, MessagePosted) else None,
            data.sender._value_ if isinstance(data, MessagePosted) else None,
            data.duplicate_of if isinstance(data, CaseCancelled) else None,
            str(data.licence_package) if isinstance(data, CaseOpened) and data.licence_package else None,
            *(_of_source(source) if source else _NO_SOURCE),
            _TO_JSON.encode(data).decode(),
        )
    )


def activity_of(wire_name: str) -> str:
    """What happened in a word, from the name of an event's type: `opened` of `casecore.case.opened.v1`."""
    return wire_name[len(CASES.type_prefix) : wire_name.rindex(".")]


def _of_source(source: Source) -> tuple[Any, ...]:
    person = source.person
    return (
        source.name,
        source.case,
        source.place,
        source.activity,
        person.text if person else None,
        source.utc_offset_seconds,
        [(name, attribute.text) for name, attribute in source.described().items()],
        list(source.types.items()),
    )


_NO_SOURCE: tuple[Any, ...] = (None, None, None, None, None, None, [], [])
