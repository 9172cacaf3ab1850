"""What a runner waits for, how long, and what it says meanwhile: PostgreSQL, Kafka, and other sessions."""

from __future__ import annotations

import random
import socket
import string
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from casecore.contract.streams import case_stream_id
from casecore.kafka.cluster import Cluster
from casecore.kafka.reader import Reader, whole_reader
from casecore.postgres.connection import abort, connect
from casecore.postgres.limits import Limits
from projections.kit.errors import StateUnreadable
from projections.kit.rebuild import shadow_build
from projections.kit.rebuild.shadow_build import ShadowBuild
from projections.kit.runner.protocol import IDLE_SECONDS, JoinBackoff
from projections.kit.runner.takeover import RUNNER_SESSION, connect_runner, end_blocking_sessions
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.projections.histories import RESOLVE, TAKE, Sent, history
from tests.projections.live import PARTITIONS, Place, started, until
from tests.waiting import LIMIT_SECONDS

CASES = "select count(*) from workload.cases"
ASLEEP = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"


@contextmanager
def offsets_locked(place: Place) -> Iterator[None]:
    """A session without any limit that keeps the view's offsets locked."""
    with psycopg.connect(place.database) as other:
        other.execute("update workload.offsets set next_offset = next_offset")
        yield
        other.rollback()


def stopped_while_it_waits(place: Place, records: list[Any]) -> None:
    """Start a runner, lock the offsets once it has claimed them, send, and stop it while it waits."""
    with started(WORKLOAD, place) as (status, thread, stop, failed):
        until(lambda: status.partitions._value.get() == PARTITIONS, "it runs")
        with offsets_locked(place):
            place.send(records)
            until(lambda: "has not answered" in status.health()[1], "the health check says what it waits for")
            stop.set()
            thread.join(LIMIT_SECONDS)
            assert not thread.is_alive(), "the stop had no effect"
    assert not failed


def test_a_runner_that_waits_for_anothers_lock_says_so_and_can_be_stopped(place: Place) -> None:
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD):
        until(lambda: place.one(CASES) == 1, "it is folded")
    # when: it waits with a batch; and when it waits for its claim
    stopped_while_it_waits(place, history("K-2", [TAKE]))
    with offsets_locked(place), started(WORKLOAD, place) as (status, thread, stop, failed):
        until(lambda: "has not answered" in status.health()[1], "the health check says what it waits for")
        stop.set()
        thread.join(LIMIT_SECONDS)
        assert not thread.is_alive(), "the stop had no effect"
    assert not failed
    # then: nothing was written, and the next one folds what is left
    assert place.one(CASES) == 1
    with place.running(WORKLOAD):
        until(lambda: place.one(CASES) == 2, "the rest is folded")


def test_a_frozen_predecessor_holds_its_successor_up_for_seconds_only(place: Place) -> None:
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD):
        until(lambda: place.one(CASES) == 1, "it is folded")
    # given: a runner's session that stopped amid a transaction, with the offsets locked
    with closing(connect_runner(place.database)) as frozen:
        frozen.execute("begin")
        frozen.execute("update workload.offsets set next_offset = next_offset")
        # when
        place.send(history("K-2", [TAKE]))
        with place.running(WORKLOAD):
            # then
            until(lambda: place.one(CASES) == 2, "the successor has taken over")


def test_every_session_has_limits_and_speaks_utc(database: str) -> None:
    asked = "select current_setting(name) from unnest(%s::text[]) with ordinality as t (name, n) order by n"
    names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone"]
    with closing(connect(database, Limits(90, 15, 5))) as connection:
        assert [row[0] for row in connection.execute(asked, (names,))] == ["90s", "15s", "5s", "UTC"]
        assert connection.autocommit


def test_a_session_that_waits_for_its_answer_can_be_ended_from_outside(database: str) -> None:
    with closing(connect_runner(database)) as connection:
        failed: list[BaseException] = []

        def wait_long() -> None:
            try:
                connection.execute("select pg_sleep(25)")
            except psycopg.Error as error:
                failed.append(error)

        thread = threading.Thread(target=wait_long)
        thread.start()
        with psycopg.connect(database, autocommit=True) as other:
            sleeping = "select count(*) from pg_stat_activity where query like 'select pg_sleep%'"
            until(lambda: other.execute(sleeping).fetchone() == (1,), "it waits")
        abort(connection)
        thread.join(LIMIT_SECONDS)
        assert not thread.is_alive()
        assert isinstance(failed[0], psycopg.OperationalError)


def noise(length: int) -> str:
    """A text that cannot be compressed much."""
    return "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=length))


def test_a_key_too_long_for_an_index_is_parked_and_nobody_waits(place: Place) -> None:
    endless = Sent("", 0, 0, noise(5_000).encode(), b"{}", [])
    place.send_records([endless])
    place.send(history("K-1", [TAKE]))
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == 2, "the others are folded")
        until(lambda: place.one("select count(*) from timeline.quarantine") == 1, "it is parked")
    assert place.ask("select reason, length(key) from timeline.quarantine") == [("malformed", 5_000)]


def test_a_value_too_long_for_an_index_parks_only_its_own_case(place: Place) -> None:
    bad = [
        event._replace(body=event.body.replace(b'"K-bad"', f'"{noise(6_000)}"'.encode()))
        for event in history("K-bad", [])
    ]
    place.send([*history("K-1", [TAKE]), *bad, *history("K-2", [TAKE])])
    with place.running(TIMELINE) as status:
        until(lambda: place.one("select count(*) from timeline.events") == 4, "the others are folded")
        until(lambda: place.one("select count(*) from timeline.quarantine") == 1, "it is parked")
        until(lambda: status.health()[0], "the runner is well")
    assert place.ask("select reason, convert_from(key, 'UTF8') from timeline.quarantine") == [
        ("refused_by_database", str(case_stream_id("K-bad")))
    ]


FULL = """create sequence workload.tries;
create function workload.full() returns trigger language plpgsql as $$
begin perform nextval('workload.tries'); raise exception 'the disk is full' using errcode = '53100'; end $$;
create trigger full_disk before insert on workload.states execute function workload.full()"""


def test_a_runner_is_not_well_between_two_failing_writes(place: Place) -> None:
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD) as status:
        until(lambda: place.one(CASES) == 1, "it is folded")
        # given: PostgreSQL lets partitions be claimed, and then nothing be written
        place.ask(FULL)
        place.send(history("K-2", [TAKE]))
        until(lambda: "disk is full" in status.health()[1], "the health check says so")
        # then: it stays unwell through all its tries
        seen: list[bool] = []

        def tried_often() -> bool:
            seen.append(status.health()[0])
            return bool(place.one("select last_value from workload.tries") >= 6)

        until(tried_often, "it has tried six times")
        assert not any(seen)
        # until one succeeds
        place.ask("drop trigger full_disk on workload.states")
        until(lambda: status.health()[0], "the runner is well again")
        assert place.one(CASES) == 2


def test_the_lag_counts_what_is_not_written_also_while_postgresql_is_away(
    place: Place, postgres_server: str
) -> None:
    name = str(conninfo_to_dict(place.database)["dbname"])
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD) as status, psycopg.connect(postgres_server, autocommit=True) as server:
        until(lambda: place.one(CASES) == 1 and status.lag._value.get() == 0, "the first case is folded")
        # given
        server.execute(f'alter database "{name}" allow_connections false')
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        # when
        place.send([*history("K-2", [TAKE]), *history("K-3", [TAKE, RESOLVE])])
        # then
        until(lambda: status.lag._value.get() == 5, "five records are behind")
        server.execute(f'alter database "{name}" allow_connections true')
        until(lambda: status.lag._value.get() == 0, "nothing is behind")
        assert place.one(CASES) == 3
    assert status.partitions._value.get() == 0


def test_a_server_that_takes_no_writes_is_waited_for(place: Place, postgres_server: str) -> None:
    name = str(conninfo_to_dict(place.database)["dbname"])
    with place.running(WORKLOAD) as status, psycopg.connect(postgres_server, autocommit=True) as server:
        until(lambda: status.partitions._value.get() == PARTITIONS, "it runs")
        # given: a server as it is while it stands by for another
        server.execute(f'alter database "{name}" set default_transaction_read_only = on')
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        until(lambda: "PostgreSQL does not write" in status.health()[1], "the health check says so")
        # when
        server.execute(f'alter database "{name}" set default_transaction_read_only = off')
        place.send(history("K-1", [TAKE]))
        # then
        until(lambda: place.one(CASES) == 1, "it goes on")


def test_a_stored_state_of_another_form_is_named_with_what_mends_it(place: Place) -> None:
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD):
        until(lambda: place.one(CASES) == 1, "it is folded")
    place.ask("update workload.states set state = '{}'")
    place.send(history("K-1", [TAKE, RESOLVE])[2:])
    with started(WORKLOAD, place) as (_, thread, _, failed):
        until(lambda: not thread.is_alive(), "the runner has stopped")
    assert isinstance(failed[0], StateUnreadable)
    assert "rebuild it" in str(failed[0])
    assert str(case_stream_id("K-1")) in str(failed[0])


class Door:
    """A port that leads to Kafka while it is open; a client that gets through learns the ports of brokers."""

    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        self._inside = (host, int(port))
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._serve()

    def shut(self) -> None:
        """Refuse every new client, and close the connections that there are."""
        # Closing alone would leave the thread in accept(), and so the port open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            line.close()

    def open(self) -> None:
        """Let everybody through again, at the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                outer, _ = listener.accept()
            except OSError:
                return
            inner = socket.create_connection(self._inside)
            self._lines += [outer, inner]
            for pair in ((outer, inner), (inner, outer)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(65_536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


def test_a_runner_that_is_fenced_while_kafka_is_away_waits_for_it(place: Place) -> None:
    door = Door(place.cluster.bootstrap)
    behind_door = Place(
        place.database, place.cluster._replace(bootstrap=f"127.0.0.1:{door.port}"), place.prefix
    )
    with behind_door.running(WORKLOAD) as status:
        # given: it reads, and a new connection to Kafka finds nobody
        place.send(history("K-0", [TAKE]))
        until(lambda: place.one(CASES) == 1, "it reads")
        door.shut()
        # when: somebody takes the partitions over, which the next batch notices
        place.ask("update workload.offsets set owner = gen_random_uuid()")
        place.send(history("K-1", [TAKE]))
        until(lambda: "Kafka does not answer" in status.health()[1], "the health check says so")
        # then
        door.open()
        until(lambda: place.one(CASES) == 2, "it goes on")
    door.shut()


def test_a_spare_runner_joins_ever_more_rarely_and_from_scratch_after_it_had_partitions() -> None:
    backoff = JoinBackoff()
    waits = []
    for _ in range(8):
        waits.append(backoff.seconds)
        backoff.double()
    assert waits == [IDLE_SECONDS * factor for factor in (1, 2, 4, 8, 16)] + [3_600] * 3
    backoff.reset()
    assert backoff.seconds == IDLE_SECONDS


def test_a_building_that_cannot_begin_leaves_nothing_open(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: PostgreSQL is nowhere, Kafka is there
    opened: list[Reader] = []

    def noted(cluster: Cluster, answer_bytes: int) -> Reader:
        opened.append(whole_reader(cluster, answer_bytes))
        return opened[-1]

    monkeypatch.setattr(shadow_build, "whole_reader", noted)
    with pytest.raises(psycopg.OperationalError):
        ShadowBuild(WORKLOAD, place.where._replace(database="postgresql://127.0.0.1:1/none"), "workload_next")
    # then
    assert len(opened) == 1
    assert opened[0]._consumer._closed


def test_who_takes_over_ends_a_session_that_stands_still_and_none_that_works(place: Place) -> None:
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD):
        until(lambda: place.one(CASES) == 1, "it is folded")
    lock = "update workload.offsets set next_offset = next_offset"
    with (
        psycopg.connect(place.database, application_name=RUNNER_SESSION) as before,
        connect_runner(place.database) as after,
    ):
        # Given a runner's session that holds the rows, and one that waits for them
        before.execute(lock)
        claiming = threading.Thread(target=lambda: suppressed(after, lock))
        claiming.start()
        until(lambda: place.one("select count(*) from pg_locks where not granted") > 0, "the claim waits")
        # When the one that holds them works, then it is left alone
        working = threading.Thread(target=lambda: before.execute("select pg_sleep(1)"))
        working.start()
        until(lambda: place.one(ASLEEP) > 0, "it works")
        assert end_blocking_sessions(place.database, after, frozen_seconds=0) == 0
        working.join()
        # When it stands still within a COPY, then not at once, but in time it is ended
        with suppress(psycopg.OperationalError), before.cursor().copy("copy workload.cases from stdin"):
            assert end_blocking_sessions(place.database, after) == 0
            assert end_blocking_sessions(place.database, after, frozen_seconds=0) == 1
            claiming.join(LIMIT_SECONDS)
            assert not claiming.is_alive()


def suppressed(connection: Any, statement: str) -> None:
    """Execute a statement that may come to nothing."""
    with suppress(psycopg.Error):
        connection.execute(statement)
