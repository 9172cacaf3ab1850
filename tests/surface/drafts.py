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
