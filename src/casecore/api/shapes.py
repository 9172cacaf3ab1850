"""Rows as JSON objects: a struct with the fields of a NamedTuple, so that answers have a schema, too."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from projections.kit.stored_table import Stored

_WITH_ZONE: Any = Annotated[datetime, msgspec.Meta(tz=True)]


@cache
def shape_of(
    row: type[tuple[Any, ...]], *, name: str = "", without: Collection[str] = frozenset()
) -> type[msgspec.Struct]:
    """A struct with the fields of a NamedTuple, but those that are left out.

    `name` is that of its schema, the row's own name unless it is given. What a column of a view means is the
    field's description.
    """
    hints = get_type_hints(row, include_extras=True)
    fields: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
    return msgspec.defstruct(
        name or row.__name__,
        [(field, _described(hints[field])) for field in fields if field not in without],
        frozen=True,
        kw_only=True,
        namespace={"__doc__": row.__doc__},
        module=row.__module__,
    )


def shaped(row: tuple[Any, ...], shape: type[msgspec.Struct]) -> Any:
    """A row as one of these structs."""
    return shape(**{field: getattr(row, field) for field in shape.__struct_fields__})


def _described(hint: Any) -> Any:
    """The type of a field with what is known of it: what its column means, and that instants have a zone."""
    form, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    parts = [_WITH_ZONE if part is datetime else part for part in get_args(form) or (form,)]
    described = reduce(or_, parts) if _WITH_ZONE in parts else form
    for note in notes:
        described = Annotated[
            described, msgspec.Meta(description=note.comment) if isinstance(note, Stored) else note
        ]
    return described
