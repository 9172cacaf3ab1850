"""What a table of a view is: a class of rows whose fields say name, type and comment of its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from operator import itemgetter
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    NamedTuple,
    ParamSpec,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from projections.kit.roles import READER

Row: TypeAlias = tuple[object, ...]
"""A row of a declared table: a NamedTuple whose class names the table.

A jsonb column holds JSON as text, and an array column PostgreSQL's text form of it.
"""

_TYPES: dict[object, str] = {
    UUID: "uuid",
    str: "text",
    bool: "boolean",
    int: "bigint",
    Decimal: "numeric",
    date: "date",
    datetime: "timestamptz",
}


@dataclass(frozen=True)
class Stored:
    """Annotates a field of a row: what its column means to a reader.

    The field's Python type says the column's type and whether it may be null; `type` names another one, such
    as int, jsonb or text[].
    """

    comment: str
    type: str = ""


class StoredColumn(NamedTuple):
    """A column: its name, its PostgreSQL type (`not null` where it holds), and what it means to a reader."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, eq=False, kw_only=True)  # each is declared once, and is looked up for every row
class StoredTable:
    """A table of rows, one class of rows for each; a row stays until one with the same key replaces it.

    Its columns are the fields of `row`, a NamedTuple, each `Annotated` with `Stored`.

    `append_only` promises that no key is ever written twice, which spares the merge. `of_stream`: the table's
    first column is a stream's id, and its rows are the `derived_rows` of the stream and no others: one that
    does not follow any more is deleted. `shared`: several streams bring the same row, so that several runners
    write it. `read_by`: the role that may read it, if not every reader may.
    """

    name: str
    comment: str
    row: type[Row]
    key: tuple[str, ...]
    append_only: bool = False
    of_stream: bool = False
    shared: bool = False
    read_by: str = READER
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        unknown = {*self.key, *(name for index in self.indexes for name in index)} - set(self.names)
        if unknown:
            raise ValueError(f"{self.name} has no columns {sorted(unknown)}")
        if self.of_stream and (self.append_only or self.key[0] != self.names[0]):
            raise ValueError(f"{self.name} replaces a stream's rows: its first column must begin its key")

    @cached_property
    def columns(self) -> tuple[StoredColumn, ...]:
        """The columns, in order; raises TypeError for a field that does not say what is stored."""
        fields: tuple[str, ...] = getattr(self.row, "_fields", ())
        hints = get_type_hints(self.row, include_extras=True)
        return tuple(_column(self.row, name, hints[name]) for name in fields)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def key_of(self) -> Callable[[Row], object]:
        """The key of a row."""
        getter: Callable[[Row], object] = itemgetter(*(self.names.index(name) for name in self.key))
        return getter


@dataclass(frozen=True, eq=False, kw_only=True)
class SummedTable(StoredTable):
    """A table of sums over the rows of streams to which nothing happens any more, or hardly.

    The kit keeps it in the transaction that changes the rows, so that a row of it is the sum of `facts` of
    its key, and there is none for a sum of nothing; streams that are not finished are counted on reading.

    `facts` is a query in the columns' order, with the places `{schema}`, and `{streams}` behind each column
    that is the stream's id, for which of them. It holds to finished streams itself. The columns that are no
    key are what is summed; the first of these counts: no fact is below one in it.
    """

    facts: str

    @cached_property
    def summed(self) -> tuple[str, ...]:
        """The columns that are sums."""
        return tuple(name for name in self.names if name not in self.key)

    def is_numeric(self, name: str) -> bool:
        """Whether a column has fractions: its digits must not depend on what was added in which order."""
        return any(column.name == name and column.type.startswith("numeric") for column in self.columns)


FieldsP = ParamSpec("FieldsP")
RowT = TypeVar("RowT")


def maker(row: Callable[FieldsP, RowT]) -> Callable[FieldsP, RowT]:
    """A function that makes rows of a class by keyword, in half the time that the class itself takes.

    It is for rows that are made for every event. It gains nothing for more than 15 keywords: Python passes
    these in a dictionary, whatever is called.
    """
    return cast("Callable[FieldsP, RowT]", partial(cast("Any", row).__new__, row))


def _column(row: type[Row], name: str, hint: object) -> StoredColumn:
    stored = next((each for each in get_args(hint)[1:] if isinstance(each, Stored)), None)
    if get_origin(hint) is not Annotated or stored is None:
        raise TypeError(f"{row.__name__}.{name} does not say what is stored: annotate it with Stored")
    value = get_args(hint)[0]
    kinds = set(get_args(value)) if get_origin(value) in (Union, UnionType) else {value}
    required = " not null" if NoneType not in kinds else ""
    kinds.discard(NoneType)
    found = stored.type or (_TYPES.get(kinds.pop()) if len(kinds) == 1 else None)
    if not found:
        raise TypeError(f"{row.__name__}.{name} may be of several types: Stored must name that of its column")
    return StoredColumn(name, found + required, stored.comment)
