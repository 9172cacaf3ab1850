"""What a projection is: a pure fold for each key, and the rows that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import StreamKind

Row: TypeAlias = tuple[object, ...]
"""A row of a declared table: a NamedTuple whose class names the table. A jsonb column holds JSON as bytes."""


class Column(NamedTuple):
    """A column: its name, its PostgreSQL type (`not null` where it holds), and what it means to a reader."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Table:
    """A table of rows, one class of rows for each; a row stays until one with the same key replaces it.

    `append_only` promises that no key is ever written twice, which spares the merge.
    """

    name: str
    comment: str
    row: type[Row]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    append_only: bool = False
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        fields = getattr(self.row, "_fields", ())
        if fields != self.names:
            raise ValueError(
                f"the rows of {self.name} have the fields {fields}, its columns are {self.names}"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def key_of(self) -> Callable[[Row], object]:
        """The key of a row."""
        getter: Callable[[Row], object] = itemgetter(*(self.names.index(name) for name in self.key))
        return getter


StateT = TypeVar("StateT", bound=msgspec.Struct)


@dataclass(frozen=True)
class Projection(Generic[StateT]):
    """A view: how the events of each key become a state, and which rows each event touches.

    `version` rises whenever the fold changes; then the view is built anew and swapped in, never
    migrated. `reads` names event types without their version; others only keep the key's version
    going. `evolve` and `rows` are pure: no clock, no time zone file, no look-up. `rows` takes the state
    before the event (None at first), the event and the state after it, so that a state need not carry
    the last event about. `views` is SQL that stands on the tables, with their plain names.
    """

    name: str
    version: int
    comment: str
    kinds: tuple[StreamKind, ...]
    reads: frozenset[str]
    state: type[StateT]
    evolve: Callable[[StateT | None, RecordedEvent[EventData]], StateT]
    rows: Callable[[StateT | None, RecordedEvent[EventData], StateT], Iterable[Row]]
    tables: tuple[Table, ...]
    views: str = ""

    def __post_init__(self) -> None:
        if len(self.table_of) != len(self.tables):
            raise ValueError(f"two tables of {self.name} share a class of rows")

    @cached_property
    def table_of(self) -> dict[type, Table]:
        """The table of each class of rows."""
        return {table.row: table for table in self.tables}

    @cached_property
    def _state_decoder(self) -> msgspec.json.Decoder[StateT]:
        return msgspec.json.Decoder(self.state)

    def decode_state(self, stored: bytes) -> StateT:
        """The state that was stored; raises msgspec.ValidationError for one of another shape."""
        return self._state_decoder.decode(stored)


AnyProjection: TypeAlias = Projection[Any]
