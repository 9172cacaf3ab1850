"""Sessions that many threads borrow one after the other: opening one takes longer than most questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from casecore.postgres.connection import Connection, configure_session
from casecore.postgres.limits import NETWORK, Limits

_GIVE_UP_AFTER_SECONDS = 5.0


class SessionPool:
    """Sessions on one database, at most so many of each kind of limits; for many threads.

    They are opened when they are needed, and closed when nobody has needed them for some minutes.
    """

    def __init__(self, database: str, most: int, application_name: str = "casecore") -> None:
        """`database` is a libpq URI."""
        self._database = database
        self._most = most
        self._application_name = application_name
        self._pools: dict[Limits, ConnectionPool[Connection]] = {}
        self._lock = Lock()
        self._opened = ExitStack()

    @contextmanager
    def borrowed(self, limits: Limits) -> Iterator[Connection]:
        """A session with these limits, for as long as the block lasts; raises psycopg.OperationalError.

        One that the server closed meanwhile is replaced before anybody has it.
        """
        with self._pool(limits).connection() as connection:
            yield connection

    def close(self) -> None:
        """Close all sessions."""
        self._opened.close()

    def _pool(self, limits: Limits) -> ConnectionPool[Connection]:
        with self._lock:
            if limits not in self._pools:
                self._pools[limits] = self._opened.enter_context(self._new_pool(limits))
            return self._pools[limits]

    def _new_pool(self, limits: Limits) -> ConnectionPool[Connection]:
        def configure(connection: psycopg.Connection[Any]) -> None:
            configure_session(connection, limits)

        return ConnectionPool(
            self._database,
            min_size=0,
            max_size=self._most,
            kwargs={"autocommit": True, "application_name": self._application_name, **NETWORK},
            configure=configure,
            check=ConnectionPool.check_connection,
            timeout=_GIVE_UP_AFTER_SECONDS,
            open=False,
        )
