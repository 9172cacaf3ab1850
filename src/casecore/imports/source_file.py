"""A source file, plain or gzip, and one row of it."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from casecore.cases.commands import AttributeType
from casecore.imports.errors import SourceBroken, SourceDamaged

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_ROW_CHARACTERS = 1024 * 1024
"""Characters of one row that are held in memory, names and values; a larger row is rejected."""

READS = "read are XES and CSV, plain or compressed once with gzip"
"""What can be read, for whoever gave something else."""

_GZIP_MAGIC = b"\x1f\x8b"
_UNPACK = "unpack it, and import what is in it"
_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", f"is a ZIP archive: {_UNPACK}"),
    (b"BZh", f"is compressed with bzip2: {_UNPACK}"),
    (b"\xfd7zXZ\x00", f"is compressed with xz: {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"is compressed with zstd: {_UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"is a 7z archive: {_UNPACK}"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Word file: save its table as CSV"),
    (b"%PDF", "is a PDF: export the list itself, as CSV"),
    (b"PAR1", "is a Parquet file: write it as CSV"),
)
"""What people take for a log, by its first bytes, with what to do."""
_PAGES = (b"<!doctype html", b"<html")

DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)
"""What the standard library raises where a gzip file ends too early or holds something else."""


class SourceRow(NamedTuple):
    """One row of a log. `place` counts the rows of its case from 1; it is 0 if the case is not known.

    `line` is where the row begins in the file, from 1. `problem` says why it cannot be used, if so. `entry`
    is the index of the mapping's [[row]] of which the row is an event, if the mapping has any. `kept` are
    the attributes that are the row's own, where there are others that only the mapping reads.
    """

    case: str | None
    place: int
    line: int
    attributes: dict[str, str]
    problem: str | None = None
    entry: int | None = None
    types: dict[str, AttributeType] | None = None
    kept: dict[str, str] | None = None

    def characters(self) -> int:
        """The length of its texts; each attribute counts 100 more, for Python's own overhead."""
        texts = self.attributes
        return sum(map(len, texts)) + sum(map(len, texts.values())) + 100 * len(texts)


class _FilledPipe(io.RawIOBase):
    """A pipe that fills each buffer, however little its writer gives at a time: the first bytes matter."""

    def __init__(self, pipe: io.BufferedReader) -> None:
        self.has_ended = False
        self._pipe = pipe

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        read = self._pipe.readinto(buffer)
        self.has_ended = not read
        return read


class SourceFile:
    """An open source file: its uncompressed bytes, and how far it has been read."""

    def __init__(self, path: Path, stored: io.BufferedReader) -> None:
        self.name = path.name
        self.notes: list[str] = []
        """What the reader did that whoever gave the file should know, once for the whole file."""
        status = os.fstat(stored.fileno())
        self._size_bytes = max(status.st_size, 1)
        self._pipe = None if S_ISREG(status.st_mode) else _FilledPipe(stored)
        if self._pipe is not None:
            stored = io.BufferedReader(self._pipe)
        self._stored = stored
        self._is_compressed = stored.peek(2)[:2] == _GZIP_MAGIC
        self.bytes: BinaryIO = gzip.GzipFile(fileobj=stored) if self._is_compressed else stored  # type: ignore[assignment]

    def refuse_other_kinds(self) -> None:
        """Raise SourceBroken if its first bytes are those of something that is never read."""
        other = _other_kind(_first_bytes(self.bytes), self._is_compressed)
        if other is not None:
            raise SourceBroken(self.name, 1, f"{other}; {READS}")

    def begins(self) -> bytes:
        """Its first uncompressed bytes, some thousand, without moving on."""
        return _first_bytes(self.bytes)

    def read(self, at_most: int) -> bytes:
        """The next uncompressed bytes, none at the end; raises SourceDamaged."""
        try:
            # read1, since read loses what it has when the file breaks off in the middle.
            return self.bytes.read1(at_most)  # type: ignore[attr-defined,no-any-return]
        except DAMAGE as damage:
            raise SourceDamaged(damage_text(damage)) from damage

    def fraction_read(self) -> float:
        """The share of the file that was read so far, from 0 to 1; of a pipe, all or nothing is known."""
        if self._pipe is not None:
            return float(self._pipe.has_ended)
        return min(self._stored.tell() / self._size_bytes, 1.0)


def _first_bytes(opened: BinaryIO) -> bytes:
    try:
        return opened.peek(8192)  # type: ignore[attr-defined,no-any-return]
    except DAMAGE:  # said with its line when it is read
        return b""


def _other_kind(begins: bytes, compressed: bool) -> str | None:
    """What a file is that is neither XES nor CSV; None if it may be one."""
    if begins.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in begins:
        return "is an Excel or Word file: save its table as CSV"
    if compressed and begins.startswith(_GZIP_MAGIC):
        return "is compressed with gzip twice: unpack it once"
    for page in _PAGES:
        if begins.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(page):
            shown = begins.lstrip(b"\xef\xbb\xbf \t\r\n")[: len(page) + 1].decode("ascii", "replace").strip()
            return f"begins with {shown}: it is a web page, as a server sends it to who is not signed in"
    return next((what for magic, what in _OTHER_KINDS if begins.startswith(magic)), None)


def damage_text(damage: Exception) -> str:
    """Why the gzip data cannot be read on."""
    return f"the gzip data is damaged or cut off ({damage}): copy the file again"


@contextmanager
def open_source(path: Path) -> Iterator[SourceFile]:
    """The file at this path, gzip or plain by its first bytes, not by its name; raises OSError."""
    with path.open("rb") as stored:
        yield SourceFile(path, stored)
