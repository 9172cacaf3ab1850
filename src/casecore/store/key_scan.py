"""Reading a few streams at a time, in order of their ids, for an audit that never ends."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import Session
from casecore.postgres.limits import STORE
from casecore.store import sql


class KeyScanReader:
    """A reader with a session of its own. Its methods raise DatabaseUnavailable and TablesMissing."""

    def __init__(self, database: str) -> None:
        self._session = Session(database, STORE)

    def streams_after(self, stream_id: UUID, limit: int) -> dict[UUID, str]:
        """The next streams in order of id, each with the type of its first event."""
        return dict(self._session.rows(sql.STREAMS_AFTER, (stream_id, limit)))

    def versions_at(self, positions: Mapping[UUID, int]) -> dict[UUID, int]:
        """Each stream's version at a position of the log, 0 before it begins."""
        given = {"ids": list(positions), "positions": list(positions.values())}
        rows = self._session.rows(sql.VERSIONS_AT, given)
        return {stream_id: version or 0 for stream_id, version in rows}

    def events(self, versions: Mapping[UUID, int]) -> dict[UUID, list[StoredEvent]]:
        """Each stream's events up to a version, in order; a stream without events is missing.

        All are in memory: the caller bounds them.
        """
        given = {"ids": list(versions), "versions": list(versions.values())}
        events = (StoredEvent(*row) for row in self._session.rows(sql.READ_UP_TO_VERSIONS, given))
        return {stream_id: list(stream) for stream_id, stream in groupby(events, attrgetter("stream_id"))}

    def close(self) -> None:
        """Close the session; the next call opens another."""
        self._session.close()
