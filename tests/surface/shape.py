"""The shape of JSON values: names, their order and kinds of values, without the values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TypeAlias

Shape: TypeAlias = str | list["Shape"] | dict[str, "Shape"]
"""Of a value: a word for a scalar, `[shape]` for an array, its keys in order for an object.

Where several are seen, they stand in `{"one of": […]}`, or as `text | null` where all are words.
"""

ONE_OF = "one of"

_DATE = r"\d{4}-\d{2}-\d{2}"
_WORDS = (
    ("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("date", _DATE),
    ("instant Z", rf"{_DATE}T\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?Z"),
    ("instant +00:00", rf"{_DATE}T\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?\+00:00"),
    ("instant with an offset", rf"{_DATE}T\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?[+-]\d{{2}}:\d{{2}}(:\d{{2}})?"),
    ("instant without an offset", rf"{_DATE}T\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?"),
)


def shape_of(value: object) -> Shape:
    """The shape of a value as `json.loads` gives it."""
    match value:
        case dict():
            return _of_object(value)
        case list():
            return _array(union(map(shape_of, value)))
        case _:
            return _of_scalar(value)


def shape_of_text(text: str) -> str:
    """What a text looks like: a UUID, a date, an instant and how it is written, or any other text."""
    return next((word for word, form in _WORDS if re.fullmatch(form, text)), "text")


def union(shapes: Iterable[Shape]) -> Shape | None:
    """One shape for all; None for none. Objects with the same keys in the same order become one."""
    words: set[str] = set()
    arrays: list[Shape] = []
    has_array = False
    objects: dict[tuple[str, ...], list[dict[str, Shape]]] = {}
    for shape in _alternatives(shapes):
        match shape:
            case str():
                words.update(shape.split(" | "))
            case list():
                has_array = True
                arrays += shape
            case dict():
                objects.setdefault(tuple(shape), []).append(shape)
    found: list[Shape] = []
    if words:
        found.append(" | ".join(sorted(words, key=lambda word: (word == "null", word))))
    if has_array:
        found.append(_array(union(arrays)))
    found += sorted((_merged(keys, alike) for keys, alike in objects.items()), key=json.dumps)
    if len(found) > 1:
        return {ONE_OF: found}
    return found[0] if found else None


def _of_object(value: dict[str, object]) -> Shape:
    assert ONE_OF not in value, f"a key is called {ONE_OF!r}"
    # Days as keys are data: which ones there are says nothing of the form.
    if value and all(re.fullmatch(_DATE, key) for key in value):
        inner = union(map(shape_of, value.values()))
        assert inner is not None
        return {"<date>": inner}
    return {key: shape_of(item) for key, item in value.items()}


def _of_scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "fraction"
        case _:
            return shape_of_text(str(value))


def _array(inner: Shape | None) -> list[Shape]:
    return [] if inner is None else [inner]


def _alternatives(shapes: Iterable[Shape]) -> Iterable[Shape]:
    for shape in shapes:
        if isinstance(shape, dict) and ONE_OF in shape:
            yield from shape[ONE_OF]
        else:
            yield shape


def _merged(keys: tuple[str, ...], alike: list[dict[str, Shape]]) -> dict[str, Shape]:
    merged: dict[str, Shape] = {}
    for key in keys:
        found = union(shape[key] for shape in alike)
        assert found is not None
        merged[key] = found
    return merged
