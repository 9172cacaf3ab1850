"""How a part of the surface is written to a file, so that differences between two of them read well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_WIDTH = 110


def text_of(value: Any, depth: int = 0) -> str:
    """A value as JSON that reads well: what fits on a line stands on one, the rest is indented by one."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or len(line) + depth <= _WIDTH:
        return line
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        items = [
            f"{pad}{json.dumps(key, ensure_ascii=False)}: {text_of(item, depth + 1)}"
            for key, item in value.items()
        ]
    else:
        items = [pad + text_of(item, depth + 1) for item in value]
    begins, ends = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([begins, ",\n".join(items), " " * depth + ends])


def write_part(folder: Path, part: str, value: Any) -> None:
    """Write what was captured of a part."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part}.json").write_text(text_of(value) + "\n", encoding="utf-8")


def read_part(folder: Path, part: str) -> Any:
    """What was captured of a part."""
    return json.loads((folder / f"{part}.json").read_text(encoding="utf-8"))
