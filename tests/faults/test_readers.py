"""Logins that may read and nothing else, and what they can hold up."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from casecore.kafka.cluster import Cluster
from casecore.relay.published_topics import create_topics
from casecore.store.log import LogReader
from casecore.store.migrations import LOCK_KEY, all_migrations, migrate
from casecore.store.recorder import LogRecorder
from casecore.store.records import NewEvent
from projections.kit.errors import ViewHasDependents
from projections.kit.quarantine.quarantine import retry
from projections.kit.rebuild.rebuild import rebuild
from projections.kit.roles import READER, create_role
from projections.timeline.projection import TIMELINE
from tests.faults.injection.servers import OwnPostgres
from tests.projections.histories import ESCALATE, TAKE, history
from tests.projections.live import Place
from tests.relay.running import scene, store_messages, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def execute(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement.encode())


def session_of_a_reader(database: str, name: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(database, user=name), autocommit=True)


def fill_the_queue(session: psycopg.Connection) -> None:
    with suppress(psycopg.errors.ProgramLimitExceeded):
        for _ in range(200):
            session.execute("select pg_notify('noise', repeat('x', 7900))")
        raise AssertionError("the queue has room for everything")


@contextmanager
def reader_login(database: str) -> Iterator[str]:
    """The name of a login that may read the views, and nothing else."""
    name = f"r{uuid4().hex[:16]}"
    execute(database, create_role(READER))
    execute(database, f"create role {name} login in role {READER}")
    yield name
    execute(database, f"drop role {name}")


@pytest.fixture
def a_reader(database: str) -> Iterator[str]:
    """A reader of the run's server."""
    with reader_login(database) as name:
        yield name


@pytest.fixture
def store(own_postgres: OwnPostgres) -> str:
    """A store on a server with a small queue of notifications."""
    execute(own_postgres.maintenance, "alter system set max_notify_queue_pages = 64")
    own_postgres.stop()
    own_postgres.start()
    database = own_postgres.new_database()
    migrate(database)
    return database


def test_appends_go_on_while_a_reader_has_filled_the_queue_of_notifications(store: str) -> None:
    # Given a reader that listens in an open transaction, and has filled the queue behind it
    with (
        reader_login(store) as name,
        closing(session_of_a_reader(store, name)) as deaf,
        closing(session_of_a_reader(store, name)) as loud,
    ):
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


def test_a_reader_that_holds_the_relays_lock_does_not_stop_publishing(
    database: str, kafka_server: Cluster, topic_prefix: str, tmp_path: Path, a_reader: str
) -> None:
    migrate(database)
    create_topics(kafka_server, topic_prefix, 1)
    with scene(database, kafka_server, topic_prefix, tmp_path) as here:
        # Given a relay that publishes, and a reader that waits for the lock by which earlier relays know it
        store_messages(database, 10)
        relay = here.start()
        wait_for(lambda: here.positions() == here.stored_positions(), "it publishes")
        with closing(session_of_a_reader(database, a_reader)) as reader, ThreadPoolExecutor(1) as thread:
            key = f"hashtextextended('casecore.relay.{topic_prefix}', 0)"
            waiting = thread.submit(reader.execute, f"select pg_advisory_lock({key})".encode())
            # When the relay is killed, and the reader has the lock
            relay.kill()
            waiting.result(60)
            store_messages(database, 10)
            # Then the next relay publishes, and says whose lock it ignores
            after = here.start()
            wait_for(lambda: here.positions() == here.stored_positions(), "the next one publishes")
            assert "relay.lock_of_a_reader_ignored" in after.said()
            assert a_reader in after.said()
            # and a second one waits for its turn all the same
            second = here.start()
            wait_for(lambda: "relay.standing_by" in second.said(), "the second one stands by")
            assert "relay.lock_taken" not in second.said()


def test_a_reader_that_holds_a_views_locks_keeps_no_rebuild_waiting_and_is_named_where_it_reads(
    database: str, kafka_server: Cluster, topic_prefix: str, a_reader: str
) -> None:
    place = Place(database, kafka_server, topic_prefix)
    place.create_topic()
    place.send(history("K-1", [TAKE, ESCALATE]))
    rebuild(TIMELINE, place.where)
    with closing(session_of_a_reader(database, a_reader)) as reader:
        # Given a reader that holds the locks by which earlier programs rebuild and make the view
        for lock in ("rebuild", "create"):
            key = f"hashtextextended('casecore.projections.{lock}.timeline', 0)"
            reader.execute(f"select pg_advisory_lock({key})".encode())
        # Then the view is rebuilt, and retried
        assert rebuild(TIMELINE, place.where).equal is True
        assert retry(TIMELINE, database) == []
        # When it has a temporary view on the view
        reader.execute("create temporary view mine as select * from timeline.events")
        # Then the rebuild says whose session is in the way
        with pytest.raises(ViewHasDependents, match=f"pid {reader.info.backend_pid} of {a_reader}"):
            rebuild(TIMELINE, place.where)
    # and once the session has ended, it goes on
    wait_for(lambda: not place.ask("select from pg_class where relname = 'mine'"), "the view is gone")
    assert rebuild(TIMELINE, place.where).equal is True


def test_a_reader_that_holds_the_lock_of_migrations_keeps_no_upgrade_waiting(
    database: str, a_reader: str
) -> None:
    with closing(session_of_a_reader(database, a_reader)) as reader:
        reader.execute(f"select pg_advisory_lock({LOCK_KEY})".encode())
        assert migrate(database) == len(all_migrations())
