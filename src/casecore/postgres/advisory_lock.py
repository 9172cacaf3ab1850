"""Work that only one process does at a time: the others wait for its lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from casecore.postgres.connection import connect
from casecore.postgres.errors import UNAVAILABLE, DatabaseUnavailable
from casecore.postgres.limits import RUN
from casecore.postgres.writer_lock import WriterLock


@contextmanager
def advisory_lock(database: str, lock: WriterLock, limit_seconds: float = RUN.lock_seconds) -> Iterator[None]:
    """Wait until no other process holds this lock, and hold it while the block lasts.

    A process that is killed loses it with its session. Nothing may depend on it for being right: a session
    can end while the block goes on. Raises DatabaseUnavailable, also when the wait was too long.
    """
    with ExitStack() as opened:
        try:
            connection = connect(database, RUN)
            opened.enter_context(closing(connection))
            holder = lock.take_within(connection, limit_seconds)
        except UNAVAILABLE as error:
            raise DatabaseUnavailable(f"PostgreSQL does not answer: {error}") from error
        if holder is not None:
            raise DatabaseUnavailable(f"another run goes on for too long: {holder}")
        yield
