"""Drafts of the entries of `differences.toml`, from what a failing test found; people write the changelog."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.surface.differences import MISSING, same

CHANGELOG = "- …"


def write_draft(folder: Path, part: str, expected: Any, captured: Any) -> Path:
    """Write what would have to be listed for a part into a file; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"differences-{part}.toml"
    file.write_text(draft(part, expected, captured), encoding="utf-8")
    return file


def draft(part: str, expected: Any, captured: Any) -> str:
    """The entries that turn what was expected into what was captured."""
    return "\n".join(_entries(part, (), expected, captured))


def _entries(part: str, path: tuple[str, ...], expected: Any, captured: Any) -> Iterator[str]:
    if same(expected, captured):
        return
    if isinstance(expected, list) and isinstance(captured, list):
        yield _entry(part, path, *_lines_that_differ(expected, captured))
        return
    if not (isinstance(expected, dict) and isinstance(captured, dict)):
        yield _entry(part, path, expected, captured)
        return
    for key in expected:
        yield from _entries(part, (*path, key), expected[key], captured.get(key, MISSING))
    before: str | None = None
    for key in captured:
        if key not in expected:
            yield _entry(part, (*path, key), MISSING, captured[key], before)
        before = key


def _lines_that_differ(old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any]]:
    """Both without what is the same at their ends, but for so much that the old lines stand there once."""
    shorter = min(len(old), len(new))
    first = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    after = next(
        (place for place in range(shorter - first) if old[-1 - place] != new[-1 - place]), shorter - first
    )
    while (first or after) and _times(old[first : len(old) - after], old) != 1:
        first, after = (first - 1, after) if first else (first, after - 1)
    return old[first : len(old) - after], new[first : len(new) - after]


def _times(some: list[Any], lines: list[Any]) -> int:
    """How often some lines stand among others, one after the other; never, if there are none."""
    size = len(some)
    return (
        sum(1 for place in range(len(lines) - size + 1) if lines[place : place + size] == some) if size else 0
    )


def _entry(part: str, path: tuple[str, ...], old: Any, new: Any, after: str | None = None) -> str:
    lines = ["[[difference]]", f"part = {_text(part)}", f"path = {_text(list(path))}"]
    for name, value in (("old", old), ("new", new)):
        if value is not MISSING:
            lines.append(f"{name}_json = {_text(_text(value))}")
    if after is not None:
        lines.append(f"after = {_text(after)}")
    return "\n".join([*lines, f"changelog = {_text(CHANGELOG)}", ""])


def _text(value: Any) -> str:
    """JSON, which is TOML too for texts and lists of texts."""
    return json.dumps(value, ensure_ascii=False)
