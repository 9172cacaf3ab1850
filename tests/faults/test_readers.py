"""Logins that may read and nothing else, and what they can hold up."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from casecore.store.recorder import LogRecorder
from casecore.store.records import NewEvent
from tests.faults.injection.servers import OwnPostgres

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_READER = "casecore_curious"


def execute(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement.encode())


def session_of_a_reader(database: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(database, user=_READER), autocommit=True)


def fill_the_queue(session: psycopg.Connection) -> None:
    with suppress(psycopg.errors.ProgramLimitExceeded):
        for _ in range(200):
            session.execute("select pg_notify('noise', repeat('x', 7900))")
        raise AssertionError("the queue has room for everything")


@pytest.fixture
def store(own_postgres: OwnPostgres) -> str:
    """A store on a server with a small queue of notifications, and a login that may only connect."""
    execute(own_postgres.maintenance, "alter system set max_notify_queue_pages = 64")
    own_postgres.stop()
    own_postgres.start()
    execute(own_postgres.maintenance, f"create role {_READER} login")
    database = own_postgres.new_database()
    migrate(database)
    return database


def test_appends_go_on_while_a_reader_has_filled_the_queue_of_notifications(store: str) -> None:
    # Given a reader that listens in an open transaction, and has filled the queue behind it
    with closing(session_of_a_reader(store)) as deaf, closing(session_of_a_reader(store)) as loud:
        deaf.execute("listen noise")
        deaf.execute("begin")
        fill_the_queue(loud)
        with LogReader(store) as log, closing(LogRecorder(store)) as recorder:
            log.read(0, 1)
            # When events are appended
            event = NewEvent(uuid4(), 1, "casecore.case.taken.v1", b"{}")
            appended = recorder.append([event], [], datetime.now(UTC))
            # Then they are stored, and who follows the log finds them without having been woken
            assert not log.wait(0.1)
            assert [found.position for found in log.read(0, 10)] == appended.positions
            # and once the queue has room again, appends wake the readers again
            deaf.close()
            recorder.append([event._replace(version=2)], [], datetime.now(UTC))
            assert log.wait(20)
