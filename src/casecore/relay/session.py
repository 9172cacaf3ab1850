"""The relay's own database session: it holds the lock, and keeps which topics this store was published into.

The store's log is read over another connection; the lock goes when this one does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from casecore.relay import sql
from casecore.relay.errors import LockLost
from casecore.relay.place import topics_of
from casecore.store.errors import StoreUnavailable

_CONNECT_LIMIT_SECONDS = 5


class RelaySession:
    """One session, opened by `take_lock` and never again: a new session would have lost the lock."""

    def __init__(self, database: str, prefix: str) -> None:
        self._database = database
        self._prefix = prefix
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def take_lock(self) -> bool:
        """Whether this session now holds the lock. Raises StoreUnavailable; may then be tried again."""
        try:
            if self._connection is None:
                self._connection = _connect(self._database)
            row = self._connection.execute(sql.TRY_LOCK, {"prefix": self._prefix}).fetchone()
        except psycopg.Error as error:
            self.close()
            raise StoreUnavailable(f"PostgreSQL does not answer: {error}") from error
        return row is not None and bool(row[0])

    def check(self) -> None:
        """Raise LockLost unless the session that took the lock lives."""
        self._rows(sql.SESSION_LIVES, {})

    def remembered_topics(self, topics: Sequence[str]) -> dict[str, str]:
        """The ids that these topics had when they were last published into; raises LockLost."""
        return dict(self._rows(sql.REMEMBERED_TOPICS, {"topics": list(topics)}))

    def remember_topics(self, ids: Mapping[str, str]) -> None:
        """Keep the ids of topics that have none kept yet; raises LockLost."""
        for topic, topic_id in ids.items():
            self._run(sql.REMEMBER_TOPIC, {"topic": topic, "topic_id": topic_id})

    def position_before(self, position: int, events: int) -> int:
        """The position of the event that lies `events` events before `position`, or 0; raises LockLost."""
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
        except psycopg.OperationalError as error:
            raise LockLost(f"the database session that holds the relay's lock has ended: {error}") from error


def remembered_topics(database: str, prefix: str) -> dict[str, str]:
    """The ids of the topics into which this store was published, by name; raises StoreUnavailable."""
    try:
        with psycopg.connect(database, connect_timeout=_CONNECT_LIMIT_SECONDS) as connection:
            given = {"topics": list(topics_of(prefix))}
            rows = connection.execute(sql.REMEMBERED_TOPICS, given).fetchall()
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"PostgreSQL does not answer: {error}") from error
    return {str(topic): str(topic_id) for topic, topic_id in rows}


def forget_topics(database: str, prefix: str) -> list[str]:
    """Forget into which topics this store was published; returns their names.

    The next relay then takes the topics as they are: into empty ones it publishes every event again.
    Raises StoreUnavailable.
    """
    try:
        with psycopg.connect(database, connect_timeout=_CONNECT_LIMIT_SECONDS) as connection:
            rows = connection.execute(sql.FORGET_TOPICS, {"topics": list(topics_of(prefix))}).fetchall()
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"PostgreSQL does not answer: {error}") from error
    return sorted(str(topic) for (topic,) in rows)


def _connect(database: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        database,
        autocommit=True,
        connect_timeout=_CONNECT_LIMIT_SECONDS,
        # A server that is gone without a word is noticed after about ten seconds, not after two hours.
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
    )
