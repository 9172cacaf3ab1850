"""Reading some streams at a time, round and round, for an audit that never ends."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import psycopg

from casecore.contract.wire import StoredEvent
from casecore.store import sql
from casecore.store.errors import StoreUnavailable


class PatrolReader:
    """A reader with one connection of its own, opened when it is needed and again after it was lost."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def streams_after(self, stream_id: UUID, limit: int) -> dict[UUID, str]:
        """The next streams in order of id, each with the type of its first event; raises StoreUnavailable."""
        return dict(self._rows(sql.STREAMS_AFTER, (stream_id, limit)))

    def versions_at(self, positions: Mapping[UUID, int]) -> dict[UUID, int]:
        """Each stream's version at a position of the log, 0 before it begins; raises StoreUnavailable."""
        given = {"ids": list(positions), "positions": list(positions.values())}
        return {stream_id: version or 0 for stream_id, version in self._rows(sql.VERSIONS_AT, given)}

    def events(self, versions: Mapping[UUID, int]) -> dict[UUID, list[StoredEvent]]:
        """Each stream's events up to a version, in order; a stream without any is not there.

        All are held in memory: it is for the caller to bound them. Raises StoreUnavailable.
        """
        given = {"ids": list(versions), "versions": list(versions.values())}
        rows = self._rows(sql.READ_UP_TO_VERSIONS, given)
        events = (StoredEvent(*row) for row in rows)
        return {stream_id: list(stream) for stream_id, stream in groupby(events, attrgetter("stream_id"))}

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _rows(
        self, statement: str, given: tuple[object, ...] | Mapping[str, object]
    ) -> list[tuple[Any, ...]]:
        try:
            with self._open().cursor(binary=True) as cursor:
                return cursor.execute(statement.encode(), given, prepare=True).fetchall()
        except psycopg.Error as error:
            self.close()
            raise StoreUnavailable(f"PostgreSQL does not answer: {error}") from error

    def _open(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._database, autocommit=True, **sql.CONNECTION)
            for statement in sql.SESSION:
                self._connection.execute(statement)
        return self._connection
