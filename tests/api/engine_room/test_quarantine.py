"""The quarantine over HTTP: looked at, tried again, and a record left out for good."""

from __future__ import annotations

import pytest

from casecore.identity.identity import Scope
from casecore.postgres.connection import connect
from casecore.postgres.limits import STORE
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.api.desk import done, opened
from tests.api.parking import parked_event
from tests.projections.stored import fold_store

ROOT = "/v1/installation/quarantine"


@pytest.fixture
def olga(door):
    return door.key("vendor:vendor:olga", Scope.OPERATOR)


@pytest.fixture
def case(door, database):
    """A case of which the workload has the opening, and not yet what came then."""
    ida = door.key("seller:nord:ida")
    reference = opened(door, ida, subject="of nobody else's business")
    fold_store(database, WORKLOAD)
    fold_store(database, TIMELINE)
    done(door, ida, reference, "take")
    return reference


def post(door, who, path, **body):
    return door.client.post(f"{ROOT}/{path}", json=body, headers=who)


def place_of(door, olga, key, view="workload"):
    record = door.ask(f"{ROOT}/{view}?key={key}", olga).json()["records"][0]
    return {name: record[name] for name in ("topic", "partition", "offset")}


def test_what_is_parked_is_listed_with_why_and_shown_with_its_body(door, olga, case, database):
    key = parked_event(database, case, 2, body=b"\xff{", reason="unreadable_body")
    parked_event(database, case, 1, view="timeline")

    pages = door.pages(f"{ROOT}?limit=1", olga, "parked")
    shown = door.ask(f"{ROOT}/timeline?key={key}", olga).json()
    broken = door.ask(f"{ROOT}/workload?key={key}", olga).json()

    assert [(one["view"], one["key"], one["name"]) for one in pages] == [
        ("timeline", key, case),
        ("workload", key, case),
    ]
    assert (pages[1]["reason"], pages[1]["records"]) == ("unreadable_body", 1)
    assert "of nobody else's business" in shown["records"][0]["body"]
    assert broken["records"][0]["body"] == "hex:ff7b"
    of_one = door.pages(f"{ROOT}?view=workload", olga, "parked")
    assert [one["view"] for one in of_one] == ["workload"]


def test_a_retry_applies_what_can_be_applied_by_now(door, olga, case, database):
    key = parked_event(database, case, 2)

    answer = post(door, olga, "workload/retry", key=key)

    assert answer.json()["retried"] == [
        {"key": key, "released": 1, "remaining": 0, "reason": None, "detail": None}
    ]
    assert door.ask(ROOT, olga).json()["parked"] == []
    vera = door.key("vendor:vendor:vera")
    assert door.ask(f"/v1/cases/{case}", vera).json()["case"]["version"] == 2
    again = post(door, olga, "workload/retry", key=key)
    assert (again.status_code, again.json()["code"]) == (404, "nothing_parked")
    assert post(door, olga, "workload/retry").json()["retried"] == []


def test_a_record_is_left_out_for_good_by_its_place_with_who_decided_so_and_why(door, olga, case, database):
    key = parked_event(database, case, 2, body=b"{", reason="unreadable_body")
    asked = {"key": key, "record": place_of(door, olga, key), "because": "forged; ticket 12"}

    answer = post(door, olga, "workload/skip", **asked)

    (became,) = answer.json()["retried"]
    assert (became["released"], became["remaining"]) == (1, 0)
    with connect(database, STORE) as connection:
        kept = connection.execute("select decision, version from workload.skipped").fetchall()
    assert kept == [("forged; ticket 12 (olga of vendor)", 2)]
    # Sent twice, it is done once
    again = post(door, olga, "workload/skip", **asked)
    assert (again.status_code, again.json()["code"]) == (404, "nothing_parked")


def test_no_other_record_is_left_out_than_the_one_that_was_looked_at(door, olga, case, database):
    key = parked_event(database, case, 2, body=b"{", reason="unreadable_body")
    parked_event(database, case, 1, body=b"{", reason="behind")
    first = place_of(door, olga, key)
    other = {**first, "offset": first["offset"] - 1}

    answer = post(door, olga, "workload/skip", key=key, record=other, because="forged")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_first_parked")
    assert door.ask(ROOT, olga).json()["parked"][0]["records"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"key": "K", "because": "forged"},
        {"key": "K", "because": "", "record": {"topic": "cases", "partition": 0, "offset": 1}},
        {"key": "K", "because": "x", "record": {"topic": "cases", "partition": 0}},
    ],
)
def test_nothing_is_left_out_without_a_record_and_a_reason(door, olga, case, wrong):
    assert post(door, olga, "workload/skip", **wrong).status_code == 400


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{ROOT}/nothing?key=K", 404, "view_unknown"),
        (f"{ROOT}/workload?key=K", 404, "nothing_parked"),
        (f"{ROOT}/workload?key=hex:0", 400, "invalid_key"),
        (f"{ROOT}?view=nothing", 400, "invalid_request"),
        (f"{ROOT}?cursor=K", 400, "invalid_request"),
        (f"{ROOT}/workload", 400, "invalid_request"),
    ],
)
def test_what_is_not_there_is_said_so(door, olga, case, path, status, code):
    answer = door.ask(path, olga)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("verb", ["retry", "skip"])
@pytest.mark.parametrize(
    ("who", "scope", "code"),
    [
        ("seller:nord:otto", Scope.OPERATOR, "installation_not_yours"),
        ("vendor:vendor:vera", Scope.AGENT, "scope_missing"),
    ],
)
def test_only_the_vendors_operators_decide(door, olga, case, database, verb, who, scope, code):
    key = parked_event(database, case, 2)
    more = {"record": place_of(door, olga, key), "because": "forged"} if verb == "skip" else {}

    answer = post(door, door.key(who, scope), f"workload/{verb}", key=key, **more)

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert len(door.ask(ROOT, olga).json()["parked"]) == 1
