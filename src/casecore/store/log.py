"""Reading the log in order of position, and waiting until it grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self
from uuid import UUID

from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import Connection, Session
from casecore.postgres.limits import STORE
from casecore.store import sql
from casecore.store.latest import LogHead, read_head

ROWS_OF_PIECE = 100
"""Rows that are read at once of a stream: its events may have a quarter of a megabyte each."""
_NEWEST = 2**63 - 1


class LogReader:
    """A reader with a session of its own. Its methods raise DatabaseUnavailable and TablesMissing."""

    def __init__(self, database: str, *, waits: bool = True) -> None:
        """`waits`: whether it will wait for the log to grow: else nothing is notified to it."""
        self._session = Session(database, STORE, first=(sql.LISTEN,) if waits else ())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, after: int, limit: int) -> list[StoredEvent]:
        """At most `limit` events after a position, in order."""
        with self._session.connection() as connection:
            _drain(connection)  # what was stored before is read now, and needs no wake-up later
        return [StoredEvent(*row) for row in self._session.rows(sql.READ_LOG, (after, limit))]

    def stream(self, stream_id: UUID) -> list[StoredEvent]:
        """All events of a stream, in order."""
        return [StoredEvent(*row) for row in self._session.rows(sql.READ_STREAM, (stream_id,))]

    def stream_in_pieces(self, stream_id: UUID, after: int = 0) -> Iterator[StoredEvent]:
        """All events of a stream after a version, in order, in bounded memory."""
        given = {"id": stream_id, "after": after, "up_to": _NEWEST, "limit": ROWS_OF_PIECE}
        while True:
            rows = self._session.rows(sql.READ_STREAM_AFTER, given)
            for row in rows:
                yield StoredEvent(*row)
            if len(rows) < ROWS_OF_PIECE:
                return
            given["after"] = StoredEvent(*rows[-1]).version

    def event(self, stream_id: UUID, version: int) -> StoredEvent | None:
        """The event with a version in a stream, None if there is none."""
        rows = self._session.rows(sql.READ_EVENT, (stream_id, version))
        return StoredEvent(*rows[0]) if rows else None

    def last_of(self, stream_id: UUID) -> StoredEvent | None:
        """The last event of a stream, None if it has none. Takes as long for a long one as for none."""
        rows = self._session.rows(sql.READ_LAST, (stream_id,))
        return StoredEvent(*rows[0]) if rows else None

    def types_of(self, stream_id: UUID, after: int, until: int) -> tuple[str, ...]:
        """The types of a stream's events after one version, until another, in order."""
        return tuple(row[0] for row in self._session.rows(sql.READ_TYPES, (stream_id, after, until)))

    def last_of_each(
        self, first_types: Sequence[str], after: UUID, limit: int, texts: Sequence[bytes] = ()
    ) -> list[StoredEvent]:
        """The last event of each stream that begins with one of these types, after an id and in their order.

        Only those in whose last event all of the texts occur, `limit` at most.
        """
        given = {"first_types": list(first_types), "after": after, "limit": limit, "texts": list(texts)}
        return [StoredEvent(*row) for row in self._session.rows(sql.LAST_OF_EACH, given)]

    def count(self) -> int:
        """How many events there are; reads the whole index."""
        return int(self._session.rows(sql.COUNT)[0][0])

    def count_by_type(self) -> dict[str, int]:
        """How many events there are of each type; reads the whole log."""
        return dict(self._session.rows(sql.COUNT_BY_TYPE))

    def last_position(self) -> int:
        """The position of the last event, 0 for an empty log."""
        return int(self._session.rows(sql.LAST_POSITION)[0][0])

    def head(self) -> LogHead:
        """The end of the log."""
        with self._session.connection() as connection:
            return read_head(connection)

    def head_at(self, position: int) -> LogHead:
        """The end of the log as it was at a position."""
        rows = self._session.rows(sql.LAST_UP_TO, (position,))
        return LogHead(*rows[0]) if rows else LogHead(0, None)

    def last_recorded_by(self, instant: datetime) -> int:
        """The position of the last event that was recorded by an instant, 0 if there was none."""
        rows = self._session.rows(sql.LAST_RECORDED_BY, (instant,))
        return int(rows[0][0]) if rows else 0

    def wait(self, limit_seconds: float) -> bool:
        """Wait until something may have been stored; False if the limit passed without it."""
        with self._session.connection() as connection:
            woken = any(True for _ in connection.notifies(timeout=limit_seconds, stop_after=1))
            _drain(connection)
            return woken

    def drop_if_lost(self) -> None:
        """Close the session if the server has ended it; the next call opens another."""
        self._session.drop_if_lost()

    def close(self) -> None:
        """Close the session; the next call opens another."""
        self._session.close()


def _drain(connection: Connection) -> None:
    for _ in connection.notifies(timeout=0):
        pass
