"""Commands over HTTP: the body is the action, the bearer acts, the Idempotency-Key names the command."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from casecore.commands import bus
from casecore.commands.finding_ids import Finding, finding_id
from casecore.contract.streams import CASES
from casecore.identity.identity import Scope
from casecore.store.log import LogReader
from projections.catalogue import VIEWS
from tests.projections.stored import fold_store

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}


LEGAL = ["take", "reclassify", "cancel"]


def a_command():
    return {"Idempotency-Key": str(uuid4())}


@pytest.fixture
def ida(door):
    return door.key("seller:nord:ida")


def opened(door, who):
    answer = door.client.post("/v1/cases", json=OPENING, headers={**who, **a_command()})
    assert answer.status_code == 201, answer.text
    return answer.json()["case"]


def test_a_case_goes_its_way(door, ida):
    opening = door.client.post("/v1/cases", json=OPENING, headers={**ida, **a_command()})
    case = opening.json()["case"]
    assert (opening.status_code, opening.headers["Location"]) == (201, f"/v1/cases/{case}")
    assert (opening.headers["ETag"], opening.json()["types"]) == ('"1"', ["casecore.case.opened.v1"])
    taken = door.client.post(f"/v1/cases/{case}/take", headers={**ida, **a_command()})
    assert (taken.status_code, taken.headers["ETag"]) == (200, '"2"')
    resolved = {"resolution_code": "solved"}
    answer = door.client.post(f"/v1/cases/{case}/resolve", json=resolved, headers={**ida, **a_command()})
    assert answer.json()["version"] == 3


def test_a_command_given_again_is_answered_as_first(door, ida):
    given = {**ida, **a_command()}
    first = door.client.post("/v1/cases", json=OPENING, headers=given)
    quoted = {**given, "Idempotency-Key": f'"{given["Idempotency-Key"]}"'}
    # Whatever has become of the case since
    door.client.post(f"/v1/cases/{first.json()['case']}/take", headers={**ida, **a_command()})
    again = door.client.post("/v1/cases", json=OPENING, headers=quoted)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert as_answered(again) == as_answered(first)
    # Other content under the key is no repetition
    other = door.client.post("/v1/cases", json={**OPENING, "topic": "recovery"}, headers=given)
    assert (other.status_code, other.json()["code"]) == (422, "command_id_reused")


def as_answered(answer):
    return answer.status_code, answer.content, answer.headers["ETag"], answer.headers.get("Location")


@pytest.mark.parametrize("other", ["seller:nord:udo", "seller:sued:ida", "customer:praxis:ida"])
def test_a_key_that_another_used_shows_nothing_of_what_it_led_to(door, ida, other):
    given = a_command()
    first = door.client.post("/v1/cases", json=OPENING, headers={**ida, **given})
    answer = door.client.post("/v1/cases", json=OPENING, headers={**door.key(other), **given})
    assert (answer.status_code, answer.json()["code"]) == (422, "command_id_reused")
    assert first.json()["case"] not in answer.text
    assert "ETag" not in answer.headers


def test_a_case_may_have_a_reference_of_ones_own(door, ida):
    given = {**ida, **a_command()}
    opening = door.client.post("/v1/cases/Fall%20äß€/open", json=OPENING, headers=given)
    assert (opening.status_code, opening.json()["case"]) == (201, "Fall äß€")
    assert opening.headers["Location"] == "/v1/cases/Fall%20%C3%A4%C3%9F%E2%82%AC"
    taken = door.client.post(f"{opening.headers['Location']}/take", headers={**ida, **a_command()})
    assert taken.json()["version"] == 2
    # Another one may not have it, and hears nothing of the case
    sued = {**door.key("seller:sued:tom"), **a_command(), "If-Match": '"9"'}
    of_sued = {**OPENING, "seller": "sued"}
    other = door.client.post(f"{opening.headers['Location']}/open", json=of_sued, headers=sued)
    assert (other.status_code, other.json()["code"]) == (409, "case_already_opened")


def test_fifty_who_give_one_command_at_once_hear_the_same(door, ida):
    given = {**ida, **a_command()}
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(lambda _: door.client.post("/v1/cases", json=OPENING, headers=given), range(50))
        )
    assert len({as_answered(answer) for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


@pytest.mark.parametrize("key", [None, "", "7", '"not a uuid"'])
def test_a_command_without_a_key_is_not_given(door, ida, key):
    headers = {**ida, **({} if key is None else {"Idempotency-Key": key})}
    answer = door.client.post("/v1/cases", json=OPENING, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert "Idempotency-Key" in answer.json()["detail"]


def test_nobody_takes_the_id_of_what_a_run_will_find(door, ida):
    guessed = str(finding_id(Finding.CHARGES, "P-1/2026-06-30/1/0/4"))
    answer = door.client.post("/v1/cases", json=OPENING, headers={**ida, "Idempotency-Key": guessed})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "version 5" in answer.json()["detail"]


def test_a_refusal_is_a_problem_that_says_what_would_be_legal(door, ida):
    case = opened(door, ida)
    answer = door.client.post(f"/v1/cases/{case}/close", headers={**ida, **a_command()})
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (422, 422, "illegal_move")
    assert problem["type"] == "/docs/problems#illegal_move"
    assert problem["details"] == {"trigger": "close", "state": "opened", "legal": LEGAL}


def test_a_refusal_leaves_no_receipt_and_may_be_decided_anew(door, ida):
    case = opened(door, ida)
    given = {**ida, **a_command()}
    done = {"resolution_code": "solved"}
    assert door.client.post(f"/v1/cases/{case}/resolve", json=done, headers=given).status_code == 422
    door.client.post(f"/v1/cases/{case}/take", headers={**ida, **a_command()})
    assert door.client.post(f"/v1/cases/{case}/resolve", json=done, headers=given).json()["version"] == 3


def test_who_acts_on_an_old_look_is_told(door, ida):
    case = opened(door, ida)
    door.client.post(f"/v1/cases/{case}/take", headers={**ida, **a_command()})
    late = {**ida, **a_command(), "If-Match": '"1"'}
    answer = door.client.post(f"/v1/cases/{case}/priority", json={"priority": "high"}, headers=late)
    assert (answer.status_code, answer.json()["code"]) == (412, "version_differs")
    now = {**late, "If-Match": '"2"'}
    assert door.client.post(f"/v1/cases/{case}/priority", json={"priority": "high"}, headers=now).is_success


def test_if_match_of_several_versions_of_any_and_of_none(door, ida):
    case = opened(door, ida)
    statuses = []
    for asked in ('"7", "1"', "*", 'W/"1"', "1"):
        headers = {**ida, **a_command(), "If-Match": asked}
        answer = door.client.post(f"/v1/cases/{case}/priority", json={"priority": "normal"}, headers=headers)
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 412, 400]


def test_a_case_that_one_does_not_see_is_as_one_that_is_not_there(door, ida):
    case = opened(door, ida)
    stranger = door.key("seller:sued:tom")
    conditions = [{}, *({"If-Match": asked} for asked in ('"1"', '"9"', "*"))]
    answers = [
        door.client.post(
            f"/v1/cases/{one}/{verb}", json=body, headers={**stranger, **a_command(), **condition}
        )
        for verb, body in (("take", {}), ("policy", {"policy": "gold", "reason": "asked"}))
        for condition in conditions
        for one in (case, "C-0000-0000")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.text.replace(case, "C-0000-0000") for answer in answers} == {answers[1].text}


def test_an_installation_may_demand_that_one_says_what_one_has_seen(demanding_door):
    door, ida = demanding_door, demanding_door.key("seller:nord:ida")
    case = opened(door, ida)
    for condition in ({}, {"If-Match": "*"}):
        blind = {**ida, **a_command(), **condition}
        answer = door.client.post(f"/v1/cases/{case}/take", headers=blind)
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition_needed")
    seen = {**ida, **a_command(), "If-Match": '"1"'}
    assert door.client.post(f"/v1/cases/{case}/take", headers=seen).json()["version"] == 2


def test_who_prefers_to_wait_hears_whether_the_views_have_come_so_far(door, ida, database):
    given = {**ida, **a_command(), "Prefer": "respond-async, wait=0"}
    answer = door.client.post("/v1/cases", json=OPENING, headers=given)
    assert (answer.json()["views"], answer.headers["Preference-Applied"]) == ("behind", "wait=0")
    for view in VIEWS.values():
        if CASES in view.kinds:
            fold_store(database, view)
    longer = {**given, "Prefer": 'wait="99999"; strict'}
    again = door.client.post("/v1/cases", json=OPENING, headers=longer)
    assert (again.json()["views"], again.headers["Preference-Applied"]) == ("current", "wait=10")


def test_what_happened_earlier_is_recorded_as_of_then(door, ida, database):
    at = {"occurred_at": "2026-03-02T09:30:00+01:00"}
    opening = door.client.post("/v1/cases", json=OPENING, params=at, headers={**ida, **a_command()})
    assert opening.status_code == 201, opening.text
    with LogReader(database) as log:
        [stored] = log.stream(UUID(opening.json()["stream_id"]))
    assert b'"occurred_at":"2026-03-02T08:30:00Z"' in stored.body
    for wrong in ("occurred_at=now", "occurred_at=2026-03-02", "colour=red", "occurred_at=&occurred_at="):
        answer = door.client.post(f"/v1/cases?{wrong}", json=OPENING, headers={**ida, **a_command()})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "says", "field"),
    [
        (b"{", "truncated", None),
        (b'{"customer": "praxis"}', "missing required field", "seller"),
        (b'{"action": "take"}', "action", "action"),
        (b'{"actor": {"role": "vendor"}}', "unknown field `actor`; known are: category, .*, topic", "actor"),
        (b'{"seller": "\xff"}', "cannot be read", None),
        (b'{"seller": 7}', "Expected `str`", "seller"),
        (b"[" * 50_000, "nested too deep|Expected", None),
    ],
)
def test_a_body_that_is_wrong_is_a_problem_that_says_where(door, ida, body, says, field):
    answer = door.client.post("/v1/cases", content=body, headers={**ida, **a_command()})
    assert answer.status_code == 400
    assert re.search(says, answer.json()["detail"])
    assert answer.json().get("field") == field


@pytest.mark.parametrize(
    ("wrong", "field"), [({"topic": "tea"}, "topic"), ({"customer": " praxis"}, "customer")]
)
def test_a_refusal_names_the_member_that_is_at_fault(door, ida, wrong, field):
    answer = door.client.post("/v1/cases", json={**OPENING, **wrong}, headers={**ida, **a_command()})
    assert (answer.is_success, answer.json()["field"]) == (False, field)


def test_what_the_vendors_accountant_creates_is_found_where_the_answer_says(door):
    ann = door.key("vendor:vendor:ann", Scope.ACCOUNTANT)
    about = {
        "name": "Praxis Nord",
        "street": "Weg 1",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
    }
    package = {
        "customer": "praxis-x",
        "seller": "vendor",
        "licence_type": "full",
        "program_version": "1",
        "effective_on": "2026-01-01",
    }
    for path, verb, body in (
        ("/v1/parties/praxis-x", "register", {"roles": ["customer"], **about}),
        ("/v1/licences/P-1", "activate", package),
    ):
        created = door.client.post(f"{path}/{verb}", json=body, headers={**ann, **a_command()})
        assert (created.status_code, created.headers["Location"]) == (201, path), created.text
        # Said once more, it changes nothing
        again = door.client.post(f"{path}/{verb}", json=body, headers={**ann, **a_command()})
        assert (again.status_code, again.json()["events"], again.json()["types"]) == (200, 0, [])


def test_a_command_that_finds_no_room_is_to_be_sent_again(door, ida, monkeypatch):
    monkeypatch.setattr(bus, "MAX_WAITING", 0)
    answer = door.client.post("/v1/cases", json=OPENING, headers={**ida, **a_command()})
    assert (answer.status_code, answer.json()["code"]) == (503, "bus_full")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_body_that_is_too_long_or_compressed_is_not_read(door, ida):
    long = door.client.post("/v1/cases", content=b" " * 300_000, headers={**ida, **a_command()})
    assert (long.status_code, long.json()["code"]) == (413, "body_too_long")
    packed = {**ida, **a_command(), "Content-Encoding": "gzip"}
    assert door.client.post("/v1/cases", content=b"x", headers=packed).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic aWRhOmlkYQ=="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer casecore_00000000_" + "x" * 43},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    ],
)
def test_nobody_acts_without_showing_who_they_are(door, headers):
    answer = door.client.post("/v1/cases", json=OPENING, headers={**headers, **a_command()})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "not_authenticated"


def test_a_key_is_good_for_its_scopes_only(door):
    analyst = door.key("seller:nord:ada", Scope.ANALYST)
    answer = door.client.post("/v1/cases", json=OPENING, headers={**analyst, **a_command()})
    assert (answer.status_code, answer.json()["details"]) == (403, {"scope": "agent"})


def test_the_importers_and_the_watchs_actions_are_not_there(door, ida):
    for action in ("import", "service_level"):
        assert door.client.post(f"/v1/cases/C-1/{action}", headers={**ida, **a_command()}).status_code == 404


def test_what_is_not_there_is_a_problem_too(door, ida):
    for method, path in (("GET", "/v2/cases"), ("DELETE", "/v1/cases")):
        answer = door.client.request(method, path, headers=ida)
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["Allow"] == "GET, HEAD, POST"  # of all routes with the path


def test_without_a_database_a_command_is_to_be_sent_again(door_without_database):
    door = door_without_database
    ida = door.key("seller:nord:ida")
    for path, headers in (("/v1/cases", {}), ("/v1/commands", {"Content-Type": "application/jsonl"})):
        answer = door.client.post(path, json=OPENING, headers={**ida, **a_command(), **headers})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
