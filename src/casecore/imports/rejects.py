"""The rejects file: each row that was not imported, with its line and the reason."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import TextIO

from casecore.imports.source_file import SourceRow

HEADER = ("line", "case", "place", "reason", "row")
LONGEST_VALUE = 2_000
"""Characters of one value that are copied; enough to find the row again by."""


def rejects_path(source: Path) -> Path:
    """Where the rejects of a source file stand: beside it."""
    return source.with_name(source.name + ".rejects.csv")


class RejectsFile:
    """Written from the first reject on; without one there is no file, and an earlier import's is removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None
        path.unlink(missing_ok=True)

    def add(self, row: SourceRow, reason: str) -> None:
        """Write down one row that was not imported, and why."""
        if self._file is None:
            # Line by line, so that a killed import leaves what it had found.
            self._file = self.path.open("w", encoding="utf-8", newline="", buffering=1)
            csv.writer(self._file).writerow(HEADER)
        attributes = {_cut(name): _cut(text) for name, text in row.attributes.items()}
        # JSON in ASCII, and the case as JSON does it, so that any bytes can be written down.
        case = _cut(row.case or "").encode("ascii", "backslashreplace").decode()
        csv.writer(self._file).writerow(
            (
                row.line,
                case,
                row.place or "",
                _cut(reason).encode("utf-8", "backslashreplace").decode(),
                json.dumps(attributes),
            )
        )
        self.count += 1

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def _cut(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
