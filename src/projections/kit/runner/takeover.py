"""A runner's session in PostgreSQL, and ending that of a runner that stands still before its successor."""

from __future__ import annotations

from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import RUNNER as RUNNER_LIMITS

RUNNER = "casecore project"
"""What the sessions of runners are called in the server."""

STILL_SECONDS = float(RUNNER_LIMITS.idle_in_transaction_seconds)
"""A batch's COPY takes a second at most, so a session that waits for its client for longer stands still."""

# Within a COPY a session waits for its client like an idle one, since the COPY began.
_END_HOLDERS = """with held as materialized (select unnest(pg_blocking_pids(%s)) as pid)
select pg_terminate_backend(pid) from pg_stat_activity join held using (pid)
where application_name = %s and wait_event_type = 'Client'
  and state_change < clock_timestamp() - make_interval(secs => %s)"""


def connect_runner(database: str) -> Connection:
    """A session of a runner. Raises psycopg.OperationalError."""
    return connect(database, RUNNER_LIMITS, RUNNER)


def end_holders(database: str, waiting: Connection, still_seconds: float = STILL_SECONDS) -> int:
    """End the runners' sessions that hold what a session waits for, and stand still; returns how many.

    Still is one that waits for its client, in a transaction or a COPY, since so long ago. One that works, or
    waits for a lock or the disk, is left alone, and so are the sessions of a rebuild. Raises psycopg.Error,
    also where the role may not do that.
    """
    asked = (waiting.info.backend_pid, RUNNER, still_seconds)
    with connect_runner(database) as connection:
        return len(connection.execute(_END_HOLDERS, asked).fetchall())
