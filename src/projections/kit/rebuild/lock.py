"""The right to rebuild or audit a view, which one session has at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import REBUILD
from casecore.postgres.writer_lock import WriterLock
from projections.kit.errors import RebuildRunning
from projections.kit.tables.schema import right_to_write

_WAIT_SECONDS = 30.0
"""How long an operator waits: by then one that nobody ordered gives way, and small tables are hashed."""


@contextmanager
def rebuild_lock(view: str, database: str, *, waits: bool) -> Iterator[Connection]:
    """A connection that holds the right to rebuild this view; it ends with the connection.

    `waits` is for an operator, who waits up to 30 seconds for it. A runner that comes again by itself does
    not wait, so that only an operator is ever seen waiting. Raises RebuildRunning where another has it.
    """
    lock = _lock_of(view)
    with connect(database, REBUILD, "casecore rebuild") as connection:
        holder = lock.take_within(connection, _WAIT_SECONDS) if waits else lock.take(connection)
        if holder is not None:
            raise RebuildRunning(view, str(holder))
        try:
            yield connection
        finally:
            # PostgreSQL ends a session a moment after it was closed, when the next rebuild may have begun.
            with suppress(psycopg.OperationalError):
                lock.release(connection)


def is_awaited(connection: Connection, view: str) -> bool:
    """Whether somebody waits for the right to rebuild this view."""
    return _lock_of(view).is_awaited(connection)


def is_held(connection: Connection, view: str) -> bool:
    """Whether another session has the right to rebuild this view."""
    return _lock_of(view).held_by(connection) is not None


def _lock_of(view: str) -> WriterLock:
    return WriterLock(f"casecore.projections.rebuild.{view}", right_to_write(view))
