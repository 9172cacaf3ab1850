"""The engine room over HTTP: how the installation runs, for the vendor's operators alone."""

from __future__ import annotations

from contextlib import closing
from importlib.metadata import version
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from casecore.api.answers.catalogue import QUESTIONS
from casecore.app.running.installation import AUDIT, health_port
from casecore.app.settings import read_settings
from casecore.audit.health import AuditHealth
from casecore.health.server import serve_health
from casecore.identity.identity import Scope
from casecore.postgres.connection import connect
from casecore.postgres.limits import STORE
from casecore.store.operations import OperationRecords
from projections.catalogue import VIEWS
from projections.kit.rebuild.lock import rebuild_lock
from projections.kit.tables import schema
from projections.workload.projection import WORKLOAD
from tests.api.desk import done, opened
from tests.projections.stored import fold_store

ROOT = "/v1/installation"
OF_OPERATORS = [one.path for one in QUESTIONS if one.path.startswith(ROOT)]


@pytest.fixture
def olga(door):
    return door.key("vendor:vendor:olga", Scope.OPERATOR)


@pytest.mark.parametrize("path", OF_OPERATORS)
@pytest.mark.parametrize(
    ("who", "scopes", "code"),
    [
        ("seller:nord:otto", (Scope.OPERATOR,), "installation_not_yours"),
        ("customer:praxis:ute", tuple(Scope), "installation_not_yours"),
        ("vendor:vendor:vera", tuple(set(Scope) - {Scope.OPERATOR}), "scope_missing"),
    ],
)
def test_only_the_vendors_operators_look_into_the_engine_room(door, path, who, scopes, code):
    asked = path.replace("{view}", "workload?key=K")

    answer = door.ask(asked, door.key(who, *scopes))

    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_what_runs_is_told_with_its_health_also_where_nothing_answers(door, olga):
    found = door.ask(f"{ROOT}/processes", olga).json()

    by_name = {one["name"]: one for one in found["processes"]}
    assert by_name.keys() == {"postgresql", "relay", *VIEWS, "watch", "api", "audit"}
    assert by_name["postgresql"]["well"] is True
    assert by_name["postgresql"]["since"]
    assert (by_name["relay"]["well"], by_name["relay"]["health_port"]) == (False, 1)
    assert "no answer on port 1" in by_name["relay"]["says"]
    assert found["audit"] is None
    assert found["program_version"] == version("casecore")


def test_the_last_word_of_the_audit_is_that_of_its_metrics(door, olga, monkeypatch):
    # Given an audit that has compared, and found something
    health = AuditHealth(CollectorRegistry())
    health.followed(position=40, lag=2, waiting=0, compared=38, beginnings=1)
    health.looked("workload", keys=7, left_out=0)
    health.differs("workload", "workload.cases", "one", "another")
    health.well()
    port = serve_health("127.0.0.1", 0, health.registry, health.check)
    monkeypatch.setattr("casecore.app.engine_room.audit.health_port", lambda *_: port)

    word = door.ask(f"{ROOT}/processes", olga).json()["audit"]

    assert (word["well"], word["differences"]) == (False, 1)
    assert word["says"] == "differences: 1; the first: workload.cases: the store has one, workload another"
    assert (word["position"], word["lag_events"], word["events"]) == (40, 2, 38)
    assert word["views"] == [{"view": "workload", "keys": 7, "differences": 1}]
    assert word["turned_at"]
    assert health_port(read_settings({}), AUDIT)  # which it has where nothing else is said


def test_lag_is_told_in_events_and_seconds(door, olga, database):
    ida = door.key("seller:nord:ida")
    case = opened(door, ida)
    fold_store(database, WORKLOAD)
    with connect(database, STORE) as connection:
        connection.execute("insert into casecore.relay_places (prefix, position) values ('casecore', 1)")

    before = door.ask(f"{ROOT}/lag", olga).json()
    done(door, ida, case, "take")
    after = door.ask(f"{ROOT}/lag", olga).json()

    assert before["relay"]["behind"] == {"events": 0, "at_least": False, "seconds": 0.0}
    view = {one["view"]: one for one in before["views"]}
    assert view["workload"]["behind"] == {"events": 0, "at_least": False, "seconds": 0.0}
    assert view["workload"]["built_as"] == view["workload"]["version"] == WORKLOAD.version
    assert view["workload"]["topics"][0]["partitions"] == [{"partition": 0, "next_offset": 1}]
    assert view["sla"]["behind"] is None
    assert view["sla"]["trouble"] == (
        "there is no view sla in this database: start its runner, or rebuild it"
    )
    assert after["relay"]["behind"]["events"] == 1
    assert after["relay"]["stored_up_to"] > after["relay"]["published_up_to"] == 1
    lagging = {one["view"]: one for one in after["views"]}["workload"]
    assert lagging["behind"]["events"] == 1
    assert lagging["behind"]["seconds"] >= 0
    assert lagging["complete_to"] == view["workload"]["complete_to"]


def test_runs_that_have_not_ended_and_rebuilds_are_told(door, olga, database):
    fold_store(database, WORKLOAD)
    operation, lost = uuid4(), uuid4()
    given_by = '{"person":"ann","organisation":"vendor","role":"vendor"}'
    with (
        closing(OperationRecords(database)) as records,
        closing(records.lock("fees")),
        rebuild_lock(WORKLOAD.name, database, waits=False) as rebuilding,
    ):
        records.begin(operation, "fees", '{"kind":"fees","party":"a secret"}', given_by)
        records.begin(lost, "charge", '{"kind":"charge"}', given_by)
        with rebuilding.transaction():
            schema.create(rebuilding, WORKLOAD, "workload_next")

        answer = door.ask(f"{ROOT}/work", olga)

    found = answer.json()
    states = {one["operation"]: (one["kind"], one["status"]) for one in found["operations"]}
    assert states == {str(operation): ("fees", "running"), str(lost): ("charge", "interrupted")}
    assert "a secret" not in answer.text
    (rebuild,) = found["rebuilds"]
    assert (rebuild["view"], rebuild["purpose"], rebuild["done"]) == ("workload", "rebuild", 0)
    # And what an earlier one left is nothing
    assert door.ask(f"{ROOT}/work", olga).json()["rebuilds"] == []
