"""What can go wrong in an import: with the mapping, with the file as a whole, or with one row."""

from __future__ import annotations

from pathlib import Path

from casecore.errors.kinds import InvalidInput


class InvalidMapping(InvalidInput):
    """A mapping file cannot be used: which file, which key, and what would be right."""

    def __init__(self, file: str, key: str, what: str) -> None:
        super().__init__(f"{file}: {key}: {what}" if key else f"{file}: {what}")
        self.file = file
        self.key = key
        self.what = what


class InvalidRejectsPath(InvalidInput):
    """Rejected rows cannot be listed at a path: which path, and why."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}: name another path for the rejected rows")
        self.path = path
        self.what = what


class SourceDamaged(ValueError):
    """The bytes of a source file end too early, or are damaged; the reader adds the line."""


class SourceBroken(InvalidInput):
    """A source file cannot be read beyond a line; the rows before it were read."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}, line {line}: {what}")
        self.file = file
        self.line = line
        self.what = what


class RowRejected(ValueError):
    """One row cannot be imported; the message is the reason that is written to the rejects file.

    `column` is the one that is wrong, empty where none is named.
    """

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.column = column


class RowsDoNotAddUp(RuntimeError):
    """An import lost count of its rows: read is not stored + repeated + rejected. A defect of the program."""
