"""What every event carries besides its own content, and what the store adds to it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Generic, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from casecore.contract.personal import Personal

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True, description="An instant, in UTC.")]


class Role(Enum):
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


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """The row of another system's log that an imported event keeps: (name, case, place) identify it.

    `place` is the row's place in its case, from 1. The row's time is the fact's `occurred_at`.
    Attributes are personal unless the import's mapping says otherwise.
    """

    name: str
    case: str
    place: int
    activity: str
    resource: str | Personal | None = None
    attributes: dict[str, str | Personal] = {}


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of one type of event; the types are listed in `casecore.contract.types`."""


Data_co = TypeVar("Data_co", bound=EventData, covariant=True)


class Fact(msgspec.Struct, Generic[Data_co], frozen=True, kw_only=True, omit_defaults=True):
    """What is stored of an event, and is the body of its record.

    `implied` marks a move that no source row states, which an import made so that the next fact is legal.
    """

    occurred_at: Instant
    actor: Actor
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
