"""What a projection is: a pure fold for each key, and the rows that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import StreamKind
from projections.kit.stored_table import Row, StoredTable, SummedTable

DerivedRows: TypeAlias = dict[tuple[type[Row], object], Row]
"""The rows that follow from a stream's state, by class and key."""


StateT = TypeVar("StateT", bound=msgspec.Struct)


def no_event_rows(_before: object, _event: object, _after: object) -> Iterable[Row]:
    """The `event_rows` of a projection whose rows all follow from the state alone."""
    return ()


class TakenOver(NamedTuple):
    """Forms of a view as earlier programs hashed them, and as this one does: what is stored is the same.

    They differ in how words or comments count. A view that is taken over keeps its comments.
    """

    earlier: tuple[str, ...]
    today: str


class FinishedBy(NamedTuple):
    """Which streams are finished: those whose row in a table, of which it is the key, has something in a
    column.
    """

    table: StoredTable
    column: str


@dataclass(frozen=True)
class Projection(Generic[StateT]):
    """A view: how the events of each key become a state, and which rows follow.

    `version` rises whenever the fold changes; then the view is built from scratch and swapped in, never
    migrated. `reads` names event types without their version; others only move the key's version on.

    `evolve`, `event_rows` and `derived_rows` are pure: no clock, no time zone file, no look-up. `event_rows`
    are the rows that an event adds or touches; it takes the state before the event (None at first), the
    event and the state after it, so that a state need not carry the last event about. `derived_rows` are all
    rows of a stream in tables `of_stream`; it takes the stream's id, the version of its last event and its
    state, and is asked once for each stream of a batch.

    `sums` are kept of streams that are `finished`, which a row of theirs says.

    `views` is SQL that builds on the tables, with their plain names. `taken_over` says of views of this
    version that earlier programs built which form they have, where today's program hashes it otherwise.
    """

    name: str
    version: int
    comment: str
    kinds: tuple[StreamKind, ...]
    reads: frozenset[str]
    state: type[StateT]
    evolve: Callable[[StateT | None, RecordedEvent[EventData]], StateT]
    tables: tuple[StoredTable, ...]
    event_rows: Callable[[StateT | None, RecordedEvent[EventData], StateT], Iterable[Row]] = no_event_rows
    derived_rows: Callable[[UUID, int, StateT], Iterable[Row]] | None = None
    sums: tuple[SummedTable, ...] = ()
    finished: FinishedBy | None = None
    views: str = ""
    taken_over: TakenOver | None = None

    def __post_init__(self) -> None:
        if len(self.table_of) != len(self.tables):
            raise ValueError(f"two tables of {self.name} share a class of rows")
        if self.sums and self.finished is None:
            raise ValueError(f"{self.name} has sums of finished streams, and does not say which these are")
        if self.derived_rows is None and any(table.of_stream for table in self.tables):
            raise ValueError(f"{self.name} has a table of a stream's rows, and nothing that derives them")

    @property
    def all_tables(self) -> tuple[StoredTable, ...]:
        """Those of rows, and those of sums."""
        return (*self.tables, *self.sums)

    @cached_property
    def table_of(self) -> dict[type, StoredTable]:
        """The table of each class of rows."""
        return {table.row: table for table in self.tables}

    @cached_property
    def _state_decoder(self) -> msgspec.json.Decoder[StateT]:
        return msgspec.json.Decoder(self.state)

    def __getstate__(self) -> dict[str, object]:
        """For another process: its fields, without the decoder, which cannot be sent."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def decode_state(self, stored: bytes) -> StateT:
        """The state that was stored as JSON; raises msgspec.ValidationError for one of another form."""
        return self._state_decoder.decode(stored)


AnyProjection: TypeAlias = Projection[Any]
