"""Operations: runs that somebody asked for, who may have gone when they end. One of a kind goes on at a time.

Who runs one holds the advisory lock of its kind, with a session: one that was killed holds it no more. So
what has not ended, and is not the last one of a kind whose lock is held, was interrupted.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.postgres.connection import Connection, Session, connect
from casecore.postgres.errors import mapped_errors
from casecore.postgres.limits import RUN, STORE

_LOCKS = 0x6F706572  # "oper"; the second key is that of the kind

_COLUMNS = """o.id, o.kind, o.asked, o.given_by, o.started_at, o.ended_at, o.has_failed, o.outcome,
    o.ended_at is null
    and not exists (select from casecore.operations n where n.kind = o.kind and n.started_at > o.started_at)
    and exists (
        select from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory' and l.granted
          and l.classid = %(locks)s::oid and l.objid = hashtext(o.kind)::bit(32)::bigint::oid
          and l.objsubid = 2
    )"""
_FIND = f"select {_COLUMNS} from casecore.operations o where o.id = %(id)s"
_LAST = f"""select {_COLUMNS} from casecore.operations o where o.kind = %(kind)s
order by o.started_at desc limit 1"""
_UNENDED = f"""select {_COLUMNS} from casecore.operations o where o.ended_at is null
order by o.started_at desc limit %(limit)s"""
_LATEST = f"""select {_COLUMNS} from casecore.operations o
where o.kind = any(%(kinds)s) and o.given_by::jsonb ->> 'organisation' = %(organisation)s
  and (%(after_at)s::timestamptz is null or (o.started_at, o.id) < (%(after_at)s, %(after_id)s::uuid))
order by o.started_at desc, o.id desc limit %(limit)s"""
_LOCK = "select pg_try_advisory_lock(%s, hashtext(%s))"
_BEGIN = """
insert into casecore.operations (id, kind, asked, given_by, started_at)
values (%s, %s, %s, %s, clock_timestamp())
on conflict (id) do update set started_at = excluded.started_at
where operations.ended_at is null and operations.asked = excluded.asked
  and operations.given_by = excluded.given_by
returning id
"""
_END = """
update casecore.operations set ended_at = clock_timestamp(), has_failed = %s, outcome = %s
where id = %s and ended_at is null
"""


class StoredOperation(NamedTuple):
    """An operation as the store has it; `goes_on` is whether a process is at work on it."""

    id: UUID
    kind: str
    asked: str
    given_by: str
    started_at: datetime
    ended_at: datetime | None
    has_failed: bool | None
    outcome: str | None
    goes_on: bool


class OperationPlace(NamedTuple):
    """The place of an operation in the list of the latest ones."""

    started_at: datetime
    id: UUID


class OperationRecords:
    """Begins, ends and finds operations. One thread's; raises DatabaseUnavailable and TablesMissing."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._session = Session(database, STORE, "casecore operation")

    def find(self, operation_id: UUID) -> StoredOperation | None:
        """An operation; None if there is none."""
        return self._one(_FIND, {"id": operation_id})

    def last_of(self, kind: str) -> StoredOperation | None:
        """The last operation of a kind that began; None if there was none."""
        return self._one(_LAST, {"kind": kind})

    def unended(self, limit: int) -> list[StoredOperation]:
        """The latest operations that have not ended, at most so many: at work, or interrupted."""
        rows = self._session.rows(_UNENDED, {"limit": limit, "locks": _LOCKS})
        return [StoredOperation(*row) for row in rows]

    def latest(
        self, organisation: str, kinds: Collection[str], limit: int, after: OperationPlace | None
    ) -> list[StoredOperation]:
        """The latest operations of these kinds for which somebody of an organisation asked, at most so many.

        Those that come after `after` in that order, the last one that began first.
        """
        given = {
            "organisation": organisation,
            "kinds": list(kinds),
            "limit": limit,
            "after_at": after and after.started_at,
            "after_id": after and after.id,
            "locks": _LOCKS,
        }
        return [StoredOperation(*row) for row in self._session.rows(_LATEST, given)]

    def lock(self, kind: str) -> Connection | None:
        """A session that holds the lock of a kind until it is closed; None if another one does."""
        with mapped_errors():
            connection = connect(self._database, RUN, "casecore operation")
            row = connection.execute(_LOCK, (_LOCKS, kind)).fetchone()
        if row == (True,):
            return connection
        with closing(connection):
            return None

    def begin(self, operation_id: UUID, kind: str, asked: str, given_by: str) -> bool:
        """Note that an operation begins, also one that was interrupted; False if it has ended, or is another.

        The caller holds the lock of its kind.
        """
        return bool(self._session.rows(_BEGIN, (operation_id, kind, asked, given_by)))

    def end(self, operation_id: UUID, outcome: str, *, has_failed: bool) -> None:
        """Note what became of an operation."""
        self._session.run(_END, (has_failed, outcome, operation_id))

    def close(self) -> None:
        """Leave the database."""
        self._session.close()

    def _one(self, statement: str, given: dict[str, object]) -> StoredOperation | None:
        rows = self._session.rows(statement, {**given, "locks": _LOCKS})
        return StoredOperation(*rows[0]) if rows else None
