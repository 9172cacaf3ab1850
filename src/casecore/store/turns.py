"""Work that only one process does at a time: the others wait for their turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import psycopg

from casecore.store import sql
from casecore.store.errors import StoreUnavailable

LONGEST_WAIT_SECONDS = 3_600
"""A run over all resellers takes minutes; who waits longer than this waits for one that hangs."""


@contextmanager
def turn(database: str, key: int) -> Iterator[None]:
    """Wait until no other process has this turn, and keep it while the block lasts.

    A process that is killed loses it with its session. Nothing may depend on it for being right: a session
    can end while the block goes on. Raises StoreUnavailable, also when the wait was too long.
    """
    with ExitStack() as opened:
        try:
            connection = psycopg.connect(database, autocommit=True, **sql.CONNECTION)
            opened.enter_context(closing(connection))
            connection.execute(f"set statement_timeout = '{LONGEST_WAIT_SECONDS}s'")
            connection.execute(sql.TAKE_TURN, (key,))
        except psycopg.OperationalError as error:
            what = "PostgreSQL does not answer, or another run goes on for too long"
            raise StoreUnavailable(f"{what}: {error}") from error
        yield
