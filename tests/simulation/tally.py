"""A small view of cases and parties: a row for each stream that is replaced, and one for each event read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import CASES, PARTIES
from casecore.contract.types import names_of
from projections.kit.projection import Projection
from projections.kit.stored_table import Row, Stored, StoredTable

UNREAD = "casecore.case.priority_changed"
"""An event type that this view does not read, so that only the stream's version changes."""


class Tally(msgspec.Struct, frozen=True):
    """How many events were read of a stream, and what the last one was."""

    events: int
    last: str


class StreamRow(NamedTuple):
    """The current state of a stream."""

    stream_id: Annotated[UUID, Stored("What it says.")]
    version: Annotated[int, Stored("What it says.")]
    events: Annotated[int, Stored("What it says.", "int")]
    last: Annotated[str, Stored("What it says.")]


class EventRow(NamedTuple):
    """An event that was read."""

    stream_id: Annotated[UUID, Stored("What it says.")]
    version: Annotated[int, Stored("What it says.")]
    type: Annotated[str, Stored("What it says.")]


def _table(name: str, row: type[Row], key: tuple[str, ...], append_only: bool) -> StoredTable:
    return StoredTable(name=name, comment="What was counted.", row=row, key=key, append_only=append_only)


def _evolve(before: Tally | None, event: RecordedEvent[EventData]) -> Tally:
    return Tally((before.events if before else 0) + 1, event.type)


def _rows(_before: Tally | None, event: RecordedEvent[EventData], after: Tally) -> Iterable[Row]:
    yield StreamRow(event.stream_id, event.version, after.events, after.last)
    yield EventRow(event.stream_id, event.version, event.type)


TALLY = Projection(
    name="tally",
    version=1,
    comment="What the simulation folds.",
    kinds=(CASES, PARTIES),
    reads=(names_of(CASES) | names_of(PARTIES)) - {UNREAD},
    state=Tally,
    evolve=_evolve,
    event_rows=_rows,
    tables=(
        _table("streams", StreamRow, ("stream_id",), append_only=False),
        _table("events", EventRow, ("stream_id", "version"), append_only=True),
    ),
)
