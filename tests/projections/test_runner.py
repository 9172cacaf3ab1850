"""The runner on a real PostgreSQL and a real Kafka: what it folds, what it survives, and when it refuses."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from casecore.contract.streams import case_stream_id
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import TopicMissing
from projections.kit.errors import Fenced, OffsetLost, ViewOutdated
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.reading.waiting import wait_for_version
from projections.kit.runner.health import RunnerStatus
from projections.kit.tables import schema
from projections.kit.tables.storage import Storage
from projections.sla.projection import SLA
from projections.sla.queries import holders_of
from projections.timeline.projection import TIMELINE
from projections.timeline.queries import timeline_of
from projections.workload.case_list import CaseFilter, list_cases
from projections.workload.projection import WORKLOAD
from projections.workload.queries import summarise
from tests.projections.histories import CLOSE, EFFORT, ESCALATE, MESSAGE, RESOLVE, TAKE, history, sent
from tests.projections.live import Place, started, until
from tests.projections.memory import folded
from tests.waiting import LIMIT_SECONDS


def failure_of(place: Place) -> BaseException:
    """What a runner of the workload stops with."""
    with started(WORKLOAD, place) as (_, thread, _, failed):
        until(lambda: not thread.is_alive(), "the runner has stopped")
    return failed[0]


LIFE = [TAKE, MESSAGE, ESCALATE, EFFORT, RESOLVE, CLOSE]


def test_the_views_show_a_case_as_it_was_played(place: Place) -> None:
    # given: a whole case, and one that is still with the seller
    place.send([*history("K-1", LIFE), *history("K-2", [TAKE])])
    # when: the runners have folded it
    with place.running(WORKLOAD) as status, place.running(TIMELINE), place.running(SLA):
        for view in (WORKLOAD, TIMELINE, SLA):
            until(lambda view=view: place.one(f"select count(*) from {view.name}.states") == 2, "folded")
            assert wait_for_version(
                place.database, view, case_stream_id("K-1"), 7, limit_seconds=LIMIT_SECONDS
            )
            assert wait_for_version(
                place.database, view, case_stream_id("K-2"), 2, limit_seconds=LIMIT_SECONDS
            )
        until(lambda: status.health()[0] and status.lag._value.get() == 0, "no lag")
    # then: the workload
    case = next(one for one in list_cases(place.database) if one.reference == "K-1")
    assert case is not None
    assert (case.state, case.version, case.hand_overs_up, case.effort_minutes) == ("closed", 7, 1, 15)
    assert [c.reference for c in list_cases(place.database, CaseFilter(open_only=True))] == ["K-2"]
    assert [c.reference for c in list_cases(place.database, CaseFilter(state="closed"))] == ["K-1"]
    summary = summarise(place.database)
    assert (summary.totals.cases, summary.totals.open) == (2, 1)
    assert [(b.name, b.cases) for b in summary.by_level] == [("level_0", 1)]
    assert sum(age.cases for age in summary.by_age) == 1
    assert summary.latest_days[0].backlog == 1
    # and who had it, although nobody has promised anything
    assert {held.holder for held in holders_of(place.database, "K-1")} >= {"level_0", "resolved"}
    # and the timeline, with every text as it was written
    events = timeline_of(place.database, "K-1")
    assert [event.version for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.type for event in events][2:4] == ["message_posted", "escalated"]
    assert '"tab\\t, line\\nand \\\\backslash, ünïcode"' in events[2].body


def test_the_rows_in_postgresql_are_those_of_the_fold_in_memory(place: Place) -> None:
    events = [event for n in range(20) for event in history(f"K-{n}", LIFE[: n % 7])]
    place.send(events)
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == len(events), "all are folded")
    names = ("case_id", "version", "reference", "type", "occurred_at", "state", "agent")
    expected = [
        tuple(getattr(row, name) for name in names)
        for row in folded(TIMELINE, sent(events)).rows["events"].values()
    ]
    found = place.ask(f"select {', '.join(names)} from timeline.events")
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_runner_killed_at_any_moment_leaves_a_view_that_the_next_one_takes_further(place: Place) -> None:
    # given: a runner in a process of its own, amid a long log
    events = [event for n in range(600) for event in history(f"K-{n}", LIFE)]
    place.send(events)
    program = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from prometheus_client import CollectorRegistry\n"
        "from casecore.kafka.cluster import Cluster\n"
        "from projections.catalogue import VIEWS\n"
        "from projections.kit.runner.health import RunnerMetrics, RunnerStatus\n"
        "from projections.kit.runner.driver import run\n"
        "from projections.kit.servers import ViewServers\n"
        "view = VIEWS['workload']\n"
        "status = RunnerStatus(view.name, RunnerMetrics(CollectorRegistry()))\n"
        "database, bootstrap, options, prefix = sys.argv[1:]\n"
        "servers = ViewServers(database, Cluster(bootstrap, Path(options)), prefix)\n"
        "run(view, servers, status, threading.Event())\n"
    )
    cluster = place.cluster
    where = (place.database, cluster.bootstrap, str(cluster.options_file), place.prefix)
    process = subprocess.Popen([sys.executable, "-c", program, *where])
    # when: it is killed once it has written something
    until(lambda: place.one("select count(*) from workload.cases"), "the first batch is written")
    process.kill()
    process.wait()
    # then: the next one brings the view to what the whole log says, each event counted once
    with place.running(WORKLOAD):
        until(
            lambda: place.one("select count(*) from workload.cases where version = 7") == 600,
            "all are folded",
        )
    assert place.ask("select sum(came_in), sum(went_out), sum(up) from workload.case_moves") == [
        (600, 600, 600)
    ]


def test_a_replaced_runner_writes_nothing(place: Place) -> None:
    batch = Fold(WORKLOAD).fold([parse_record(r) for r in sent(history("K-1", LIFE), topic=place.topic)], {})
    with (
        psycopg.connect(place.database, autocommit=True) as old_connection,
        psycopg.connect(place.database, autocommit=True) as new_connection,
    ):
        schema.ensure(old_connection, WORKLOAD)
        # given: a runner that has paused for long, and another that has taken its partition over
        old, new = (Storage(c, WORKLOAD, "workload") for c in (old_connection, new_connection))
        old.claim({place.topic: "id"}, [(place.topic, 0)])
        new.claim({place.topic: "id"}, [(place.topic, 0)])
        # when: the old one wakes up and writes its batch
        with pytest.raises(Fenced):
            old.write(batch)
        # then: nothing of it is there
        assert place.one("select count(*) from workload.cases") == 0
        assert place.one("select next_offset from workload.offsets") == 0
        # and the new one can write it, once; offsets never go back
        new.write(batch)
        assert place.one("select next_offset from workload.offsets") == 7
        batch.offsets[place.topic, 0] = 3
        with pytest.raises(Fenced):
            new.write(batch)
        assert place.one("select next_offset from workload.offsets") == 7


def test_two_runners_share_a_view(place: Place) -> None:
    with place.running(TIMELINE) as one:
        until(lambda: one.partitions._value.get() == 3, "the first keeps all")
        with place.running(TIMELINE) as two:
            until(lambda: two.partitions._value.get() > 0, "the second has joined")
            # On a busy machine the broker may take one for gone, and give the other all: until it is back.
            sent_cases = count(step=30)
            until(lambda: _each_has_folded(place, next(sent_cases), one, two), "each has folded some")
    assert one.events._value.get() + two.events._value.get() == 2 * next(sent_cases)


def _each_has_folded(place: Place, first: int, *runners: RunnerStatus) -> bool:
    """Send 30 more cases, wait until they are folded, and look whether each runner has folded some."""
    place.send([event for n in range(first, first + 30) for event in history(f"K-{n}", [TAKE])])
    events = 2 * (first + 30)
    until(lambda: place.one("select count(*) from timeline.events") == events, "all are folded")
    return all(runner.events._value.get() > 0 for runner in runners)


def test_the_runner_pauses_while_postgresql_is_away_and_goes_on_by_itself(
    place: Place, postgres_server: str
) -> None:
    name = str(conninfo_to_dict(place.database)["dbname"])
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD) as status, psycopg.connect(postgres_server, autocommit=True) as server:
        until(lambda: place.one("select count(*) from workload.cases") == 1, "the first case is folded")
        # given: PostgreSQL takes no connection to this database, and has ended those there were
        server.execute(f'alter database "{name}" allow_connections false')
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        # when: a record comes meanwhile
        place.send(history("K-2", [TAKE]))
        until(lambda: status.health()[1] == "PostgreSQL is unavailable", "the health check says so")
        server.execute(f'alter database "{name}" allow_connections true')
        # then
        until(lambda: place.one("select count(*) from workload.cases") == 2, "the second case is folded")
        until(lambda: status.health()[0], "the health check is well again")


def test_a_view_whose_topic_was_replaced_builds_itself_again_once_the_topic_is_full(place: Place) -> None:
    life = history("K-1", LIFE)
    place.send(life)
    with place.running(WORKLOAD) as status:
        until(lambda: place.one("select count(*) from workload.cases") == 1, "it is folded")
        before = place.one("select build from workload.about")
        # when: the topic is replaced under a running runner
        place.wipe_topic()
        # then: it is noticed, and the view answers as before
        until(lambda: "is not the one that workload was built from" in status.health()[1], "it is noticed")
        assert place.one("select version from workload.cases") == 7
        # and when the topic holds less than the view, it still does
        place.send(life[:3])
        until(lambda: "hold 3 of its 7 events" in status.health()[1], "it waits for more")
        assert place.one("select version from workload.cases") == 7
        assert place.one("select build from workload.about") == before
        # when: the topic is full, and there is more
        place.send([*life[3:], *history("K-2", LIFE)])
        # then: the view is built from it, and goes on, with nobody's help
        until(lambda: place.one("select count(*) from workload.cases") == 2, "it is built again")
        place.send(history("K-3", LIFE))
        until(lambda: place.one("select count(*) from workload.cases") == 3, "it goes on")
        until(lambda: status.health()[0], "it is well")
    assert place.one("select build from workload.about") != before


def test_a_topic_that_was_replaced_while_no_runner_was_there_is_noticed_at_the_start(place: Place) -> None:
    place.send(history("K-1", LIFE))
    with place.running(WORKLOAD):
        until(lambda: place.one("select count(*) from workload.cases") == 1, "it is folded")
    place.wipe_topic()
    place.send(history("K-1", LIFE))
    before = place.one("select build from workload.about")
    with place.running(WORKLOAD):
        until(lambda: place.one("select build from workload.about") != before, "it is built again")
    assert place.one("select count(*) from workload.cases") == 1


def test_an_offset_that_the_topic_does_not_hold_is_noticed(place: Place) -> None:
    place.send(history("K-1", [TAKE]))
    with place.running(WORKLOAD):
        until(lambda: place.one("select count(*) from workload.cases") == 1, "it is folded")
    place.ask("update workload.offsets set next_offset = 1000")
    failure = failure_of(place)
    assert isinstance(failure, OffsetLost)
    assert "rebuild" in str(failure)


def test_a_missing_topic_is_named(database: str, kafka_server: Cluster) -> None:
    nowhere = Place(database, kafka_server, f"none{uuid4().hex[:8]}")
    failure = failure_of(nowhere)
    assert isinstance(failure, TopicMissing)
    assert nowhere.topic in str(failure)


def test_a_view_of_another_version_is_not_touched(place: Place) -> None:
    with psycopg.connect(place.database, autocommit=True) as connection:
        schema.ensure(connection, WORKLOAD)
    place.ask("update workload.about set version = 0")
    failure = failure_of(place)
    assert isinstance(failure, ViewOutdated)
    assert "rebuild" in str(failure)


def test_a_value_that_postgresql_refuses_parks_only_its_own_case(place: Place) -> None:
    # given: amid others, an event whose text holds a NUL, which no command would have let through
    bad = history("K-bad", [TAKE])
    bad[1] = bad[1]._replace(body=bad[1].body.replace(b'"anna"', b'"an\\u0000na"'))
    good = [event for n in range(10) for event in history(f"K-{n}", [TAKE])]
    place.send([*good[:10], *bad, *good[10:]])
    with place.running(WORKLOAD):
        until(lambda: place.one("select count(*) from workload.quarantine") == 1, "it is parked")
        until(lambda: place.one("select count(*) from workload.case_moves") == 21, "the others are folded")
    assert place.ask("select reason, convert_from(key, 'UTF8') from workload.quarantine") == [
        ("refused_by_database", str(case_stream_id("K-bad")))
    ]
