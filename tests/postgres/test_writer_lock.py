"""Locks that matter: held by one session at a time, and never by one that may not write."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import STORE
from casecore.postgres.writer_lock import WriterLock

NAME = "casecore.some"
TABLE = "casecore.kept"
TAKE_KEY = f"select pg_try_advisory_lock(hashtextextended('{NAME}', 0))"
IMITATE = f"select pg_advisory_lock(hashtext('{NAME}'), 17)"


@pytest.fixture
def kept(database: str) -> str:
    """A database with a table that its owner alone may write."""
    with psycopg.connect(database) as connection:
        connection.execute("create schema casecore create table kept (id integer)")
    return database


@contextmanager
def login(database: str, *grants: str) -> Iterator[Connection]:
    """A session of a login that has been granted this, and nothing else."""
    name = f"t{uuid.uuid4().hex[:16]}"
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(f"create role {name} login noinherit".encode())
        try:
            for grant in grants:
                owner.execute(grant.format(name).encode())
            with closing(connect(make_conninfo(database, user=name), STORE, "a curious tool")) as session:
                yield session
        finally:
            owner.execute(f"drop owned by {name}".encode())
            owner.execute(f"drop role {name}".encode())


def new_lock() -> WriterLock:
    return WriterLock(NAME, TABLE)


def truth(connection: Connection, statement: str) -> bool:
    row = connection.execute(statement.encode()).fetchone()
    return bool(row and row[0])


def test_one_session_at_a_time_holds_a_lock_and_is_named(kept: str) -> None:
    with closing(connect(kept, STORE, "casecore relay")) as first, closing(connect(kept, STORE)) as second:
        # Given a session that holds the lock, also if it asks again
        one, other = new_lock(), new_lock()
        assert one.take(first) is None
        assert one.take(first) is None
        # Then another one hears who it is
        holder = other.take(second)
        assert holder is not None
        assert (holder.pid, holder.application) == (first.info.backend_pid, "casecore relay")
        assert str(holder).startswith(f"the session with pid {holder.pid} of {holder.login}, application")
        # and gets it when the first one gives it up, or ends
        one.release(first)
        assert other.take(second) is None
        assert one.take(first) is not None
        second.close()
        assert one.take_within(first, 20) is None


def test_of_many_that_try_at_once_one_has_the_lock(kept: str) -> None:
    held: list[int] = []

    def work(number: int) -> int:
        most = 0
        with closing(connect(kept, STORE)) as connection:
            lock = new_lock()
            for _ in range(3):
                assert lock.take_within(connection, 60) is None
                held.append(number)
                most = max(most, len(held))
                connection.execute("select 1")
                held.remove(number)
                lock.release(connection)
        return most

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(work, range(6))) == {1}


def test_a_login_that_may_not_write_keeps_nobody_waiting(kept: str) -> None:
    grants = ("grant usage on schema casecore to {}", "grant select on casecore.kept to {}")
    with login(kept, *grants) as reader, closing(connect(kept, STORE)) as session:
        # Given a reader that has taken the fixed key, and looks as if it had announced itself
        assert truth(reader, TAKE_KEY)
        reader.execute(IMITATE.encode())
        # When a session takes the lock, then it has it, and knows who else holds the key
        lock = new_lock()
        assert lock.take(session) is None
        assert [(found.pid, found.application) for found in lock.ignored(session)] == [
            (reader.info.backend_pid, "a curious tool")
        ]
        # and another session that may write waits for it,
        with closing(connect(kept, STORE)) as another:
            holder = new_lock().take(another)
            assert holder is not None
            assert holder.pid == session.info.backend_pid
        # and the key is taken, too, as soon as the reader gives it up
        reader.close()
        while lock.ignored(session):
            pass
        lock.take_key(session)
        with closing(connect(kept, STORE)) as another:
            assert not truth(another, TAKE_KEY)


def test_an_earlier_program_and_this_one_keep_each_other_out(kept: str) -> None:
    with closing(connect(kept, STORE)) as earlier, closing(connect(kept, STORE)) as session:
        lock = new_lock()
        # Given an earlier program, which takes the fixed key
        assert truth(earlier, TAKE_KEY)
        holder = lock.take(session)
        assert holder is not None
        assert holder.pid == earlier.info.backend_pid
        # When it has ended, then this one has the lock, and the earlier one does not get it
        earlier.close()
        assert lock.take_within(session, 20) is None
        with closing(connect(kept, STORE)) as another:
            assert not truth(another, TAKE_KEY)


@pytest.mark.parametrize(
    "grant", ["grant insert on casecore.kept to {}", "grant {owner} to {{}}"], ids=["itself", "by a role"]
)
def test_a_login_that_may_write_counts(kept: str, grant: str) -> None:
    with closing(connect(kept, STORE)) as session:
        owner = session.info.user
        with login(kept, grant.format("{}", owner=owner)) as writer:
            assert truth(writer, TAKE_KEY)
            holder = new_lock().take(session)
            assert holder is not None
            assert holder.pid == writer.info.backend_pid
