"""Columns of a table as Arrow has them, from the annotations of its row's type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints
from uuid import UUID

import pyarrow as pa

from projections.kit.stored_table import Stored

INSTANT = pa.timestamp("us", "UTC")
TEXTS = pa.map_(pa.string(), pa.string())
WORD = pa.dictionary(pa.int32(), pa.string())
"""Text with few different values: it is stored once for each."""

AnyRow = tuple[Any, ...]


class About(NamedTuple):
    """What a column is: in words, with its unit, and its Arrow type where Python's does not tell it."""

    text: str
    type: pa.DataType | None = None


_TYPES: dict[type, pa.DataType] = {
    str: pa.string(),
    UUID: pa.string(),
    int: pa.int64(),
    bool: pa.bool_(),
    float: pa.float64(),
    Decimal: pa.decimal128(9, 4),
    date: pa.date32(),
    datetime: INSTANT,
}


@cache
def schema_of(row: type[AnyRow]) -> pa.Schema:
    """The Arrow schema of a row: a NamedTuple whose fields are `Annotated` with `About`, or a view's row.

    A field has the column's text as metadata `about`, and is nullable where its type has None.
    """
    return pa.schema([_field(name, hint) for name, hint in get_type_hints(row, include_extras=True).items()])


def _field(name: str, hint: Any) -> pa.Field:
    assert get_origin(hint) is Annotated, f"{name} is not described"
    python, column = get_args(hint)
    kinds = [kind for kind in get_args(python) if kind is not type(None)] or [python]
    given, text = (None, column.comment) if isinstance(column, Stored) else (column.type, column.text)
    return pa.field(name, given or _TYPES[kinds[0]], type(None) in get_args(python), {"about": text})


def table_of(schema: pa.Schema, rows: Sequence[AnyRow]) -> pa.Table:
    """Rows as an Arrow table; each has its values in the order of the schema's fields."""
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    return pa.array(values, kind)
