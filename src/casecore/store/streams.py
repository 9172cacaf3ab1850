"""Reading whole streams, one after the other, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from itertools import groupby
from operator import attrgetter
from types import TracebackType
from typing import Self
from uuid import UUID

from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import Session, connect
from casecore.postgres.errors import mapped_errors
from casecore.postgres.limits import HISTORY
from casecore.store import sql

_ROWS = 2_000
"""Events in one fetch: some MB at most, and far more than one round trip costs."""

_LARGE_ROWS = 100
"""Events in one fetch of a stream whose events may be large: some 30 MB at most."""


def read_streams(database: str, first: UUID, before: UUID | None, up_to: int) -> Iterator[list[StoredEvent]]:
    """The events of each stream from id `first` until before another, up to a position, in order.

    At most one stream and one fetch are in memory. Raises DatabaseUnavailable and TablesMissing.
    """
    given = {"first": first, "before": before, "up_to": up_to}
    with (
        mapped_errors(),
        connect(database, HISTORY) as connection,
        connection.transaction(),
        connection.cursor("streams", binary=True) as cursor,
    ):
        cursor.itersize = _ROWS
        cursor.execute(sql.READ_STREAMS, given)
        events = (StoredEvent(*row) for row in cursor)
        for _, stream in groupby(events, key=attrgetter("stream_id")):
            yield list(stream)


def read_of_types(database: str, names: Collection[str], up_to: int) -> Iterator[StoredEvent]:
    """The events of these types, named without a version, up to a position, in any order.

    At most one fetch is in memory. Raises DatabaseUnavailable and TablesMissing.
    """
    with (
        mapped_errors(),
        connect(database, HISTORY) as connection,
        connection.transaction(),
        connection.cursor("types", binary=True) as cursor,
    ):
        cursor.itersize = _ROWS
        cursor.execute(sql.READ_OF_TYPES, {"names": list(names), "up_to": up_to})
        for row in cursor:
            yield StoredEvent(*row)


class StreamsReader:
    """Reads streams as they were at a position of the log. A context manager.

    Its methods raise DatabaseUnavailable and TablesMissing.
    """

    def __init__(self, database: str, up_to: int = 0) -> None:
        """A reader with a session of its own, at a position; position 0 is before the first event."""
        self._up_to = up_to
        self._session = Session(database, HISTORY)

    def at(self, up_to: int) -> StreamsReader:
        """A reader at another position, over the same session. It ends with this one."""
        other = copy(self)
        other._up_to = up_to
        return other

    def last_position(self) -> int:
        """The position of the last event now, 0 for an empty log."""
        return int(self._session.rows(sql.LAST_POSITION)[0][0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def pages(self, first_type: str, text: bytes | None = None) -> Iterator[list[UUID]]:
        """The ids of all streams whose first event has this type, in order, a page at a time.

        With a text only those with an event in which it occurs.
        """
        after = UUID(int=0)
        while True:
            given = {"first": first_type, "up_to": self._up_to, "after": after, "limit": _ROWS, "text": text}
            page = [row[0] for row in self._session.rows(sql.STREAM_IDS, given)]
            if not page:
                return
            yield page
            after = page[-1]

    def stream(self, stream_id: UUID, after: int = 0) -> Iterator[StoredEvent]:
        """The events of one stream after a version, in order, in bounded memory."""
        while True:
            given = {"id": stream_id, "after": after, "up_to": self._up_to, "limit": _LARGE_ROWS}
            page = [StoredEvent(*row) for row in self._session.rows(sql.READ_STREAM_AFTER, given)]
            yield from page
            if len(page) < _LARGE_ROWS:
                return
            after = page[-1].version

    def read(self, stream_ids: Sequence[UUID]) -> dict[UUID, list[StoredEvent]]:
        """The events of each of these streams, in order; a stream without events is missing."""
        rows = self._session.rows(sql.READ_MANY, {"ids": list(stream_ids), "up_to": self._up_to})
        events = (StoredEvent(*row) for row in rows)
        return {stream_id: list(stream) for stream_id, stream in groupby(events, attrgetter("stream_id"))}
