"""What an import must remember of each case or row, on disk, so that memory is constant for any number.

All SQL of this room is here; each database is a temporary file of SQLite, which removes it on closing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from types import TracebackType
from typing import Self

import msgspec

from casecore.clocks.instants import micros
from casecore.imports.source_file import SourceRow

_ON_DISK = """
    pragma journal_mode = off;
    pragma synchronous = off;
    pragma cache_size = -8192;
"""
_CREATE_NUMBERS = """
    create table numbers (case_id blob primary key, number integer not null) without rowid;
    begin;
"""
_KEEP_NUMBERS = """
    insert into numbers values (?, ?) on conflict (case_id) do update set number = excluded.number
"""
_NUMBER_OF = "select number from numbers where case_id = ?"
_COUNT_CASES = "select count(*) from numbers"

_CREATE_ROWS = """
    create table by_time (at integer not null, place integer not null, row blob not null);
    begin;
"""
_KEEP_ROW = "insert into by_time values (?, ?, ?)"
_IN_ORDER = "select row from by_time order by at, place"
_IN_ORDER_NEWEST_FIRST = "select row from by_time order by at, place desc"

_CREATE_VALUES = """
    create table kept (key blob primary key, value blob not null) without rowid;
    begin;
"""
_KEEP_VALUE = "insert into kept values (?, ?) on conflict (key) do update set value = excluded.value"
_VALUE_OF = "select value from kept where key = ?"

RECENT_CASES = 10_000
"""Cases whose number is kept in memory before all are written to the disk; about 2 MB."""
LONGEST_CASE = 200
"""Characters of a case that are kept; a longer one is never imported, and is counted by its digest."""


class _OnDisk:
    """A temporary database; a context manager."""

    create: str

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_ON_DISK + self.create)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()


class _CaseNumbers(_OnDisk):
    """A whole number for each case of one file."""

    create = _CREATE_NUMBERS

    def __init__(self) -> None:
        super().__init__()
        self._recent: dict[str, int] = {}

    def _get(self, case: str) -> int | None:
        number = self._recent.get(case)
        if number is not None:
            return number
        if len(self._recent) >= RECENT_CASES:
            self._keep()
        row = self._database.execute(_NUMBER_OF, (_key(case),)).fetchone()
        return int(row[0]) if row else None

    def _keep(self) -> None:
        self._database.executemany(_KEEP_NUMBERS, [(_key(case), n) for case, n in self._recent.items()])
        self._recent.clear()


class PlaceCounter(_CaseNumbers):
    """Counts the rows of each case of one file; a context manager."""

    def take(self, case: str) -> int:
        """The next place in this case, from 1."""
        case = _bounded(case)
        place = (self._get(case) or 0) + 1
        self._recent[case] = place
        return place

    def cases(self) -> int:
        """How many cases were counted so far."""
        self._keep()
        return int(self._database.execute(_COUNT_CASES).fetchone()[0])


class LatestTimes(_CaseNumbers):
    """The latest time in each case of one file so far; a context manager."""

    def goes_back(self, case: str, at: datetime) -> bool:
        """Whether a row of this time is from before a row of its case that came earlier."""
        case = _bounded(case)
        latest, now = self._get(case), micros(at)
        if latest is not None and now < latest:
            return True
        self._recent[case] = now
        return False


class RowsByTime(_OnDisk):
    """The rows of a file, put into the order of their times; a context manager.

    Rows of one time keep the order of the file. In a file whose rows mostly go back in time they get the
    reverse of it: there the row that happened later is the one above.
    """

    create = _CREATE_ROWS

    def __init__(self) -> None:
        super().__init__()
        self._rows = self._back = self._forth = 0
        self._last: int | None = None
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(SourceRow).decode

    def add(self, row: SourceRow, at: datetime) -> None:
        """Keep a row on disk."""
        now, last = micros(at), self._last
        self._rows += 1
        self._back += last is not None and now < last
        self._forth += last is not None and now > last
        self._last = now
        self._database.execute(_KEEP_ROW, (now, self._rows, self._encode(row)))

    def in_order(self) -> Iterator[SourceRow]:
        """All rows, from the earliest; sorting is on disk too."""
        newest_first = self._back > self._forth
        for (raw,) in self._database.execute(_IN_ORDER_NEWEST_FIRST if newest_first else _IN_ORDER):
            yield self._decode(raw)


class ValuesOnDisk(_OnDisk):
    """A value in bytes for each key; a context manager."""

    create = _CREATE_VALUES

    def get(self, key: bytes) -> bytes | None:
        """The key's value; None if it has none."""
        row = self._database.execute(_VALUE_OF, (key,)).fetchone()
        return row[0] if row else None

    def put(self, key: bytes, value: bytes) -> None:
        """Keep the key's value, in place of an earlier one."""
        self._database.execute(_KEEP_VALUE, (key, value))


def _bounded(case: str) -> str:
    if len(case) <= LONGEST_CASE:
        return case
    return f"{case[:LONGEST_CASE]} {sha256(_key(case)).hexdigest()}"


def _key(case: str) -> bytes:
    # A row with bytes of another encoding is rejected, but keeps its place: lone surrogates must pass.
    return case.encode("utf-8", "surrogatepass")
