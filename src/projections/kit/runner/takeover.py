"""A runner's session in PostgreSQL, and ending that of a frozen runner before its successor."""

from __future__ import annotations

from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import RUNNER

RUNNER_SESSION = "casecore project"
"""What the sessions of runners are called in the server."""

FROZEN_SECONDS = float(RUNNER.idle_in_transaction_seconds)
"""A batch's COPY takes a second at most, so a session that waits for its client for longer is frozen."""

# Within a COPY a session waits for its client like an idle one, since the COPY began.
_END_BLOCKING = """with blocking as materialized (select unnest(pg_blocking_pids(%s)) as pid)
select pg_terminate_backend(pid) from pg_stat_activity join blocking using (pid)
where application_name = %s and wait_event_type = 'Client'
  and state_change < clock_timestamp() - make_interval(secs => %s)"""

_CONNECTED = """select exists (
  select from pg_stat_activity where application_name = %s and datname = current_database()
)"""


def connect_runner(database: str) -> Connection:
    """A session of a runner. Raises psycopg.OperationalError."""
    return connect(database, RUNNER, RUNNER_SESSION)


def end_blocking_sessions(database: str, waiting: Connection, frozen_seconds: float = FROZEN_SECONDS) -> int:
    """End the sessions of frozen runners that hold a lock for which `waiting` waits; returns how many.

    Frozen is one that has waited for its client, in a transaction or a COPY, for `frozen_seconds`. One that
    works, or waits for a lock or the disk, is left alone, and so are the sessions of a rebuild. Raises
    psycopg.Error, also where the role may not end sessions.
    """
    asked = (waiting.info.backend_pid, RUNNER_SESSION, frozen_seconds)
    with connect_runner(database) as connection:
        return len(connection.execute(_END_BLOCKING, asked).fetchall())


def is_runner_connected(connection: Connection) -> bool:
    """Whether any runner has a session on this database; which views it keeps is unknown."""
    row = connection.execute(_CONNECTED, (RUNNER_SESSION,)).fetchone()
    return row is not None and bool(row[0])
