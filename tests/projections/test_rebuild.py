"""A view built again: the same rows, byte for byte, while the live one answers and goes on."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from threading import Event

import psycopg
import pytest

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import TopicMissing
from projections.kit.errors import Fenced, RebuildRunning, SchemaInUse, ViewHasDependents, ViewMissing
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.rebuild import comparison, dropping
from projections.kit.rebuild import rebuild as rebuilding
from projections.kit.rebuild.comparison import Side, compare
from projections.kit.rebuild.rebuild import RebuildReport, audit_view, rebuild, rebuild_on_topic_replacement
from projections.kit.rebuild.shadow_build import BuildProgress
from projections.kit.servers import ViewServers
from projections.kit.tables import schema
from projections.kit.tables.storage import Storage
from projections.timeline.projection import TIMELINE, LastStanding
from projections.workload.projection import WORKLOAD
from tests.projections.histories import CLOSE, ESCALATE, RESOLVE, TAKE, history, sent
from tests.projections.live import Place, until
from tests.waiting import LIMIT_SECONDS

LIFE = [TAKE, ESCALATE, RESOLVE, CLOSE]


def test_a_rebuild_gives_the_same_rows_while_the_live_view_answers_and_goes_on(place: Place) -> None:
    place.send([event for n in range(300) for event in history(f"K-{n}", LIFE)])
    with place.running(WORKLOAD) as status:
        until(lambda: place.one("select count(*) from workload.case_moves") == 1_500, "all are folded")
        answered: list[int] = []
        stop = threading.Event()

        def ask() -> None:
            with psycopg.connect(place.database, autocommit=True) as connection:
                while not stop.is_set():
                    row = connection.execute("select count(*) from workload.cases").fetchone()
                    answered.append(row[0] if row else 0)

        asking = threading.Thread(target=ask)
        asking.start()
        # when: new cases come while it is rebuilt
        place.send([event for n in range(300, 400) for event in history(f"K-{n}", LIFE)])
        seen: list[BuildProgress] = []
        report = rebuild(WORKLOAD, place.where, on_progress=seen.append)
        place.send([event for n in range(400, 450) for event in history(f"K-{n}", LIFE)])
        until(lambda: place.one("select count(*) from workload.cases") == 450, "the runner goes on")
        until(lambda: status.health()[0], "the runner is well")
        stop.set()
        asking.join()
        # then: equal by hash at one moment, and no answer ever showed fewer cases than one before it
        assert report.equal is True
        assert {t.table: t.live_rows for t in report.compared}["cases"] >= 300
        assert all(t.live_hash == t.rebuilt_hash for t in report.compared)
        assert seen[-1].done == seen[-1].total
        assert len(answered) > 3
        assert answered == sorted(answered)
        assert audit_view(WORKLOAD, place.where).equal is True
    assert place.ask("select nspname from pg_namespace where nspname ~ '^workload'") == [("workload",)]


def test_an_audit_names_the_first_difference_and_leaves_nothing_behind(place: Place) -> None:
    place.send([event for n in range(5) for event in history(f"K-{n}", [TAKE])])
    with place.running(WORKLOAD):
        until(lambda: place.one("select count(*) from workload.case_moves") == 10, "all are folded")
    # given: somebody has changed a row, and lost another
    (first,) = place.ask("select case_id::text from workload.cases order by case_id limit 1")[0]
    place.ask("update workload.cases set agent = 'nobody' where case_id = %s", first)
    (gone,) = place.ask("select case_id::text from workload.case_moves order by 1 limit 1")[0]
    place.ask("delete from workload.case_moves where case_id = %s and version = 2", gone)
    # when
    report = audit_view(WORKLOAD, place.where)
    # then
    assert report.equal is False
    by_table = {t.table: t.difference for t in report.compared}
    cases, moves = by_table["cases"], by_table["case_moves"]
    assert cases is not None
    assert cases == ("cases", f"case_id={first}", "agent", "nobody", "anna")
    assert moves is not None
    assert (moves.key, moves.column, moves.live) == (f"case_id={gone}, version=2", None, None)
    assert by_table["states"] is None
    assert place.one("select count(*) from pg_namespace where nspname = 'workload_audit'") == 0
    # and a rebuild repairs it
    assert rebuild(WORKLOAD, place.where).equal is False
    assert audit_view(WORKLOAD, place.where).equal is True


def test_a_view_of_another_version_or_of_a_replaced_topic_is_rebuilt_without_comparison(
    place: Place,
) -> None:
    place.send(history("K-1", LIFE))
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == 5, "all are folded")
    place.ask("update timeline.about set version = 0")
    assert rebuild(TIMELINE, place.where).equal is None
    assert place.one("select count(*) from timeline.events") == 5
    # and after the topic was lost and filled again
    place.wipe_topic()
    place.send(history("K-1", LIFE) + history("K-2", [TAKE]))
    assert rebuild(TIMELINE, place.where).equal is None
    assert place.one("select count(*) from timeline.events") == 7
    with place.running(TIMELINE):
        place.send(history("K-3", []))
        until(lambda: place.one("select count(*) from timeline.events") == 8, "the runner goes on")


def test_a_view_is_compared_at_its_own_offsets_although_its_topics_go_further(place: Place) -> None:
    # given: a runner that has stopped, and cases that came after it
    place.send([event for n in range(20) for event in history(f"K-{n}", [TAKE])])
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == 40, "all are folded")
    place.send([event for n in range(20, 60) for event in history(f"K-{n}", [TAKE])])
    # then: neither an audit nor a rebuild takes these for differences
    assert audit_view(TIMELINE, place.where).equal is True
    assert rebuild(TIMELINE, place.where).equal is True
    assert place.one("select count(*) from timeline.events") == 40
    # and the runner goes on with them
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == 120, "the rest is folded")


def test_a_batch_that_waits_for_the_swap_is_not_written_afterwards(place: Place) -> None:
    # given: a runner with a batch in hand, and a rebuild that is held up in the midst of its swap
    place.send(history("K-1", [TAKE]))
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == 2, "it is folded")
    places = place.ask("select topic, partition, topic_id from timeline.offsets")
    topic, partition, topic_id = places[0]
    with ExitStack() as open_until_here:
        connect = partial(psycopg.connect, place.database)
        runner, holder = (open_until_here.enter_context(connect(autocommit=True)) for _ in range(2))
        storage = Storage(runner, TIMELINE, "timeline")
        storage.claim({topic: topic_id}, [(topic, partition)])
        late = sent(history("K-2", [TAKE]), topic=topic, partition=partition, first=100)
        batch = Fold(TIMELINE).fold([parse_record(record) for record in late], {})
        holder.execute("begin")

        def hold_up(_: BuildProgress) -> None:
            holder.execute("lock table timeline_next.skipped in access exclusive mode")

        with ThreadPoolExecutor(2) as both:
            rebuilding = both.submit(rebuild, TIMELINE, place.where, on_progress=hold_up)
            until(lambda: waiting(place, "insert into timeline_next.skipped"), "the swap waits")
            writing = both.submit(storage.write, batch)
            until(lambda: waiting(place, "with mine"), "the runner waits for the swap")
            # when: the swap goes on
            holder.execute("commit")
            # then: the runner finds that it owns nothing
            with pytest.raises(Fenced):
                writing.result(timeout=LIMIT_SECONDS)
            assert rebuilding.result(timeout=LIMIT_SECONDS).equal is True
    assert place.one("select count(*) from timeline.events") == 2
    assert audit_view(TIMELINE, place.where).equal is True


def waiting(place: Place, beginning: str) -> bool:
    """Whether a statement that begins so waits for a lock."""
    query = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like %s)"
    return bool(place.one(query, f"{beginning}%"))


def test_a_view_that_is_not_there_is_just_built_and_cannot_be_audited(place: Place) -> None:
    place.send(history("K-1", LIFE))
    with pytest.raises(ViewMissing):
        audit_view(TIMELINE, place.where)
    report = rebuild(TIMELINE, place.where)
    assert (report.equal, report.built["events"][0], report.events) == (None, 5, 5)
    assert place.one("select count(*) from timeline.events") == 5


def test_a_rebuild_that_does_not_get_its_turn_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.kit.rebuild.lock._WAIT_SECONDS", 0.1)
    place.send(history("K-1", LIFE))
    refused: list[BaseException] = []

    def meanwhile(_: BuildProgress) -> None:
        if not refused:
            with pytest.raises(RebuildRunning) as error:
                rebuild(TIMELINE, place.where)
            refused.append(error.value)

    rebuild(TIMELINE, place.where, on_progress=meanwhile)
    assert "running already (the session with pid " in str(refused[0])
    assert "application 'casecore rebuild'" in str(refused[0])


def test_a_rebuild_waits_for_its_turn(place: Place) -> None:
    place.send(history("K-1", LIFE))
    with ThreadPoolExecutor(1) as thread:
        second: list[Future[RebuildReport]] = []

        def meanwhile(_: BuildProgress) -> None:
            if not second:
                second.append(thread.submit(rebuild, TIMELINE, place.where))
                until(lambda: waits_for_a_lock(place), "the second one waits")

        rebuild(TIMELINE, place.where, on_progress=meanwhile)
        assert second[0].result(LIMIT_SECONDS).equal


def test_a_view_that_waits_for_its_topics_gives_way_to_an_operators_rebuild(place: Place) -> None:
    place.send(history("K-1", LIFE))
    rebuild(TIMELINE, place.where)
    # Given a view that builds itself again, and topics that stay short of what it has folded
    place.wipe_topic()
    with ThreadPoolExecutor(1) as thread:
        waiting = Event()
        renewal = thread.submit(rebuild_on_topic_replacement, TIMELINE, place.where, lambda _: waiting.set())
        assert waiting.wait(LIMIT_SECONDS)
        # When an operator accepts what is there
        assert rebuild(TIMELINE, place.where).events == 0
        # Then the view has given way
        with pytest.raises(RebuildRunning):
            renewal.result(LIMIT_SECONDS)
    assert place.one("select count(*) from timeline.events") == 0


def test_a_second_runner_that_would_build_the_view_again_does_not_disturb_the_first(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_GIVE_WAY_SECONDS", 0.0)  # the first one looks each time
    place.send(history("K-1", LIFE))
    rebuild(TIMELINE, place.where)
    stop, tries = Event(), list[int]()

    def again() -> None:
        while not stop.is_set():
            with suppress(RebuildRunning):
                rebuild_on_topic_replacement(TIMELINE, place.where)
            tries.append(1)

    with ThreadPoolExecutor(1) as thread:
        others: list[Future[None]] = []

        def meanwhile(_: BuildProgress) -> None:
            if not others:
                others.append(thread.submit(again))
            until(lambda: len(tries) > 20, "the second one has tried")
            tries.clear()

        try:
            assert rebuild_on_topic_replacement(TIMELINE, place.where, meanwhile).equal
        finally:
            stop.set()
        others[0].result(LIMIT_SECONDS)


def waits_for_a_lock(place: Place) -> bool:
    waiting = (
        "select count(*) from pg_locks join pg_database on pg_database.oid = database "
        "where locktype = 'advisory' and granted and datname = current_database() and objsubid = 2 "
        "and classid::bigint = hashtext('casecore.projections.rebuild.timeline.awaited')::bigint & 4294967295"
    )
    return bool(place.one(waiting) == 1)


def test_a_rebuild_without_topics_changes_nothing(database: str, kafka_server: Cluster) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        schema.ensure(connection, TIMELINE)
        with pytest.raises(TopicMissing):
            rebuild(TIMELINE, ViewServers(database, kafka_server, "no-such-prefix"))
        schema.require(connection, TIMELINE)


def schemas(place: Place) -> list[str]:
    """The schemas that belong to the timeline."""
    return [
        n for (n,) in place.ask("select nspname from pg_namespace where nspname ~ '^timeline' order by 1")
    ]


def test_what_others_built_on_a_view_is_named_and_kept(place: Place) -> None:
    # given: a dashboard's own view, its copy, and a table that refers to the view's
    place.send(history("K-1", LIFE))
    rebuild(TIMELINE, place.where)
    place.ask("create schema dash")
    place.ask("create view dash.latest as select * from timeline.events")
    place.ask("create materialized view dash.copied as select * from timeline.events")
    place.ask(
        "create table dash.notes (case_id uuid, version bigint, "
        "foreign key (case_id, version) references timeline.events)"
    )
    place.ask("create function dash.named(timeline.events) returns text language sql as 'select $1.person'")
    # then: a rebuild would lose them, so it refuses before it builds; an audit drops nothing that is live
    with pytest.raises(ViewHasDependents) as refused:
        rebuild(TIMELINE, place.where, on_progress=lambda _: pytest.fail("it was built"))
    for name in ("view dash.latest", "materialized view dash.copied", "dash.notes", "dash.named"):
        assert name in str(refused.value)
    assert audit_view(TIMELINE, place.where).equal is True
    assert place.one("select count(*) from dash.latest") == 5
    # and once they are gone it goes on
    place.ask("drop schema dash cascade")
    assert rebuild(TIMELINE, place.where).equal is True
    assert schemas(place) == ["timeline"]


def test_what_others_build_on_a_view_while_it_is_rebuilt_is_kept(place: Place) -> None:
    place.send(history("K-1", LIFE))
    rebuild(TIMELINE, place.where)
    place.ask("create schema dash")

    def meanwhile(_: BuildProgress) -> None:
        place.ask("create or replace view dash.latest as select * from timeline.events")

    with pytest.raises(ViewHasDependents, match=r"view dash\.latest"):
        rebuild(TIMELINE, place.where, on_progress=meanwhile)
    assert place.one("select count(*) from dash.latest") == 5
    assert schemas(place) == ["timeline"]
    # given: it was built after the last look, so the old tables have stayed
    place.ask("alter schema timeline rename to timeline_old")
    # then: neither is it lost with them later
    with pytest.raises(ViewHasDependents, match="timeline_old"):
        rebuild(TIMELINE, place.where)
    assert place.one("select count(*) from dash.latest") == 5


def test_a_temporary_view_on_a_view_is_named_with_its_session(place: Place) -> None:
    place.send(history("K-1", LIFE))
    rebuild(TIMELINE, place.where)
    # given: somebody's session with a temporary view
    with psycopg.connect(place.database, autocommit=True, application_name="a notebook") as session:
        session.execute("create temporary view mine as select * from timeline.events")
        # then: a rebuild says whose it is
        who = f"mine (temporary, of the session with pid {session.info.backend_pid} of {session.info.user}"
        with pytest.raises(ViewHasDependents) as refused:
            rebuild(TIMELINE, place.where)
        assert f"{who}, application 'a notebook')" in str(refused.value)
        assert place.one("select count(*) from timeline.events") == 5


def test_an_old_schema_that_is_still_read_is_reported_before_anything_is_built(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: somebody still reads what an earlier rebuild has replaced
    monkeypatch.setattr(dropping, "_DROP_TRIES", 2)
    place.send(history("K-1", LIFE))
    rebuild(TIMELINE, place.where)
    with psycopg.connect(place.database, application_name="a dashboard") as reader:
        reader.execute("select count(*) from timeline.events")
        assert rebuild(TIMELINE, place.where).equal is True
        assert schemas(place) == ["timeline", "timeline_old"]
        # then: the next one says who
        who = f"pid {reader.info.backend_pid} of {reader.info.user}, application 'a dashboard'"
        with pytest.raises(SchemaInUse, match=who):
            rebuild(TIMELINE, place.where, on_progress=lambda _: pytest.fail("it was built"))
        assert schemas(place) == ["timeline", "timeline_old"]
    # and once that has ended, it goes on
    assert rebuild(TIMELINE, place.where).equal is True
    assert schemas(place) == ["timeline"]


@pytest.mark.parametrize("build", [rebuild, audit_view])
def test_a_rebuild_that_fails_leaves_nothing_behind(place: Place, build: object) -> None:
    assert callable(build)
    place.send(history("K-1", LIFE))
    rebuild(TIMELINE, place.where)

    def fail(_: BuildProgress) -> None:
        raise RuntimeError("the machine is full")

    with pytest.raises(RuntimeError, match="full"):
        build(TIMELINE, place.where, on_progress=fail)
    assert schemas(place) == ["timeline"]
    assert place.one("select count(*) from timeline.events") == 5


def test_what_is_parked_does_not_differ_and_is_applied_by_the_rebuild_of_a_fixed_program(
    place: Place,
) -> None:
    # given: a program that has failed on one event of a case
    def evolve(state: LastStanding | None, event: RecordedEvent[EventData]) -> LastStanding:
        if event.version == 2:
            raise ValueError("a mistake in the program")
        return TIMELINE.evolve(state, event)

    place.send(history("K-1", LIFE))
    with place.running(dataclasses.replace(TIMELINE, evolve=evolve)):
        until(lambda: place.one("select count(*) from timeline.quarantine") == 4, "the case is parked")
    # when: the view is rebuilt by the fixed one
    report = rebuild(TIMELINE, place.where)
    # then: it was right less what stood in quarantine (law 3), and now it is whole
    assert report.equal is True
    assert report.built["events"] == (report.compared[0].live_rows, report.compared[0].live_hash)
    assert place.one("select count(*) from timeline.events") == 5
    assert place.one("select count(*) from timeline.quarantine") == 0
    assert audit_view(TIMELINE, place.where).equal is True
    # and what fails again stays parked, with what follows it
    place.send_records([each._replace(value=b"{") for each in sent(history("K-2", [TAKE]))])
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.quarantine") == 2, "it is parked")
    assert rebuild(TIMELINE, place.where).equal is True
    reasons = "select reason from timeline.quarantine order by record_offset"
    assert place.ask(reasons) == [("unreadable_body",), ("behind",)]


def test_the_first_difference_is_found_without_reading_on(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: two large tables that differ in their second row
    fill = (
        "insert into {}.states select lpad(to_hex(n), 32, '0')::uuid, n, null, false "
        "from generate_series(1, 50000) n"
    )
    parse_record: list[bytes] = []
    lines = comparison._lines

    def counted(table: comparison._Compared, side: Side) -> Iterator[bytes]:
        for line in lines(table, side):
            parse_record.append(line)
            yield line

    with ExitStack() as opened:
        live, rebuilt = (opened.enter_context(psycopg.connect(database, autocommit=True)) for _ in range(2))
        for connection, name in ((live, "timeline"), (rebuilt, "timeline_audit")):
            with connection.transaction():
                schema.create(connection, TIMELINE, name)
            connection.execute(fill.format(name))
        rebuilt.execute("update timeline_audit.states set version = 77 where version = 2")
        monkeypatch.setattr(comparison, "_lines", counted)
        with live.transaction():
            live.execute("set transaction isolation level repeatable read")
            # when
            tables = compare(TIMELINE, Side(live, "timeline"), Side(rebuilt, "timeline_audit"))
            # then: hashing reads all, looking for the difference two rows of each
            assert tables[-1].difference is not None
            assert tables[-1].difference[2:] == ("version", "2", "77")
            assert len(parse_record) == 2 * 50_000 + 4
            # and both sessions can still be used, in the moment that was given
            for connection in (live, rebuilt):
                assert connection.execute("select 1").fetchone() == (1,)
