"""The objects inside an event's JSON, for tests that add a field to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FREE = ("attributes", "holiday_names")
"""Objects with free keys: any key in them is content, and none is a field."""


def paths_of_objects(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path to each object with fields in an event's JSON, the outermost first."""
    if isinstance(node, dict):
        yield path
        for name, value in node.items():
            if name not in FREE:
                yield from paths_of_objects(value, (*path, name))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from paths_of_objects(value, (*path, place))


def object_at(node: Any, path: tuple[str | int, ...]) -> Any:
    """The object at a path."""
    for step in path:
        node = node[step]
    return node
