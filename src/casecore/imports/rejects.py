"""The rejects file: each row that was not imported, with its line and the reason."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, NamedTuple, Protocol, Self, TextIO
from uuid import uuid4

from casecore.errors.files import naming
from casecore.files.spreadsheets import spreadsheet_json, spreadsheet_text
from casecore.imports.errors import InvalidRejectsPath
from casecore.imports.source_file import SourceRow

_DEVICES = Path("/dev")
LONGEST_VALUE = 2_000
"""Characters of one value that are copied; enough to find the row again by."""


def rejects_path(source: Path) -> Path:
    """The rejects file of a source file, in the same folder; a pipe has none: raises InvalidRejectsPath."""
    path = source.with_name(source.name + ".rejects.csv")
    if source.parent == _DEVICES or (source.exists() and not source.is_file()):
        raise InvalidRejectsPath(path, "would stand beside a pipe or a device")
    return path


class Rejects(Protocol):
    """Takes the rows of a log that are rejected."""

    @property
    def count(self) -> int:
        """How many rows there were."""
        ...

    @property
    def path(self) -> Path | None:
        """The file that lists them, if one does."""
        ...

    def add(self, row: SourceRow, reason: str) -> None:
        """Take a row that is not imported, and why; raises OSError."""
        ...


class RejectedRow(NamedTuple):
    """A rejected row: its line, its case and place in it if they are known, and the reason."""

    line: int
    case: str | None
    place: int
    reason: str


class FirstRejects:
    """The first rejects of a log, in memory; the others are only counted."""

    path: Path | None = None

    def __init__(self, most: int) -> None:
        self.count = 0
        self.first: list[RejectedRow] = []
        self._most = most

    def add(self, row: SourceRow, reason: str) -> None:
        """Take a row that would not be imported, and why."""
        self.count += 1
        if len(self.first) < self._most:
            case = None if row.case is None else _reason(row.case)
            self.first.append(RejectedRow(row.line, case, row.place, _reason(reason)))


class RejectsFile:
    """A file that is written under another name, and renamed when the import ends; a context manager.

    Without rejects there is no file, and the one of an earlier import is removed. If the import fails, the
    file at the path stays, and what was written is removed: the next import rejects the same rows. Each kind
    of import has its own `header`.
    """

    header: ClassVar[tuple[str, ...]]

    def __init__(self, path: Path, inputs: Sequence[Path] = ()) -> None:
        """Begin to write; `inputs` are the files that the import reads.

        Raises InvalidRejectsPath if the path is one of them or a folder, if there is a file that is not a
        rejects file, and if its folder cannot be written.
        """
        try:
            _check_path(path, inputs, self.header)
            self._part = path.with_name(f".rejects-{uuid4().hex}.part")
            self._file: TextIO = self._part.open("x", encoding="utf-8", newline="")
        except OSError as error:
            raise InvalidRejectsPath(path, f"cannot be written ({error.strerror or error})") from error
        self.path = path
        self.count = 0
        self._writer = csv.writer(self._file)
        self._writer.writerow(self.header)

    def _write(self, *cells: object) -> None:
        with naming(self.path):
            self._writer.writerow([spreadsheet_text(str(value)) for value in cells])
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with suppress(OSError):  # as of a full disk: the import's own error is the one to raise
                self._file.close()
            self._part.unlink(missing_ok=True)
            return
        try:
            with naming(self.path):
                self._file.close()
            if self.count:
                self._part.replace(self.path)
            else:
                self.path.unlink(missing_ok=True)
        finally:
            self._part.unlink(missing_ok=True)


class CaseRejects(RejectsFile):
    """The rejects of another system's log: each row with its case and its place in it."""

    header = ("line", "case", "place", "reason", "row")

    def add(self, row: SourceRow, reason: str) -> None:
        """Write one row that was not imported, and why; raises OSError."""
        # In ASCII, as JSON has it, so that any bytes can be written down.
        case = _cut(row.case or "").encode("ascii", "backslashreplace").decode()
        self._write(row.line, case, row.place or "", _reason(reason), _json(row.attributes))


class FieldRejects(RejectsFile):
    """The rejects of a table: each row with the field that is wrong."""

    header = ("line", "field", "reason", "row")

    def add_field(self, line: int, field: str, reason: str, cells: Mapping[str, str]) -> None:
        """Write a row of these cells; the field is empty if none is named. Raises OSError."""
        self._write(line, field, _reason(reason), _json(cells))


def _check_path(path: Path, inputs: Sequence[Path], header: Sequence[str]) -> None:
    for given in inputs:
        if _is_same_file(path, given):
            raise InvalidRejectsPath(path, f"is the file {given}, which is read")
    if path.is_dir():
        raise InvalidRejectsPath(path, "is a folder")
    if not path.exists():
        return
    if not path.is_file():
        raise InvalidRejectsPath(path, "is not an ordinary file")
    names = ",".join(header)
    header_line = f"{names}\r\n".encode()
    with path.open("rb") as existing:
        begins = existing.read(len(header_line))
    if begins != header_line:
        raise InvalidRejectsPath(path, f"holds something else than rejected rows (no header {names})")


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one of them is not there
        return False


def _json(cells: Mapping[str, str]) -> str:
    return spreadsheet_json(json.dumps({_cut(name): _cut(text) for name, text in cells.items()}))


def _reason(text: str) -> str:
    return _cut(text).encode("utf-8", "backslashreplace").decode()


def _cut(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
