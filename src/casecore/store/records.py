"""What the store takes and gives: events to append, receipts of commands, and what a batch is decided on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class NewEvent(NamedTuple):
    """An event to append; `body` is the JSON of its fact."""

    stream_id: UUID
    version: int
    type: str
    body: bytes


class Receipt(NamedTuple):
    """A command was accepted: the version of its stream afterwards, and how many events it stored."""

    command_id: UUID
    content_hash: bytes
    stream_id: UUID
    version: int
    events: int


class Loaded(NamedTuple):
    """What a batch is decided on: events after the known versions, receipts by command id, and the store's
    time. `has_parties`: whether there is a party, so that organisations must be registered ones."""

    events: list[NewEvent]
    receipts: dict[UUID, Receipt]
    now: datetime
    has_parties: bool = False


class Appended(NamedTuple):
    """The events' positions, in order; when they were recorded; and the database's clock afterwards."""

    positions: list[int]
    recorded_at: datetime
    clock: datetime
