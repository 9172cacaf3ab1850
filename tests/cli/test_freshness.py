"""An answer is as new as the store when the command began, or says what it lacks. Kafka is not there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import psycopg
import pytest
from typer.testing import CliRunner

from casecore.cli.main import app
from casecore.cli.zone import in_zone
from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import Connection
from casecore.store.log import LogReader
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.projection import AnyProjection
from projections.kit.runner.takeover import connect_runner
from projections.kit.tables import schema
from projections.kit.tables.storage import Storage
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.cli.asking import run, use
from tests.projections.histories import sent
from tests.waiting import wait_until

OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "recovery")
IDA = ("--as", "seller:nord:ida")


class Answered(NamedTuple):
    """How a command ended, and what it printed and complained of."""

    code: int
    printed: str
    complained: str


def ask(*arguments: str) -> Answered:
    done = CliRunner().invoke(app, list(arguments))
    return Answered(done.exit_code, done.stdout, done.stderr)


class Folding:
    """A runner's work on a view, record by record as a test says."""

    def __init__(self, connection: Connection, view: AnyProjection) -> None:
        schema.ensure(connection, view)
        self._view = view
        self._storage = Storage(connection, view, view.name)
        self._storage.claim({"cases": "id"}, [("cases", 0)])  # type: ignore[list-item]
        self._folded = 0

    def fold(self, *events: StoredEvent) -> None:
        records = [parse_record(record) for record in sent(events, first=self._folded)]
        self._storage.commit_batch(Fold(self._view), records)
        self._folded += len(events)


class Store(NamedTuple):
    """Three events of two cases, and the runner of a view that lacks them."""

    database: str
    opened: StoredEvent
    opened_later: StoredEvent
    taken_later: StoredEvent
    runner: Folding


@pytest.fixture
def store(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    use(database, monkeypatch)
    run(*OPENING, "--reference", "C-1", *IDA)
    run(*OPENING, "--reference", "C-2", *IDA)
    run("case", "take", "C-2", *IDA)
    with LogReader(database) as log:
        events = log.read(0, 100)
    with closing(connect_runner(database)) as connection:
        yield Store(database, *events, runner=Folding(connection, WORKLOAD))


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for."""
    monkeypatch.setenv("CASECORE_FRESHNESS_SECONDS", "0")


@pytest.mark.usefixtures("_at_once")
def test_an_answer_that_lacks_events_is_given_counts_them_and_ends_with_5(store: Store) -> None:
    # Given a view that has the first case, and not the second
    store.runner.fold(store.opened)
    # When it is asked, then it answers, says as of when that is, and how many events it lacks
    as_of = in_zone(store.opened.recorded_at)
    assert ask("case", "list").complained == f"as of {as_of}, 2 events behind: see `casecore status`\n"
    answered = ask("workload", "--json")
    known = json.loads(answered.printed)
    assert (answered.code, known["totals"]["cases"], known["behind"], known["parked"]) == (5, 1, 2, [])
    assert known["as_of"] == json_of(store.opened)
    # and a list, which has no place for it, is as it always was
    answered = ask("case", "list", "--json")
    assert [case["reference"] for case in json.loads(answered.printed)] == ["C-1"]
    assert json.loads(answered.complained) == {"as_of": known["as_of"], "behind": 2, "parked": []}
    # When the runner has caught up, then nothing is lacking
    store.runner.fold(store.opened_later, store.taken_later)
    assert ask("case", "list", "--json")[::2] == (0, "")
    known = json.loads(ask("workload", "--json").printed)
    assert (known["totals"]["cases"], known["behind"]) == (2, 0)
    assert known["as_of"] == json_of(store.taken_later)


@pytest.mark.usefixtures("_at_once")
def test_what_is_parked_is_not_waited_for_and_named(store: Store) -> None:
    # Given a case of which a record is missing, so that it is parked
    store.runner.fold(store.opened, store.taken_later)
    answered = ask("workload", "--json")
    known = json.loads(answered.printed)
    assert (answered.code, known["behind"], known["parked"]) == (5, 0, ["C-2"])
    assert "0 events behind; without what is parked of C-2: see `casecore quarantine" in ask("workload")[2]


@pytest.mark.usefixtures("_at_once")
def test_a_case_is_as_new_as_its_own_events(store: Store) -> None:
    # Given a view that lacks the end of one case
    with closing(connect_runner(store.database)) as connection:
        for runner in (store.runner, Folding(connection, TIMELINE)):
            runner.fold(store.opened, store.opened_later)
    # Then the other is shown whole
    answered = ask("case", "show", "C-1", "--json")
    known = json.loads(answered.printed)
    assert (answered.code, known["fresh"], known["behind"]) == (0, True, 0)
    assert known["as_of"] == json_of(store.opened)
    # and of the first it is said what is missing
    answered = ask("case", "show", "C-2", "--json")
    known = json.loads(answered.printed)
    assert (answered.code, known["case"]["state"]) == (5, "opened")
    assert (known["fresh"], known["behind"], known["as_of"]) == (False, 1, json_of(store.opened_later))


def test_an_answer_waits_for_a_runner_that_is_at_work(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASECORE_FRESHNESS_SECONDS", "300")
    with folding_once_somebody_waits(store):
        answered = ask("workload", "--json")
    assert answered.code == 0
    known = json.loads(answered.printed)
    assert (known["totals"]["cases"], known["behind"]) == (2, 0)


def test_what_is_computed_from_the_events_lacks_nothing(store: Store) -> None:
    now = json_of(store.taken_later)
    answered = ask("sla", "report", "--recorded-by", now, "--json")
    known = json.loads(answered.printed)
    assert (answered.code, known["behind"], known["as_of"]) == (0, 0, now)


@contextmanager
def folding_once_somebody_waits(store: Store) -> Iterator[None]:
    """Fold all once a session has asked what the view lacks."""
    asked = "select from pg_stat_activity where application_name = 'casecore look' and query like '%states%'"

    def fold() -> None:
        with psycopg.connect(store.database, autocommit=True) as connection:
            wait_until(lambda: connection.execute(asked).fetchone() is not None, "somebody waits")
        store.runner.fold(store.opened, store.opened_later, store.taken_later)

    thread = threading.Thread(target=fold)
    thread.start()
    yield
    thread.join()


def json_of(event: StoredEvent) -> Any:
    """When it was recorded, as JSON has it."""
    return event.recorded_at.isoformat().replace("+00:00", "Z")
