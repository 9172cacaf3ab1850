"""Locks of a session that nobody can take who may not write.

PostgreSQL lets every login take any advisory lock, so one that merely reads could keep the relay, a run or a
rebuild waiting for ever. Here a session announces itself under a number that it draws, and looks who else
has: the sessions of logins that lack the lock's right do not count. Whoever announces itself second sees the
first one, so two never hold the lock at once; two that announce themselves together both give way, and try
again. All of it ends with the session.

Programs of before took one advisory lock with a fixed key. It is taken too, and who holds it counts, if it
may write.
"""

from __future__ import annotations

import random
import time

from casecore.postgres.connection import Connection
from casecore.postgres.holders import LockHolder, holders

_ANNOUNCE = "select pg_try_advisory_lock(hashtext(%(name)s::text), %(number)s::int)"
_WITHDRAW = "select pg_advisory_unlock(hashtext(%(name)s::text), %(number)s::int)"
_KEY = "coalesce(%(key)s::bigint, hashtextextended(%(name)s::text, 0))"
_TAKE_KEY = f"select pg_try_advisory_lock({_KEY})"
_GIVE_KEY = f"select pg_advisory_unlock({_KEY})"

# Of the announcements the first half of the key is given, of the fixed key all of it.
_ANNOUNCED = """objsubid = 2 and classid::bigint = hashtext(%(name)s::text)::bigint & 4294967295"""
_KEY_HELD = f"objsubid = 1 and (classid::bigint << 32) | objid::bigint = {_KEY}"
_HELD = f"locktype = 'advisory' and granted and (({_ANNOUNCED}) or ({_KEY_HELD}))"
_KEY_AWAITED = f"locktype = 'advisory' and not granted and {_KEY_HELD}"

_LARGEST = 2**31 - 1
_AGAIN_SECONDS = 0.25


class WriterLock:
    """One lock by its name, as one session takes it. One thread's.

    A login may have it that may insert into `table`; where that is None or not there yet, one that may create
    schemas. `key` is the fixed key by which earlier programs know the lock, if not the hash of its name.
    """

    def __init__(self, name: str, table: str | None, key: int | None = None) -> None:
        self._given = {"name": name, "key": key}
        self._table = table
        self._number: int | None = None
        self._has_key = False

    def take(self, connection: Connection) -> LockHolder | None:
        """Take the lock; returns a session that has it, or None if this one has it now.

        Raises psycopg's errors.
        """
        if self._number is not None:
            return None
        found = self.held_by(connection)
        if found is not None:
            return found
        self._announce(connection)
        if (found := self.held_by(connection)) is None:
            self.take_key(connection)
            # Without the key, an earlier program may just have taken it.
            found = None if self._has_key else self.held_by(connection)
        if found is not None:
            self.release(connection)
        return found

    def take_within(self, connection: Connection, limit_seconds: float) -> LockHolder | None:
        """The same, trying again until a limit; whoever has the lock can see that it is awaited."""
        if (found := self.take(connection)) is None:
            return None
        give_up_at = time.monotonic() + limit_seconds
        waiting = self._waiting()
        waiting._announce(connection)
        while found is not None and time.monotonic() < give_up_at:
            time.sleep(_AGAIN_SECONDS * (0.5 + random.random()))  # noqa: S311 - not a secret
            found = self.take(connection)
        waiting.release(connection)
        return found

    def take_key(self, connection: Connection) -> None:
        """Take the fixed key as well, unless this session has it, or somebody else does."""
        if not self._has_key:
            row = connection.execute(_TAKE_KEY.encode(), self._given).fetchone()
            self._has_key = bool(row and row[0])

    def held_by(self, connection: Connection) -> LockHolder | None:
        """Another session that has the lock, and may have it."""
        return next(iter(holders(connection, _HELD, self._given, self._table)), None)

    def ignored(self, connection: Connection) -> list[LockHolder]:
        """The sessions that keep the fixed key from this one, though they may not write."""
        if self._has_key:
            return []
        return holders(connection, _HELD, self._given, self._table, may_write=False)

    def is_awaited(self, connection: Connection) -> bool:
        """Whether somebody who may write waits for the lock."""
        if self._waiting().held_by(connection) is not None:
            return True
        return bool(holders(connection, _KEY_AWAITED, self._given, self._table))

    def release(self, connection: Connection) -> None:
        """Let others have it."""
        if self._number is not None:
            connection.execute(_WITHDRAW.encode(), self._given | {"number": self._number})
            self._number = None
        if self._has_key:
            connection.execute(_GIVE_KEY.encode(), self._given)
            self._has_key = False

    def _waiting(self) -> WriterLock:
        return WriterLock(f"{self._given['name']}.awaited", self._table)

    def _announce(self, connection: Connection) -> None:
        # A number that somebody has taken on purpose is one of four billion.
        while self._number is None:
            number = random.randint(-_LARGEST, _LARGEST)  # noqa: S311 - not a secret
            row = connection.execute(_ANNOUNCE.encode(), self._given | {"number": number}).fetchone()
            if row and row[0]:
                self._number = number
