"""What an XES file says of each event and case beside what its source said: columns named `casecore:…`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from casecore.analysis.exchange.xes_values import TEXT, attribute, time
from casecore.analysis.histories import CaseHistory, EventOfCase
from casecore.contract.cases import (
    CaseCancelled,
    CaseOpened,
    CaseResolved,
    EffortRecorded,
    MessagePosted,
)
from casecore.contract.personal import Plain, Sealed, legible
from casecore.contract.streams import CASES
from casecore.contract.types import EVENT_TYPES
from casecore.imports.exported_rows import OWN_PREFIX

FREE_TEXTS = ("reason", "text", "note", "summary")
"""The fields of events that are free text, each under its name."""

_JSON = msgspec.json.Encoder()


def activity_of(event: EventOfCase) -> str:
    """What happened in a word, such as opened or escalated."""
    wire_name = EVENT_TYPES.name_of(event.fact.data)
    return wire_name[len(CASES.type_prefix) : wire_name.rindex(".")]


def of_event(event: EventOfCase, activity: str) -> Iterator[str]:
    """The columns of an event, as elements."""
    stored, fact = event
    actor, asked_by, standing = fact.actor, fact.on_behalf_of, fact.data.standing
    yield _int("version", stored.version)
    yield _text("activity", activity)
    yield _date("recorded_at", stored.recorded_at)
    yield _text("role", actor.role.value)
    yield _text("organisation", actor.organisation)
    if asked_by is not None:
        yield _text("on_behalf_of", f"{asked_by.role.value}:{asked_by.organisation}:{asked_by.person}")
    if fact.implied:
        yield f'<boolean key="{OWN_PREFIX}implied" value="true"/>\n'
    if fact.source is not None:
        yield _text("source", fact.source.name)
        yield _text("source_case", fact.source.case)
        yield _int("place", fact.source.place)
    yield _text("state", standing.state.value)
    if standing.level is not None:
        yield _text("level", standing.level.value)
    yield _text("holder", standing.organisation)
    if standing.agent is not None:
        yield _text("agent", standing.agent)
    yield _text("category", standing.category.value)
    yield _text("topic", standing.topic)
    yield _text("priority", standing.priority.value)
    if standing.waiting_since is not None:
        yield _date("waiting_since", standing.waiting_since)
    if fact.data.partner is not None:
        yield _text("partner", fact.data.partner)
    yield from _details(event)


def _details(event: EventOfCase) -> Iterator[str]:
    data = event.fact.data
    match data:
        case EffortRecorded(minutes=minutes):
            yield _int("minutes", minutes)
        case CaseResolved(resolution_code=code):
            yield _text("resolution_code", code)
        case MessagePosted(audience=audience, sender=sender):
            yield _text("audience", audience.value)
            yield _text("sender", sender.value)
            yield _text("readers", readers_of(data))
        case CaseCancelled(duplicate_of=str(reference)):
            yield _text("duplicate_of", reference)
    for field in FREE_TEXTS:
        text = free_text(event, field)
        if text:
            yield _text(field, text)


def free_text(event: EventOfCase, field: str) -> str:
    """What an event says in one of its free texts; empty where it says none."""
    given = getattr(event.fact.data, field, None)
    return (legible(given) or "") if isinstance(given, Plain | Sealed) else ""


def readers_of(message: MessagePosted) -> str:
    """The organisations for which a message was written, as a JSON array."""
    return _JSON.encode(message.readers).decode()


def of_case(history: CaseHistory) -> Iterator[str]:
    """The columns of a case, as it was opened."""
    stored, fact = history.opening
    data, standing = fact.data, fact.data.standing
    yield _text("reference", history.reference)
    yield f'<id key="{OWN_PREFIX}case_id" value="{stored.stream_id}"/>\n'
    yield _text("customer", data.customer)
    yield _text("seller", data.seller)
    yield _text("vendor", data.vendor)
    if data.partner is not None:
        yield _text("partner", data.partner)
    yield _text("category", standing.category.value)
    yield _text("topic", standing.topic)
    yield _text("priority", standing.priority.value)
    if isinstance(data, CaseOpened):
        subject = legible(data.subject)
        if subject:
            yield _text("subject", subject)
        if data.licence_package is not None:
            yield f'<id key="{OWN_PREFIX}licence_package" value="{data.licence_package}"/>\n'


def _text(column: str, text: str) -> str:
    return attribute(TEXT, OWN_PREFIX + column, text)


def _int(column: str, number: int) -> str:
    return f'<int key="{OWN_PREFIX}{column}" value="{number}"/>\n'


def _date(column: str, at: datetime) -> str:
    return f'<date key="{OWN_PREFIX}{column}" value="{time(at)}"/>\n'
