"""Each row's place in its case, counted on disk so that memory is constant for any number of cases.

All SQL of this room is here; the database is a temporary file of SQLite, which removes it on closing.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from types import TracebackType

_SET_UP = """
    pragma journal_mode = off;
    pragma synchronous = off;
    pragma cache_size = -8192;
    create table places (case_id blob primary key, last_place integer not null) without rowid;
    begin;
"""
_KEEP_PLACES = """
    insert into places values (?, ?) on conflict (case_id) do update set last_place = excluded.last_place
"""
_LAST_PLACE = "select last_place from places where case_id = ?"
_COUNT_CASES = "select count(*) from places"


RECENT_CASES = 10_000
"""Cases whose place is kept in memory before all are written to the disk; about 2 MB."""
LONGEST_CASE = 200
"""Characters of a case that are kept; a longer one is never imported, and is counted by its digest."""


class PlaceCounter:
    """Counts the rows of each case of one file; a context manager."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._recent: dict[str, int] = {}
        self._database.executescript(_SET_UP)

    def take(self, case: str) -> int:
        """The next place in this case, from 1."""
        if len(case) > LONGEST_CASE:
            case = f"{case[:LONGEST_CASE]} {sha256(_key(case)).hexdigest()}"
        last = self._recent.get(case)
        if last is None:
            if len(self._recent) >= RECENT_CASES:
                self._keep()
            row = self._database.execute(_LAST_PLACE, (_key(case),)).fetchone()
            last = int(row[0]) if row else 0
        self._recent[case] = last + 1
        return last + 1

    def cases(self) -> int:
        """How many cases were counted so far."""
        self._keep()
        return int(self._database.execute(_COUNT_CASES).fetchone()[0])

    def _keep(self) -> None:
        self._database.executemany(_KEEP_PLACES, [(_key(c), place) for c, place in self._recent.items()])
        self._recent.clear()

    def __enter__(self) -> PlaceCounter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()


def _key(case: str) -> bytes:
    # A row with bytes of another encoding is rejected, but keeps its place: lone surrogates must pass.
    return case.encode("utf-8", "surrogatepass")
