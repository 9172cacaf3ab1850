"""The types of objects and events that a log has, with their attributes, and the forms of their values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeAlias

from casecore.contract.envelope import Fact
from casecore.contract.streams import CASES, LICENCES
from casecore.contract.types import names_of
from casecore.contract.wire import StoredEvent

OcelValue: TypeAlias = str | int | None

CASE, CUSTOMER, SELLER, PARTNER = "case", "customer", "seller", "partner"
AGENT, PACKAGE, DOCUMENT = "agent", "licence package", "document"

EPOCH = "1970-01-01T00:00:00Z"
"""The time of what an object is from its beginning, by the standard."""


class ValueKind(NamedTuple):
    """How the standard calls a type of values in SQL, and in JSON."""

    sql: str
    json: str


TEXT, INSTANT = ValueKind("TEXT", "string"), ValueKind("TIMESTAMP", "time")
WHOLE, TRUTH = ValueKind("INTEGER", "integer"), ValueKind("BOOLEAN", "boolean")

OBJECT_TYPES: dict[str, dict[str, ValueKind]] = {
    CASE: {
        "reference": TEXT,
        "vendor": TEXT,
        "subject": TEXT,
        "state": TEXT,
        "level": TEXT,
        "holder": TEXT,
        "assigned": TEXT,
        "supported by": TEXT,
        "category": TEXT,
        "topic": TEXT,
        "priority": TEXT,
        "waiting": TRUTH,
    },
    CUSTOMER: {"name": TEXT},
    SELLER: {"name": TEXT},
    PARTNER: {"name": TEXT},
    AGENT: {"name": TEXT},
    PACKAGE: {
        "reference": TEXT,
        "licence type": TEXT,
        "program version": TEXT,
        "seats": WHOLE,
        "activated on": TEXT,
        "cancelled from": TEXT,
        "void": TRUTH,
        "owned by": TEXT,
        "sold by": TEXT,
    },
    DOCUMENT: {
        "number": TEXT,
        "kind": TEXT,
        "issued on": TEXT,
        "pay until": TEXT,
        "settles year": WHOLE,
        "net cents": WHOLE,
        "vat cents": WHOLE,
        "gross cents": WHOLE,
    },
}
"""The attributes of each type of object."""

_OF_EVENTS: dict[str, ValueKind] = {
    "version": WHOLE,
    "position": WHOLE,
    "recorded at": INSTANT,
    "person": TEXT,
    "organisation": TEXT,
    "role": TEXT,
}
_OF_CASES: dict[str, ValueKind] = {
    **_OF_EVENTS,
    "implied": TRUTH,
    "minutes": WHOLE,
    "resolution code": TEXT,
    "audience": TEXT,
    "sender": TEXT,
    "text": TEXT,
    "source": TEXT,
    "source case": TEXT,
    "source place": WHOLE,
    "source activity": TEXT,
    "source resource": TEXT,
    "source attributes": TEXT,
}
DOCUMENT_ISSUED = "document issued"


def event_type(wire_name_without_version: str) -> str:
    """The type of an event here, such as `case priority changed`."""
    return wire_name_without_version.removeprefix("casecore.").replace(".", " ").replace("_", " ")


EVENT_TYPES: dict[str, dict[str, ValueKind]] = {
    **{event_type(name): _OF_CASES for name in sorted(names_of(CASES))},
    **{event_type(name): _OF_EVENTS for name in sorted(names_of(LICENCES))},
    DOCUMENT_ISSUED: _OF_EVENTS,
}
"""The attributes of each type of event."""


def table_part(type_name: str) -> str:
    """What stands for a type in the names of its tables."""
    return type_name.replace(" ", "_")


def instant(at: datetime) -> str:
    """An instant as every tool reads it, all in one form."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def of_any_event(stored: StoredEvent, fact: Fact[Any]) -> dict[str, OcelValue]:
    """What every event says: where it is in the log, and who acted."""
    return {
        "version": stored.version,
        "position": stored.position,
        "recorded at": instant(stored.recorded_at),
        "person": fact.actor.person,
        "organisation": fact.actor.organisation,
        "role": fact.actor.role.value,
    }


def day(on: date | None) -> str:
    """A day; empty for none."""
    return "" if on is None else on.isoformat()
