"""Sessions in PostgreSQL: in UTC, in autocommit mode, durable, and waiting for nothing without a limit."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias

import psycopg

from casecore.postgres.errors import mapped_errors
from casecore.postgres.limits import NETWORK, Limits

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

# By statement and not as start-up options, which would hide those of the caller's URI. What is acknowledged
# is durable, whatever the server's default.
_SET_UP = """select set_config('TimeZone', 'UTC', false), set_config('synchronous_commit', 'on', false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),
  set_config('idle_in_transaction_session_timeout', %s, false)"""


def connect(database: str, limits: Limits, application_name: str = "casecore") -> Connection:
    """A session on the database that a libpq URI names. Raises psycopg.OperationalError."""
    connection = psycopg.connect(database, autocommit=True, application_name=application_name, **NETWORK)  # type: ignore[arg-type]
    try:
        configure_session(connection, limits)
    except BaseException:
        connection.close()
        raise
    return connection


def configure_session(connection: psycopg.Connection[Any], limits: Limits) -> None:
    """Set a session's time zone, durability and limits."""
    connection.execute(_SET_UP, [f"{seconds}s" for seconds in limits])


def abort(connection: Connection) -> None:
    """End a session under a thread that waits for its answer; that thread gets an OperationalError."""
    if connection.closed:
        return
    # Closing the session itself from here would free what the other thread is using.
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


class Session:
    """A session that is opened when it is needed, and again after it was lost. One thread's.

    Its methods raise DatabaseUnavailable and TablesMissing.
    """

    def __init__(
        self,
        database: str,
        limits: Limits,
        application_name: str = "casecore",
        first: Sequence[str] = (),
    ) -> None:
        """`first` are statements that each new session begins with."""
        self._database = database
        self._limits = limits
        self._application_name = application_name
        self._first = first
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """The connection, for as long as the block lasts; left behind where the block fails."""
        with mapped_errors():
            try:
                yield self._open()
            except psycopg.Error:
                self.close()
                raise

    def rows(
        self, statement: str, given: Sequence[object] | Mapping[str, object] = (), *, prepare: bool = True
    ) -> list[tuple[Any, ...]]:
        """The rows of a statement's answer, in PostgreSQL's binary format on the way."""
        with self.connection() as connection, connection.cursor(binary=True) as cursor:
            return cursor.execute(statement.encode(), given, prepare=prepare).fetchall()

    def run(self, statement: str, given: Sequence[object] | Mapping[str, object] = ()) -> None:
        """Run a statement whose answer does not matter."""
        with self.connection() as connection:
            connection.execute(statement.encode(), given)

    def drop_if_lost(self) -> None:
        """Close the connection if the server has ended it meanwhile; the next call opens another.

        For who asks by itself each time: who holds a lock must hear that it was lost.
        """
        connection = self._connection
        if connection is None or connection.closed:
            return
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            self.close()

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            connection = connect(self._database, self._limits, self._application_name)
            self._connection = connection
            for statement in self._first:
                connection.execute(statement.encode())
        return self._connection
