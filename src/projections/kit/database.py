"""How the kit opens a session in PostgreSQL: every wait has a bound, so that nobody waits for the dead."""

from __future__ import annotations

import os
import socket
from typing import Any, TypeAlias

import psycopg

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

STATEMENT_SECONDS = 30
"""A batch takes a second at most; only a rebuild's hashing of whole tables needs longer."""

IDLE_SECONDS = 5
"""Between two statements of a transaction: a frozen session must not hold its successor's rows for longer.

One that stands still within a COPY is not idle, and no limit of the server ends it: see `end_holders`.
"""

LOCK_SECONDS = 15
"""Longer than a rebuild holds the offsets for its swap."""

_NETWORK = {
    "connect_timeout": 3,
    # A peer that is gone is noticed after 11 s (idle) or 15 s (with data on the way).
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

RUNNER = "casecore project"
"""What the sessions of runners are called in the server."""

# Within a COPY a session waits for its client like an idle one, since the COPY began.
_END_HOLDERS = """with held as materialized (select unnest(pg_blocking_pids(%s)) as pid)
select pg_terminate_backend(pid) from pg_stat_activity join held using (pid)
where application_name = %s and wait_event_type = 'Client'
  and state_change < clock_timestamp() - make_interval(secs => %s)"""

_LIMITS = """select set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),
  set_config('idle_in_transaction_session_timeout', %s, false), set_config('TimeZone', 'UTC', false)"""


def connect(
    database: str,
    *,
    statement_timeout_seconds: int = STATEMENT_SECONDS,
    idle_in_transaction_seconds: int = IDLE_SECONDS,
    application_name: str = RUNNER,
) -> Connection:
    """A session in autocommit mode, in UTC, that waits for nothing without a limit.

    `idle_in_transaction_seconds` must be longer for a session that keeps a snapshot or locks while
    another one works. Raises psycopg.OperationalError.
    """
    connection = psycopg.connect(database, autocommit=True, application_name=application_name, **_NETWORK)  # type: ignore[arg-type]
    try:
        # By statement and not as start-up options, which would hide those of the caller's URI.
        limits = (statement_timeout_seconds, LOCK_SECONDS, idle_in_transaction_seconds)
        connection.execute(_LIMITS, [f"{seconds}s" for seconds in limits])
    except BaseException:
        connection.close()
        raise
    return connection


def end_holders(database: str, waiting: Connection, still_seconds: float = IDLE_SECONDS) -> int:
    """End the runners' sessions that hold what a session waits for, and stand still; returns how many.

    Still is one that waits for its client, in a transaction or a COPY, since so long ago; a batch's COPY
    takes a second at most. One that works, or waits for a lock or the disk, is left alone, and so are the
    sessions of a rebuild. Raises psycopg.Error, also where the role may not do that.
    """
    asked = (waiting.info.backend_pid, RUNNER, still_seconds)
    with connect(database) as connection:
        return len(connection.execute(_END_HOLDERS, asked).fetchall())


def abort(connection: Connection) -> None:
    """End a session under a thread that waits for its answer; that thread gets an OperationalError."""
    if connection.closed:
        return
    # Closing the session itself from here would free what the other thread is using.
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
