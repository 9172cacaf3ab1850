"""The log up to what is published, for those who hear of events without Kafka."""

from __future__ import annotations

import selectors
from collections.abc import Collection, Sequence
from datetime import datetime
from socket import socket
from typing import NamedTuple
from uuid import UUID

from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import Session
from casecore.postgres.limits import STORE
from casecore.relay import sql
from casecore.store.sql import LAST_POSITION

MOST_COUNTED = 10_000
"""Unpublished events that are counted: more take longer than anybody wants to know."""

MOST_READ_BYTES = 1024 * 1024
"""What is read at once: an event may have a quarter of a megabyte, and there may be many readers."""


class PublishedPart(NamedTuple):
    """Up to where the log is published, as far as the relay has noted it.

    Everything up to `position` is, all of it recorded by `as_of` (None: nothing is). The store has `behind`
    events more, or MOST_COUNTED at least.
    """

    position: int
    as_of: datetime | None
    behind: int


class PublishedLog:
    """A reader of what is published under a prefix, with a session of its own. One thread's.

    Its methods raise DatabaseUnavailable and TablesMissing.
    """

    def __init__(self, database: str, prefix: str, *, waits: bool = False) -> None:
        """`waits`: whether it will wait until more is published: else nothing is notified to it."""
        self._prefix = prefix
        first = (sql.LISTEN,) if waits else ()
        self._session = Session(database, STORE, "casecore feed", first)

    def place(self) -> int:
        """The position up to which the log is published; 0 where no relay has noted anything."""
        rows = self._session.rows(sql.READ_PLACE, {"prefix": self._prefix})
        return int(rows[0][0]) if rows else 0

    def published(self) -> PublishedPart:
        """The same, and what the store has beside it."""
        given = {"prefix": self._prefix, "most": MOST_COUNTED}
        return PublishedPart(*self._session.rows(sql.PUBLISHED, given)[0])

    def unpublished_since(self) -> datetime | None:
        """When the first event was recorded that is not published; None if all are."""
        rows = self._session.rows(sql.UNPUBLISHED_SINCE, {"prefix": self._prefix})
        return rows[0][0] if rows else None

    def read(self, after: int, up_to: int, limit: int) -> list[StoredEvent]:
        """At most `limit` events after a position and not after another, in order.

        There are fewer once they have MOST_READ_BYTES, and one at least unless there is none.
        """
        given = {"after": after, "up_to": up_to, "limit": limit, "most_bytes": MOST_READ_BYTES}
        return [StoredEvent(*row) for row in self._session.rows(sql.READ_PUBLISHED, given)]

    def last_of(self, stream_ids: Collection[UUID]) -> dict[UUID, StoredEvent]:
        """The last event of each of these streams, published or not; a stream without any is missing."""
        rows = self._session.rows(sql.LAST_OF_STREAMS, {"ids": list(stream_ids)})
        return {event.stream_id: event for event in (StoredEvent(*row) for row in rows)}

    def last_position(self) -> int:
        """The position of the store's last event, published or not; 0 for none."""
        return int(self._session.rows(LAST_POSITION)[0][0])

    def cursor_key(self) -> bytes:
        """The key with which this store's cursors are encrypted."""
        return bytes(self._session.rows(sql.CURSOR_KEY)[0][0])

    def wait(self, limit_seconds: float, also: Sequence[socket] = ()) -> None:
        """Wait until more may be published, or one of these sockets can be read, or the limit has passed."""
        with self._session.connection() as connection:
            if not any(True for _ in connection.notifies(timeout=0)):
                _wait_for_any([connection.fileno(), *(each.fileno() for each in also)], limit_seconds)
            for _ in connection.notifies(timeout=0):
                pass

    def drop_if_lost(self) -> None:
        """Close the session if the server has ended it; the next call opens another."""
        self._session.drop_if_lost()

    def close(self) -> None:
        """Close the session; the next call opens another."""
        self._session.close()


def _wait_for_any(sockets: Sequence[int], limit_seconds: float) -> None:
    with selectors.DefaultSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        selector.select(limit_seconds)
