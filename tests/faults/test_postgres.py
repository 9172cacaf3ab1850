"""PostgreSQL: answers to COMMIT lost, stopped at once, sessions ended, the disk full, tables locked."""

from __future__ import annotations

import random
import time
from threading import Event

import psycopg
import pytest

from casecore.kafka.cluster import Cluster
from casecore.local.errors import PostgresUnusable
from tests.faults.conftest import NewProgram, Seen
from tests.faults.harness.laws import all_is_well, goes_on, some_are_answered
from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, seed
from tests.faults.injection.proxy import lossy
from tests.faults.injection.servers import OwnHome, OwnPostgres
from tests.faults.injection.small_disk import can_mount, on_a_small_disk
from tests.waiting import let_pass, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

LOST_ANSWERS = 40
STOPS = 3
ENDED_SESSIONS = 10
LOCK_SECONDS = (3.0, 14.0)
"""Less than anybody waits for a lock; longer than the bus (10 s), the runner waits 15."""

SHORT_SECONDS = 2.0


def test_answers_to_commit_that_are_lost_lose_and_double_nothing(
    new_program: NewProgram, database: str, kafka_server: Cluster, seen: Seen
) -> None:
    # Given a network that loses one in five answers to COMMIT, for callers, relay and views
    chance = random.Random(f"{seed()} commits")
    losing = Event()
    with lossy(database, lambda _: losing.is_set() and chance.random() < 0.2) as proxy:
        program = new_program(database, kafka_server, CASECORE_DATABASE=proxy.database)
        program.keep_few()
        with Load(program, chance.randrange(2**32)) as load:
            some_are_answered(program, load, 100)
            losing.set()
            wait_until(lambda: proxy.lost >= LOST_ANSWERS, "answers get lost", 180)
            # When it loses none any more, then all is well
            losing.clear()
            seen.well(all_is_well(program, load))
        seen.note(f"{proxy.lost} of {proxy.commits} answers to COMMIT were lost")


def test_postgresql_stopped_at_once_and_started_again(
    new_program: NewProgram, own_postgres: OwnPostgres, kafka_server: Cluster, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} stops")
    program = new_program(own_postgres.new_database(), kafka_server)
    program.keep_few()
    with Load(program, chance.randrange(2**32)) as load:
        for _ in range(STOPS):
            some_are_answered(program, load, chance.randrange(50, 300))
            # Given a PostgreSQL of which all processes are killed at once, under load
            own_postgres.kill()
            seen.kills += 1
            let_pass(chance.uniform(0, 5))
            # When it runs again, then all is well by itself
            fixed_at = time.monotonic()
            own_postgres.start()
            some_are_answered(program, load, 50)
            seen.well(all_is_well(program, load, fixed_at))
            load.go_on()


def test_sessions_that_postgresql_ends_are_begun_again(supervised: SupervisedProgram, seen: Seen) -> None:
    chance = random.Random(f"{seed()} sessions")
    program = supervised
    program.keep_few()
    with Load(program, chance.randrange(2**32)) as load:
        some_are_answered(program, load, 100)
        for _ in range(ENDED_SESSIONS):
            # When an operator ends every other session of the database
            seen.kills += end_sessions(program)
            ended_at = time.monotonic()
            some_are_answered(program, load, chance.randrange(10, 100))
        seen.well(all_is_well(program, load, ended_at))


def end_sessions(program: SupervisedProgram) -> int:
    with psycopg.connect(program.database, autocommit=True) as connection:
        ended = connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        ).fetchall()
    return len(ended)


@pytest.mark.parametrize("kind", ["file limit", *(["tmpfs"] if can_mount() else [])])
def test_a_full_disk_refuses_and_goes_on_when_there_is_room(
    new_program: NewProgram, own_home: OwnHome, kafka_server: Cluster, seen: Seen, kind: str
) -> None:
    with on_a_small_disk(own_home.path / "disk", kind) as (server, filling):
        program = new_program(server.new_database(), kafka_server)
        program.keep_few()
        with Load(program, seed()) as load:
            some_are_answered(program, load, 200)
            # Given a disk that is full, so that PostgreSQL cannot begin another file of its log, and ends
            filling.fill()
            begin_another_log(program)
            let_pass(SHORT_SECONDS)
            # When there is room again, and PostgreSQL runs again
            fixed_at = time.monotonic()
            filling.empty()
            wait_until(lambda: starts(server), "PostgreSQL runs again", 30)
            # Then all is well
            some_are_answered(program, load, 100)
            seen.well(all_is_well(program, load, fixed_at))
        seen.note(f"the disk was filled by a {kind}")
        program.stop_all()


def starts(server: OwnPostgres) -> bool:
    """Whether it runs now; it may be about to end, or in recovery."""
    try:
        server.start()
    except PostgresUnusable:
        return False
    return True


def begin_another_log(program: SupervisedProgram) -> None:
    """Make PostgreSQL need room at once, until it has found that there is none."""

    def without_room() -> bool:
        try:
            with psycopg.connect(program.database, autocommit=True, connect_timeout=5) as connection:
                connection.execute("set statement_timeout = '5s'")
                connection.execute("create table public.much as select generate_series(1, 1000000)")
                connection.execute("drop table public.much")
                connection.execute("select pg_switch_wal()")
        except psycopg.Error:
            return True
        return False

    wait_until(without_room, "PostgreSQL finds no room", 60)


def lock_tables(connection: psycopg.Connection) -> None:
    """Lock them one after another, as the statement does; where that is a deadlock, it is tried again."""

    def all_locked() -> bool:
        try:
            connection.execute(
                "lock table casecore.stored_events, casecore.receipts, workload.cases, workload.offsets, "
                "timeline.states in access exclusive mode"
            )
        except psycopg.errors.DeadlockDetected:
            connection.rollback()
            return False
        return True

    wait_until(all_locked, "the tables are locked")


@pytest.mark.parametrize("seconds", LOCK_SECONDS)
def test_tables_that_another_session_has_locked_are_waited_for(
    supervised: SupervisedProgram, seen: Seen, seconds: float
) -> None:
    program = supervised
    program.keep_few()
    with Load(program, seed()) as load:
        goes_on(program, load, 100)
        # Given an operator whose open transaction holds the log, the receipts and a view's tables
        with psycopg.connect(program.database) as connection:
            lock_tables(connection)
            let_pass(seconds)
        # When it is over, then all is well
        fixed_at = time.monotonic()
        some_are_answered(program, load, 50)
        seen.well(all_is_well(program, load, fixed_at))
