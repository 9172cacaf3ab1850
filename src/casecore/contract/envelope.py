"""What every event carries besides its own content, and what the store adds to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from casecore.contract.enumeration import Enumeration
from casecore.contract.personal import Personal, Plain, Sealed, legible

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True, description="An instant, in UTC.")]


class Role(Enumeration):
    """In which role someone acts; an organisation can hold several, a command names one."""

    CUSTOMER = "customer"
    SELLER = "seller"
    VENDOR = "vendor"
    PARTNER = "partner"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True):
    """Who acted: a person, for an organisation, in a role."""

    person: str
    organisation: str
    role: Role


OnBehalfOf: TypeAlias = Annotated[
    Actor | None,
    msgspec.Meta(
        description=(
            "Who asked for what the system did, where somebody is named. Absent where the actor is not the "
            "system, and from events that earlier programs stored."
        )
    ),
]

TEXT = "string"
"""The type of attributes that are text, as XES calls it."""


class Attribute(NamedTuple):
    """An attribute of a row, or its person, for whoever reads it: personal or not, it has one shape.

    `text` is a note where it is sealed.
    """

    text: str
    personal: bool
    type: str


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """The row of another system's log that an imported event keeps: (name, case, place) identify it.

    `place` is the row's place in its case, from 1. The row's time is the fact's `occurred_at`;
    `utc_offset_seconds` is the offset with which the row states it, and is absent if it states none.
    Attributes are personal unless the import's mapping says otherwise. `types` has the other system's types
    of attributes that are no text there, such as int or date.
    """

    name: str
    case: str
    place: int
    activity: str
    resource: str | Personal | None = None
    attributes: dict[str, str | Personal] = {}
    types: dict[str, str] = {}
    utc_offset_seconds: int | None = None

    @property
    def person(self) -> Attribute | None:
        """The person who did it there, if the row names one."""
        return None if self.resource is None else _attribute(self.resource, TEXT)

    def described(self) -> dict[str, Attribute]:
        """The attributes, all of one shape."""
        types = self.types
        return {name: _attribute(given, types.get(name, TEXT)) for name, given in self.attributes.items()}


def _attribute(given: str | Plain | Sealed, kind: str) -> Attribute:
    if isinstance(given, str):
        return Attribute(given, False, kind)
    return Attribute(legible(given) or "", True, kind)


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of one type of event; the types are listed in `casecore.contract.types`."""


Data_co = TypeVar("Data_co", bound=EventData, covariant=True)


class Fact(msgspec.Struct, Generic[Data_co], frozen=True, kw_only=True, omit_defaults=True):
    """What is stored of an event, and is the body of its record.

    `implied` marks a move that no source row states, which an import made so that the next fact is legal.
    """

    occurred_at: Instant
    actor: Actor
    on_behalf_of: OnBehalfOf = None
    command_id: UUID
    correlation_id: UUID
    causation_id: str | None = None
    implied: bool = False
    source: Source | None = None
    data: Data_co


class RecordedEvent(msgspec.Struct, Generic[Data_co], frozen=True):
    """A fact with what the store added: its place in the log and in its stream, and when it was stored.

    `position` rises over all streams, with gaps; `version` counts a stream's events from 1, without gaps.
    """

    position: int
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    fact: Fact[Data_co]
