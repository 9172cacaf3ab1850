"""The rejects file: each row that was not imported, with its line and the reason."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO
from uuid import uuid4

from casecore.imports.errors import RejectsPathWrong
from casecore.imports.source_file import SourceRow

HEADER = ("line", "case", "place", "reason", "row")
LONGEST_VALUE = 2_000
"""Characters of one value that are copied; enough to find the row again by."""

_HEADER_LINE = f"{','.join(HEADER)}\r\n".encode()


def rejects_path(source: Path) -> Path:
    """Where the rejects of a source file stand: beside it."""
    return source.with_name(source.name + ".rejects.csv")


class RejectsFile:
    """Written beside its path, and put there when the import ends; a context manager.

    Without a reject there is no file, and an earlier import's is removed. Where the import fails, what
    stood at the path stays, and what was written is removed: the next import rejects the same rows.
    """

    def __init__(self, path: Path, inputs: Sequence[Path] = ()) -> None:
        """Begin to write; `inputs` are the files that the import reads.

        Raises RejectsPathWrong where the path is one of them or a folder, where something stands there that
        is no rejects file, and where its folder cannot be written.
        """
        try:
            _refuse_what_must_stay(path, inputs)
            self._part = path.with_name(f".rejects-{uuid4().hex}.part")
            self._file: TextIO = self._part.open("x", encoding="utf-8", newline="")
        except OSError as error:
            raise RejectsPathWrong(path, f"cannot be written ({error.strerror or error})") from error
        self.path = path
        self.count = 0
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)

    def add(self, row: SourceRow, reason: str) -> None:
        """Write down one row that was not imported, and why; raises OSError."""
        attributes = {_cut(name): _cut(text) for name, text in row.attributes.items()}
        # JSON in ASCII, and the case as JSON does it, so that any bytes can be written down.
        case = _cut(row.case or "").encode("ascii", "backslashreplace").decode()
        self._writer.writerow(
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
        if kind is not None:
            with suppress(OSError):  # of a full disk, say: the import's own error is the one to tell
                self._file.close()
            self._part.unlink(missing_ok=True)
            return
        try:
            self._file.close()
            if self.count:
                self._part.replace(self.path)
            else:
                self.path.unlink(missing_ok=True)
        finally:
            self._part.unlink(missing_ok=True)


def _refuse_what_must_stay(path: Path, inputs: Sequence[Path]) -> None:
    for given in inputs:
        if _is_same_file(path, given):
            raise RejectsPathWrong(path, f"is the file {given}, which is read")
    if path.is_dir():
        raise RejectsPathWrong(path, "is a folder")
    if not path.exists():
        return
    if not path.is_file():
        raise RejectsPathWrong(path, "is no ordinary file")
    with path.open("rb") as standing:
        begins = standing.read(len(_HEADER_LINE))
    if begins != _HEADER_LINE:
        header = ",".join(HEADER)
        raise RejectsPathWrong(path, f"holds something else than rejected rows (no header {header})")


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one of them is not there
        return False


def _cut(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
