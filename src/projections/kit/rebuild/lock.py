"""The right to rebuild or audit a view, which one session has at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import REBUILD
from projections.kit.errors import RebuildRunning
from projections.kit.rebuild import statements

_WAIT_MS = 30_000
"""How long an operator waits: by then one that nobody ordered gives way, and small tables are hashed."""


@contextmanager
def rebuild_lock(view: str, database: str, *, waits: bool) -> Iterator[Connection]:
    """A connection that holds the right to rebuild this view; PostgreSQL takes it back when that ends.

    `waits` is for an operator, who waits up to 30 seconds for it. A runner that comes again by itself does
    not wait, so that only an operator is ever seen waiting. Raises RebuildRunning where another has it.
    """
    with connect(database, REBUILD, "casecore rebuild") as connection:
        if not (_wait_for_lock(connection, view) if waits else _try_lock(connection, view)):
            raise RebuildRunning(view)
        try:
            yield connection
        finally:
            # PostgreSQL ends a session a moment after it was closed, when the next rebuild may have begun.
            with suppress(psycopg.OperationalError):
                connection.execute(statements.UNLOCK_REBUILD, (view,))


def is_awaited(connection: Connection, view: str) -> bool:
    """Whether somebody waits for the right to rebuild this view."""
    row = connection.execute(statements.REBUILD_AWAITED, (view,)).fetchone()
    return bool(row and row[0])


def _wait_for_lock(connection: Connection, view: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(statements.LIMIT_WAIT, (f"{_WAIT_MS}ms",))
            connection.execute(statements.LOCK_REBUILD, (view,))
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _try_lock(connection: Connection, view: str) -> bool:
    row = connection.execute(statements.TRY_LOCK_REBUILD, (view,)).fetchone()
    return bool(row and row[0])
