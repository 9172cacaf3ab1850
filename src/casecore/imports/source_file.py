"""A source file, plain or gzip, and one row of it."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from casecore.imports.errors import SourceDamaged

LARGEST_ROW_CHARACTERS = 1024 * 1024
"""Characters of one row that are held in memory, names and values; a larger row is rejected."""

_GZIP_MAGIC = b"\x1f\x8b"

DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)
"""What the standard library raises where a gzip file ends too early or holds something else."""


class SourceRow(NamedTuple):
    """One row of a log. `place` counts the rows of its case from 1; it is 0 if the case is not known.

    `line` is where the row begins in the file, from 1. `problem` says why it cannot be used, if so.
    """

    case: str | None
    place: int
    line: int
    attributes: dict[str, str]
    problem: str | None = None

    def characters(self) -> int:
        """The length of its texts; each attribute counts 100 more, for Python's own overhead."""
        texts = self.attributes
        return sum(map(len, texts)) + sum(map(len, texts.values())) + 100 * len(texts)


class SourceFile:
    """An open source file: its uncompressed bytes, and how far it has been read."""

    def __init__(self, path: Path, stored: io.BufferedReader) -> None:
        self.name = path.name
        self._stored = stored
        self._size_bytes = max(path.stat().st_size, 1)
        compressed = stored.peek(2)[:2] == _GZIP_MAGIC
        self.bytes: BinaryIO = gzip.GzipFile(fileobj=stored) if compressed else stored  # type: ignore[assignment]

    def read(self, at_most: int) -> bytes:
        """The next uncompressed bytes, none at the end; raises SourceDamaged."""
        try:
            # read1, since read loses what it has when the file breaks off in the middle.
            return self.bytes.read1(at_most)  # type: ignore[attr-defined,no-any-return]
        except DAMAGE as damage:
            raise SourceDamaged(damage_text(damage)) from damage

    def fraction_read(self) -> float:
        """The share of the file that was read so far, from 0 to 1."""
        return min(self._stored.tell() / self._size_bytes, 1.0)


def damage_text(damage: Exception) -> str:
    """Why the gzip data cannot be read on."""
    return f"the gzip data is damaged or cut off ({damage}): copy the file again"


@contextmanager
def open_source(path: Path) -> Iterator[SourceFile]:
    """The file at this path, gzip or plain by its first bytes, not by its name; raises OSError."""
    with path.open("rb") as stored:
        yield SourceFile(path, stored)
