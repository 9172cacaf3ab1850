"""When the watch of service levels last looked at all cases: one row, which outlives the watch."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from casecore.postgres.connection import Session
from casecore.postgres.limits import STORE

_NOTE = """insert into casecore.service_level_watch (looked_at, recorded) values (%s, %s)
on conflict (one_row) do update set looked_at = excluded.looked_at, recorded = excluded.recorded
where service_level_watch.looked_at <= excluded.looked_at"""
_READ = "select looked_at, recorded from casecore.service_level_watch"


class WatchLook(NamedTuple):
    """A look at all cases: the instant as of which it was, and how many events it recorded."""

    looked_at: datetime
    recorded: int


class WatchLooks:
    """Notes and reads the last look, in a session of its own. One thread's.

    Its methods raise DatabaseUnavailable and TablesMissing.
    """

    def __init__(self, database: str) -> None:
        self._session = Session(database, STORE, "casecore watch")

    def note(self, look: WatchLook) -> None:
        """Keep a look, unless another watch has looked since."""
        with self._session.connection() as connection, connection.transaction():
            # A crash of the server may lose it: the next look follows in seconds, and idling costs no sync.
            connection.execute("set local synchronous_commit to off")
            connection.execute(_NOTE, look)

    def last(self) -> WatchLook | None:
        """The last look that was noted; None if there was none."""
        rows = self._session.rows(_READ)
        return WatchLook(*rows[0]) if rows else None

    def close(self) -> None:
        """Leave the database; the next call connects again."""
        self._session.close()
