"""How new an answer is: what the view lacks of the log, how long it is waited for, and what is said then."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.app.freshness import waiting
from casecore.app.freshness.answers import AnswersFreshness
from casecore.app.freshness.result import Freshness, say_nothing
from casecore.app.freshness.search import find_awaited, lacking, partition_of_stream
from casecore.app.freshness.view import ViewBesideLog
from casecore.app.freshness.waiting import wait_for_view
from casecore.cli.left_out import lacks_in_words
from casecore.contract.streams import CASES, PARTITIONS
from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import VIEW_READER
from casecore.store.latest import LogHead, read_head
from casecore.store.migrations import migrate
from projections.catalogue import VIEWS
from projections.kit.tables import schema
from projections.workload.projection import WORKLOAD
from tests.app.view_of_log import BEGAN_AT, TYPE, ViewOfLog, log_of

NAMES = [f"C-{number}" for number in range(40)]
WINDOWS = (4, 15)
LIMIT_SECONDS = 5.0

views = st.builds(
    lambda cases, read, parked, pace: ViewOfLog(log_of(cases), read, parked, pace),
    st.lists(st.sampled_from(NAMES), max_size=60),
    st.dictionaries(st.integers(0, PARTITIONS - 1), st.integers(0, 12)),
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), max_size=6),
    st.integers(1, 3),
)


@given(views, st.sampled_from([(), (1,), WINDOWS]))
def test_the_search_finds_the_last_of_what_each_partition_lacks(
    view: ViewOfLog, windows: tuple[int, ...]
) -> None:
    last = {event.partition: event.position for event in view.lacks()}
    awaited = find_awaited(view, windows)
    assert {partition_of_stream(one).number: one.position for one in awaited} == last
    assert {partition_of_stream(one).kind for one in awaited} <= {CASES}


@given(views)
def test_an_answer_waits_until_it_lacks_nothing_but_what_is_parked(view: ViewOfLog) -> None:
    found = wait_for_view(view, LIMIT_SECONDS, say_nothing, view)
    assert view.lacks() == []
    assert found == Freshness(view.head_recorded_at, 0, view.parked())


@given(views)
def test_an_answer_that_cannot_wait_says_how_many_events_it_lacks_and_since_when(view: ViewOfLog) -> None:
    lacked = view.lacks()
    found = wait_for_view(view, 0, say_nothing, view)
    assert found.behind == len(lacked)
    assert found.parked == view.parked()
    # It holds all that was recorded by that instant, but what is parked, and no more than that.
    whole = [event for event in view.log if all(event.recorded_at < one.recorded_at for one in lacked)]
    assert found.as_of == (whole[-1].recorded_at if whole else None)


def test_where_the_end_of_the_log_has_all_partitions_nothing_else_is_read() -> None:
    view = ViewOfLog(log_of(NAMES * 3), dict.fromkeys(range(PARTITIONS), 99), {})
    assert find_awaited(view, (40, 80)) == []
    assert view.searches == 1


def test_no_view_is_asked_past_the_wait() -> None:
    folders = {Path("src/projections") / name for name in VIEWS}
    modules = [path for folder in folders for path in folder.glob("*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in modules}
    assert [path for path, text in texts.items() if "open_view" in text or "open_session" in text] == []


def test_of_a_view_that_is_too_far_behind_not_all_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_INCOMPLETE", 2)
    view = ViewOfLog(log_of(["C-1", "C-2", "C-2"]), {}, {})
    assert wait_for_view(view, 0, say_nothing, view) == Freshness(None, 3, (), at_least=True)


class Said:
    """What was said of waits."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, float]] = []
        self.ended = 0

    def __call__(self, view: str, limit_seconds: float) -> Callable[[], None]:
        self.begun.append((view, limit_seconds))
        return self._end

    def _end(self) -> None:
        self.ended += 1


def test_a_wait_of_a_moment_is_not_spoken_of_and_a_longer_one_once() -> None:
    log = log_of(["C-1"] * 80)
    quick, slow = Said(), Said()
    view = ViewOfLog(log, {}, {}, pace=100)
    wait_for_view(view, LIMIT_SECONDS, quick, view)
    assert quick.begun == []
    view = ViewOfLog(log, {}, {}, pace=5)
    wait_for_view(view, LIMIT_SECONDS, slow, view)
    assert 0.5 < view.seconds < LIMIT_SECONDS
    assert (slow.begun, slow.ended) == ([("workload", LIMIT_SECONDS)], 1)


def test_a_view_without_a_runner_is_not_waited_for_to_the_end() -> None:
    view = ViewOfLog(log_of(["C-1", "C-2"]), {}, {}, has_runner=False)
    assert wait_for_view(view, LIMIT_SECONDS, say_nothing, view).behind == 2
    assert 1 <= view.seconds < 2
    # and one whose runner is there is
    view = ViewOfLog(log_of(["C-1", "C-2"]), {}, {})
    assert wait_for_view(view, LIMIT_SECONDS, say_nothing, view).behind == 2
    assert view.seconds == LIMIT_SECONDS


def test_several_views_are_as_new_as_the_oldest() -> None:
    answers = AnswersFreshness(0)
    assert answers.of_answer is None
    answers.know("workload", Freshness(BEGAN_AT, 0, ("C-2",)))
    answers.know("timeline", Freshness(BEGAN_AT - timedelta(minutes=1), 3, ("C-1", "C-2")))
    assert answers.of_answer == Freshness(BEGAN_AT - timedelta(minutes=1), 3, ("C-1", "C-2"))
    # What is computed from the events lacks nothing
    answers.of_events(LogHead(7, BEGAN_AT), None)
    assert answers.of_answer == Freshness(BEGAN_AT, 0)
    answers.of_events(LogHead(7, BEGAN_AT), BEGAN_AT - timedelta(days=1))
    assert answers.of_answer == Freshness(BEGAN_AT - timedelta(days=1), 0)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Freshness(None, 30_000, (), at_least=True), "at least 30,000 events behind: see `casecore status`"),
        (Freshness(BEGAN_AT, 1), "as of 2026-03-02 10:00:00 CET, 1 event behind: see `casecore status`"),
        (
            Freshness(None, 1_200, ("C-1",)),
            "as of before the first event, 1,200 events behind: see `casecore status`; "
            "without what is parked of C-1: see `casecore quarantine list`",
        ),
        (
            Freshness(BEGAN_AT, 0, tuple(f"C-{number:02}" for number in range(12))),
            "as of 2026-03-02 10:00:00 CET, 0 events behind; without what is parked of C-00, C-01, C-02, "
            "C-03, C-04, C-05, C-06, C-07, C-08, C-09 and 2 more: see `casecore quarantine list`",
        ),
    ],
)
def test_what_an_answer_lacks_is_said_on_one_line(found: Freshness, said: str) -> None:
    assert lacks_in_words(found) == said


STORE = """insert into casecore.stored_events
(originator_id, originator_version, topic, state, notification_id, recorded_at)
values (%s, %s, %s, %s, %s, %s)"""
STORE_OTHER = STORE.replace("%s", "gen_random_uuid()", 1)
FOLD = "insert into workload.states (key, version, any_next) values (%s, %s, false)"
PARK = """insert into workload.quarantine
(topic, partition, record_offset, key, reason, detail, record_headers)
values ('cases', 0, %s, %s, %s, '', '')"""
SKIP = """insert into workload.skipped
(topic, partition, record_offset, key, reason, detail, decision, version)
values ('cases', 0, %s, %s, 'gap', '', 'forged', %s)"""


def put_there(connection: Connection, model: ViewOfLog) -> None:
    """Let the database have the model's log, with events of another kind between, and the model's view."""
    for event in model.log:
        place = 2 * event.position
        body = {"occurred_at": "2026-03-02T09:00:00Z", "data": {"reference": event.case}}
        stored = (json.dumps(body).encode(), place, event.recorded_at)
        connection.execute(STORE, (event.stream_id, event.version, TYPE, *stored))
        connection.execute(STORE_OTHER, (1, "casecore.party.registered.v1", b"{}", place + 1, stored[-1]))
    for place, stream in enumerate(model.since(0)):
        if stream.folded:
            connection.execute(FOLD, (stream.stream_id, stream.folded))
        if stream.is_parked:
            key = str(stream.stream_id).encode()
            connection.execute(PARK, (2 * place, key, "behind"))
            connection.execute(PARK, (2 * place + 1, key, "gap"))


def test_the_database_gives_what_the_rule_says(database: str) -> None:
    # Given a log and a view that lacks something in some partitions, two cases of it parked
    migrate(database)
    model = ViewOfLog(
        log_of(NAMES * 4),
        {number: 8 + number % 3 for number in range(PARTITIONS)},
        {"C-7": 2, "C-14": 2},
    )
    assert model.parked() == ("C-14", "C-7")
    assert model.lacks()
    with closing(connect(database, VIEW_READER)) as connection:
        schema.ensure(connection, WORKLOAD)
        put_there(connection, model)
        # a key that is no stream's, and a stream that the log does not have
        connection.execute(PARK, (9_000, b"\xff", "malformed"))
        connection.execute(PARK, (9_001, b"00000000-0000-4000-8000-000000000000", "gap"))
        head = read_head(connection)
        view = ViewBesideLog(connection, WORKLOAD, head)
        # When the database is asked, then it says the same as the model
        assert head.recorded_at == model.head_recorded_at
        assert view.position_before(1_000) == 0
        assert view.position_before(2 * 20) in (
            2 * model.position_before(20),
            2 * model.position_before(20) + 1,
        )
        for place in (0, model.log[-30].position):
            found = {each.stream_id: each for each in view.since(place * 2 + 1 if place else 0)}
            wanted = {each.stream_id: each for each in model.since(place)}
            assert found == {key: each._replace(position=2 * each.position) for key, each in wanted.items()}
        assert sorted(one.stream_id for one in view.incomplete()) == sorted(
            one.stream_id for one in model.incomplete()
        )
        assert not view.has_runner()
        assert (view.head, view.build()) == (head, ViewBesideLog(connection, WORKLOAD, head).build())
        assert wait_for_view(view, 0, say_nothing) == wait_for_view(model, 0, say_nothing, model)
        # and what an operator left out is not missing
        lacked = lacking(view.incomplete())[0]
        key = str(lacked.stream_id).encode()
        for version in range(lacked.folded + 1, lacked.version + 1):
            connection.execute(SKIP, (version, key, version))
        assert lacked.stream_id not in {one.stream_id for one in lacking(view.incomplete())}
        # and a view that is built again is another one
        before = view.build()
        connection.execute("drop schema workload cascade")
        schema.ensure(connection, WORKLOAD)
        assert view.build() not in (before, None)
