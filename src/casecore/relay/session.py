"""The relay's own database session: it holds the lock, and stores the ids of the published topics.

The store's log is read over another connection; the lock ends with this session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from casecore.postgres.connection import Connection, Session, connect
from casecore.postgres.errors import UNAVAILABLE, unavailable
from casecore.postgres.limits import RELAY, STORE
from casecore.relay import sql
from casecore.relay.errors import LockLost
from casecore.relay.published_topics import topics_of


class RelaySession:
    """One session, opened by `take_lock` only once: a new session would not have the lock."""

    def __init__(self, database: str, prefix: str) -> None:
        self._database = database
        self._prefix = prefix
        self._connection: Connection | None = None

    def take_lock(self) -> bool:
        """Whether this session holds the lock now. Raises DatabaseUnavailable; may then be called again."""
        try:
            if self._connection is None:
                self._connection = connect(self._database, RELAY, "casecore relay")
            row = self._connection.execute(sql.TRY_LOCK, {"prefix": self._prefix}).fetchone()
        except UNAVAILABLE as error:
            self.close()
            raise unavailable(error) from error
        return row is not None and bool(row[0])

    def check(self) -> None:
        """Raise LockLost unless the session that took the lock is open."""
        self._rows(sql.SESSION_LIVES, {})

    def remembered_topics(self, topics: Sequence[str]) -> dict[str, str]:
        """The ids that these topics had when they were last published into; raises LockLost."""
        return dict(self._rows(sql.REMEMBERED_TOPICS, {"topics": list(topics)}))

    def remember_topics(self, ids: Mapping[str, str]) -> None:
        """Store the ids of those topics that have no stored id yet; raises LockLost."""
        for topic, topic_id in ids.items():
            self._run(sql.REMEMBER_TOPIC, {"topic": topic, "topic_id": topic_id})

    def position_before(self, position: int, events: int) -> int:
        """The position of the event `events` events before `position`, or 0; raises LockLost."""
        return int(self._rows(sql.POSITION_BEFORE, {"position": position, "events": events})[0][0])

    def close(self) -> None:
        """End the session, and with it the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _rows(self, statement: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return self._run(statement, parameters).fetchall()

    def _run(self, statement: str, parameters: Mapping[str, object]) -> psycopg.Cursor[tuple[Any, ...]]:
        if self._connection is None:
            raise LockLost("the relay has no database session, so it holds no lock")
        try:
            return self._connection.execute(statement.encode(), parameters)
        except UNAVAILABLE as error:
            raise LockLost(f"the database session that holds the relay's lock has ended: {error}") from error


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
        rows = session.rows(sql.FORGET_TOPICS, {"topics": list(topics_of(prefix))})
    return sorted(str(topic) for (topic,) in rows)
