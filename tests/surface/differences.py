"""The differences that are wanted, each with the line of the changelog that tells users of it.

They stand in `differences.toml`, one after another:

    [[difference]]
    part = "help"
    path = ["casecore case open"]     # the keys from outside in, as a failing test prints them
    old = ["the lines as they were"]  # left out: the key is new
    new = ["the lines as they are"]   # left out: the key is gone
    after = "another key"             # of a new key: after which it stands; left out: as the last
    changelog = "- The line of CHANGELOG.md, exactly."

Of a list of lines, `old` and `new` may be some that follow each other, if they stand there only once. For
`old` and `new`, `old_json` and `new_json` take JSON as a text, such as a failing test prints it.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from copy import deepcopy
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple

from tests.surface.written import text_of

MOST_SHOWN = 60


class Missing:
    """Stands for a key that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


class Difference(NamedTuple):
    """A difference that is wanted."""

    part: str
    path: tuple[str | int, ...]
    old: Any
    new: Any
    after: str | None
    changelog: str


class Unapplied(AssertionError):
    """A listed difference does not fit what was captured; the message says which and why."""


def read_differences(file: Path) -> list[Difference]:
    """All that are listed, in order."""
    listed = tomllib.loads(file.read_text(encoding="utf-8")).get("difference", [])
    return [
        Difference(
            one["part"],
            tuple(one["path"]),
            _given(one, "old"),
            _given(one, "new"),
            one.get("after"),
            one["changelog"],
        )
        for one in listed
    ]


def _given(one: dict[str, Any], name: str) -> Any:
    return json.loads(one[f"{name}_json"]) if f"{name}_json" in one else one.get(name, MISSING)


def missing_from_changelog(differences: Iterable[Difference], changelog: str) -> list[str]:
    """The lines that the changelog does not have."""
    lines = set(changelog.splitlines())
    return [one.changelog for one in differences if not one.changelog.strip() or one.changelog not in lines]


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, also in the order of their keys."""
    return _text(one) == _text(other)


def applied(surface: Any, differences: Iterable[Difference]) -> Any:
    """The surface with these differences; raises Unapplied where one does not fit."""
    changed = deepcopy(surface)
    for one in differences:
        if one.old is MISSING and one.new is MISSING:
            raise Unapplied(f"{_named(one)}: it has neither old nor new")
        _apply(changed, one)
    return changed


def not_occurring(old: Any, captured: Any, differences: Iterable[Difference]) -> list[str]:
    """The listed differences where what was captured is as it was before."""
    return [_named(one) for one in differences if same(_at(old, one.path), _at(captured, one.path))]


def comparison(expected: Any, captured: Any) -> str:
    """Where two surfaces differ, and how; empty where they do not."""
    lines = list(_lines((), expected, captured))
    more = [f"… and {len(lines) - MOST_SHOWN} lines more"] if len(lines) > MOST_SHOWN else []
    return "\n".join(lines[:MOST_SHOWN] + more)


def _apply(surface: Any, one: Difference) -> None:
    parent = _at(surface, one.path[:-1])
    key = one.path[-1]
    before = _at(surface, one.path)
    if one.old is MISSING:
        if not isinstance(parent, dict) or before is not MISSING:
            raise Unapplied(f"{_named(one)}: it is there already, as {_text(before)}")
        _insert(parent, str(key), one)
        return
    if before is MISSING:
        raise Unapplied(f"{_named(one)}: there is no such value")
    if same(before, one.old):
        if one.new is MISSING:
            del parent[key]
        else:
            parent[key] = one.new
        return
    if one.new is MISSING or not isinstance(before, list) or not isinstance(one.old, list):
        raise Unapplied(f"{_named(one)}: it is not as `old` says, but {text_of(before)}")
    parent[key] = _with_lines(before, one)


def _insert(parent: dict[str, Any], key: str, one: Difference) -> None:
    items = list(parent.items())
    place = len(items)
    if one.after is not None:
        if one.after not in parent:
            raise Unapplied(f"{_named(one)}: there is no {one.after!r} after which it could stand")
        place = list(parent).index(one.after) + 1
    items.insert(place, (key, one.new))
    parent.clear()
    parent.update(items)


def _with_lines(before: list[Any], one: Difference) -> list[Any]:
    size = len(one.old)
    places = [place for place in range(len(before) - size + 1) if before[place : place + size] == one.old]
    if size == 0 or len(places) != 1:
        raise Unapplied(f"{_named(one)}: the lines of `old` stand there {len(places)} times")
    return [*before[: places[0]], *one.new, *before[places[0] + size :]]


def _at(surface: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        try:
            surface = surface[key]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return surface


def _text(value: Any) -> str:
    return repr(value) if value is MISSING else text_of(value)


def _named(one: Difference) -> str:
    return f"{one.part}, path = {text_of(list(one.path))}"


def _lines(path: tuple[str, ...], expected: Any, captured: Any) -> Iterable[str]:
    if same(expected, captured):
        return
    if isinstance(expected, dict) and isinstance(captured, dict):
        yield from _of_objects(path, expected, captured)
        return
    yield f"path = {text_of(list(path))}"
    if isinstance(expected, list) and isinstance(captured, list):
        yield from _of_texts([text_of(item) for item in expected], [text_of(item) for item in captured])
    else:
        yield from _of_texts(_text(expected).splitlines(), _text(captured).splitlines())


def _of_objects(path: tuple[str, ...], expected: dict[str, Any], captured: dict[str, Any]) -> Iterable[str]:
    for key in {**expected, **captured}:
        yield from _lines((*path, key), expected.get(key, MISSING), captured.get(key, MISSING))
    common = [key for key in expected if key in captured]
    order = [key for key in captured if key in expected]
    if common != order:
        yield f"path = {text_of(list(path))}: the order of the keys"
        yield from _of_texts(common, order)


def _of_texts(expected: list[str], captured: list[str]) -> Iterable[str]:
    return (
        line
        for line in unified_diff(expected, captured, lineterm="", n=1)
        if line[:3] not in ("---", "+++", "@@ ")
    )
