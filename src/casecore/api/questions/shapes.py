"""Rows as JSON objects: a struct with the fields of a NamedTuple, so that answers have a schema, too."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from projections.kit.stored_table import Stored

_WITH_ZONE: Any = Annotated[datetime, msgspec.Meta(tz=True)]


@cache
def shape_of(
    row: type[tuple[Any, ...]],
    *,
    name: str = "",
    without: Collection[str] = frozenset(),
    more: tuple[tuple[str, Any], ...] = (),
) -> type[msgspec.Struct]:
    """A struct with the fields of a NamedTuple, but those that are left out; also of rows within it.

    `name` is that of its schema, the row's own name unless it is given. What a column of a view means is the
    field's description. It has `more` fields with their types, which are given to `shaped`.
    """
    hints = get_type_hints(row, include_extras=True)
    fields: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
    return msgspec.defstruct(
        name or row.__name__,
        [*((field, _in_json(hints[field])) for field in fields if field not in without), *more],
        frozen=True,
        kw_only=True,
        namespace={"__doc__": row.__doc__, "_rows": tuple(one for one in fields if _has_rows(hints[one]))},
        module=row.__module__,
    )


def shaped(row: tuple[Any, ...], shape: type[msgspec.Struct], **more: object) -> Any:
    """A row as one of these structs; `more` is what is not in the row."""
    values = {
        field: more[field] if field in more else getattr(row, field) for field in shape.__struct_fields__
    }
    for field in shape._rows:  # type: ignore[attr-defined]
        if field in values:
            values[field] = _shaped_within(values[field])
    return shape(**values)


def _shaped_within(value: Any) -> Any:
    if _is_row(type(value)):
        row: tuple[Any, ...] = value
        return shaped(row, shape_of(type(row)))
    return [_shaped_within(one) for one in value] if isinstance(value, list | tuple) else value


def _is_row(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields")


def _has_rows(hint: Any) -> bool:
    return _is_row(hint) or any(map(_has_rows, get_args(hint)))


def _in_json(hint: Any) -> Any:
    """A field's type as it is in JSON, with what its column means: a decimal is a number, a row an object."""
    if get_origin(hint) is Annotated:
        form, *notes = get_args(hint)
        known = [msgspec.Meta(description=one.comment) if isinstance(one, Stored) else one for one in notes]
        return reduce(lambda described, note: Annotated[described, note], known, _in_json(form))
    if hint is datetime:
        return _WITH_ZONE
    if hint is Decimal:
        return float
    if _is_row(hint):
        return shape_of(hint)
    if get_origin(hint) in (Union, UnionType):
        return reduce(or_, map(_in_json, get_args(hint)))
    if get_origin(hint) is list:
        return list[_in_json(get_args(hint)[0])]  # type: ignore[misc]
    return hint
