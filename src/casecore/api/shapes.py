"""Rows as JSON objects: a struct with the fields of a NamedTuple, so that answers have a schema, too."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, get_type_hints

import msgspec


@cache
def shape_of(
    row: type[tuple[Any, ...]], *, name: str = "", without: Collection[str] = frozenset()
) -> type[msgspec.Struct]:
    """A struct with the fields of a NamedTuple, but those that are left out.

    `name` is that of its schema, the row's own name unless it is given.
    """
    hints = get_type_hints(row, include_extras=False)
    fields: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
    return msgspec.defstruct(
        name or row.__name__,
        [(field, hints[field]) for field in fields if field not in without],
        frozen=True,
        kw_only=True,
        namespace={"__doc__": row.__doc__},
        module=row.__module__,
    )


def shaped(row: tuple[Any, ...], shape: type[msgspec.Struct]) -> Any:
    """A row as one of these structs."""
    return shape(**{field: getattr(row, field) for field in shape.__struct_fields__})
