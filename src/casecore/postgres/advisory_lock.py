"""Work that only one process does at a time: the others wait for its advisory lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from casecore.postgres.connection import connect
from casecore.postgres.errors import UNAVAILABLE, DatabaseUnavailable
from casecore.postgres.limits import Limits

LONGEST_WAIT_SECONDS = 3_600
"""A run over all resellers takes minutes; a longer wait than this is for a run that hangs."""

# The session ends with its connection, and the lock with it.
_TAKE = "select pg_advisory_lock(%s)"


@contextmanager
def advisory_lock(database: str, key: int) -> Iterator[None]:
    """Wait until no other process holds this lock, and hold it while the block lasts.

    A process that is killed loses it with its session. Nothing may depend on it for being right: a session
    can end while the block goes on. Raises DatabaseUnavailable, also when the wait was too long.
    """
    with ExitStack() as opened:
        try:
            connection = connect(database, Limits(LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, 0))
            opened.enter_context(closing(connection))
            connection.execute(_TAKE, (key,))
        except UNAVAILABLE as error:
            what = "PostgreSQL does not answer, or another run goes on for too long"
            raise DatabaseUnavailable(f"{what}: {error}") from error
        yield
