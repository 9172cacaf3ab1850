"""The relay's own database session: it holds the lock, and stores the ids of the published topics.

The store's log is read over another connection; the lock ends with this session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from casecore.postgres.connection import Connection, Session, connect
from casecore.postgres.errors import UNAVAILABLE, unavailable
from casecore.postgres.holders import LockHolder
from casecore.postgres.limits import RELAY, STORE
from casecore.postgres.writer_lock import WriterLock
from casecore.relay import sql
from casecore.relay.errors import LockLost
from casecore.relay.published_topics import topics_of


class RelaySession:
    """One session, opened by `take_lock` only once: a new session would not have the lock."""

    def __init__(self, database: str, prefix: str) -> None:
        self._database = database
        self._prefix = prefix
        self._lock = _lock_of(prefix)
        self._connection: Connection | None = None
        self._noted = 0

    def take_lock(self) -> LockHolder | None:
        """Take the lock; returns the session that holds it, or None if this one holds it now.

        One relay for each prefix holds it, until its session ends. Raises DatabaseUnavailable; may then be
        called again.
        """
        try:
            if self._connection is None:
                self._connection = connect(self._database, RELAY, "casecore relay")
            return self._lock.take(self._connection)
        except UNAVAILABLE as error:
            self.close()
            raise unavailable(error) from error

    def check(self) -> None:
        """Raise LockLost unless the session that took the lock is open."""
        connection = self._open()
        with _lock_lost():
            self._lock.take_key(connection)
            connection.execute(sql.SESSION_LIVES)

    def ignored(self) -> list[LockHolder]:
        """The sessions that hold the relay's advisory lock, too, and may not write; raises LockLost."""
        connection = self._open()
        with _lock_lost():
            return self._lock.ignored(connection)

    def remembered_topics(self, topics: Sequence[str]) -> dict[str, str]:
        """The ids that these topics had when they were last published into; raises LockLost."""
        return dict(self._rows(sql.REMEMBERED_TOPICS, {"topics": list(topics)}))

    def remember_topics(self, ids: Mapping[str, str]) -> None:
        """Store the ids of those topics that have no stored id yet; raises LockLost.

        If there are any, up to where the log is published is not known until the next note.
        """
        given = {"prefix": self._prefix, "topics": list(ids), "ids": list(ids.values())}
        self._run(sql.REMEMBER_TOPICS, given)

    def note_place(self, position: int) -> None:
        """Note that the log is published up to a position, and wake who reads it; raises LockLost.

        Only the session that holds the lock can do it, and what was noted is never taken back.
        """
        if position > self._noted:
            self._run(sql.NOTE_PLACE, {"prefix": self._prefix, "position": position})
            self._noted = position

    def position_before(self, position: int, events: int) -> int:
        """The position of the event `events` events before `position`, or 0; raises LockLost."""
        return int(self._rows(sql.POSITION_BEFORE, {"position": position, "events": events})[0][0])

    def close(self) -> None:
        """End the session, and with it the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._lock = _lock_of(self._prefix)

    def _rows(self, statement: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return self._run(statement, parameters).fetchall()

    def _run(self, statement: str, parameters: Mapping[str, object]) -> psycopg.Cursor[tuple[Any, ...]]:
        connection = self._open()
        with _lock_lost():
            return connection.execute(statement.encode(), parameters)

    def _open(self) -> Connection:
        if self._connection is None:
            raise LockLost("the relay has no database session, so it holds no lock")
        return self._connection


@contextmanager
def _lock_lost() -> Iterator[None]:
    try:
        yield
    except UNAVAILABLE as error:
        raise LockLost(f"the database session that holds the relay's lock has ended: {error}") from error


def _lock_of(prefix: str) -> WriterLock:
    return WriterLock(f"casecore.relay.{prefix}", table="casecore.relay_topics")


def remembered_topics(database: str, prefix: str) -> dict[str, str]:
    """The ids of the topics into which this store was published, by name.

    Raises DatabaseUnavailable and TablesMissing.
    """
    with Session(database, STORE) as session:
        rows = session.rows(sql.REMEMBERED_TOPICS, {"topics": list(topics_of(prefix))})
    return {str(topic): str(topic_id) for topic, topic_id in rows}


def forget_topics(database: str, prefix: str) -> list[str]:
    """Forget the topics into which this store was published; returns their names.

    The next relay then takes the topics as they are: it publishes every event again into empty ones.
    Raises DatabaseUnavailable and TablesMissing.
    """
    with Session(database, STORE) as session:
        rows = session.rows(sql.FORGET_TOPICS, {"topics": list(topics_of(prefix)), "prefix": prefix})
    return sorted(str(topic) for (topic,) in rows)
