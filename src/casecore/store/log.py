"""Reading the log in order of position, and waking up when it grows."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg

from casecore.contract.wire import StoredEvent
from casecore.store import sql
from casecore.store.errors import StoreUnavailable


class LogReader:
    """A reader with one connection of its own, opened when it is needed and again after it was lost."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, after: int, limit: int) -> list[StoredEvent]:
        """At most `limit` events whose position lies after `after`; raises StoreUnavailable."""
        try:
            _drain(self._open())  # what was stored before this point is read now, and wakes nobody later
        except psycopg.Error as error:
            raise self._lost(error) from error
        return [StoredEvent(*row) for row in self._rows(sql.READ_LOG, (after, limit))]

    def stream(self, stream_id: UUID) -> list[StoredEvent]:
        """All events of a stream; raises StoreUnavailable."""
        return [StoredEvent(*row) for row in self._rows(sql.READ_STREAM, (stream_id,))]

    def count(self) -> int:
        """How many events there are; reads the whole index. Raises StoreUnavailable."""
        return int(self._rows(sql.COUNT, ())[0][0])

    def count_by_type(self) -> dict[str, int]:
        """How many events there are of each type; reads the whole log. Raises StoreUnavailable."""
        return dict(self._rows(sql.COUNT_BY_TYPE, ()))

    def last_position(self) -> int:
        """The position of the last event, 0 for an empty log; raises StoreUnavailable."""
        return int(self._rows(sql.LAST_POSITION, ())[0][0])

    def wait(self, limit_seconds: float) -> bool:
        """Wait until something may have been stored; False if the time passed. Raises StoreUnavailable."""
        try:
            connection = self._open()
            woken = any(True for _ in connection.notifies(timeout=limit_seconds, stop_after=1))
            _drain(connection)
            return woken
        except psycopg.Error as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _rows(self, statement: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._open().cursor(binary=True) as cursor:
                return cursor.execute(statement.encode(), parameters, prepare=True).fetchall()
        except psycopg.Error as error:
            raise self._lost(error) from error

    def _open(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._database, autocommit=True, **sql.CONNECTION)
            for statement in (*sql.SESSION, sql.LISTEN):
                self._connection.execute(statement)
        return self._connection

    def _lost(self, error: psycopg.Error) -> StoreUnavailable:
        self.close()
        return StoreUnavailable(f"PostgreSQL does not answer: {error}")


def _drain(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    for _ in connection.notifies(timeout=0):
        pass
