"""Commands over HTTP: the body is the action, the bearer acts, the Idempotency-Key names the command."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from casecore.identity.identity import Scope

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}


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
    again = door.client.post("/v1/cases", json=OPENING, headers=quoted)
    assert again.headers["Idempotency-Replayed"] == "true"
    same = ("case", "version", "events", "stream_id", "command_id")
    assert [again.json()[name] for name in same] == [first.json()[name] for name in same]
    # Other content under the key is no repetition
    other = door.client.post("/v1/cases", json={**OPENING, "topic": "recovery"}, headers=given)
    assert (other.status_code, other.json()["code"]) == (422, "command_id_reused")


def test_fifty_who_give_one_command_at_once_hear_the_same(door, ida):
    given = {**ida, **a_command()}
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(lambda _: door.client.post("/v1/cases", json=OPENING, headers=given), range(50))
        )
    assert {answer.json()["version"] for answer in answers} == {1}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


@pytest.mark.parametrize("key", [None, "", "7", '"not a uuid"'])
def test_a_command_without_a_key_is_not_given(door, ida, key):
    headers = {**ida, **({} if key is None else {"Idempotency-Key": key})}
    answer = door.client.post("/v1/cases", json=OPENING, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert "Idempotency-Key" in answer.json()["detail"]


def test_a_refusal_is_a_problem_that_says_what_would_be_legal(door, ida):
    case = opened(door, ida)
    answer = door.client.post(f"/v1/cases/{case}/close", headers={**ida, **a_command()})
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (422, 422, "illegal_move")
    assert problem["type"] == "/docs/problems#illegal_move"
    assert "take" in problem["details"]["legal"]


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


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "truncated"),
        (b'{"customer": "praxis"}', "missing required field"),
        (b'{"action": "take"}', "action"),
        (b'{"actor": {"role": "vendor"}}', "unknown field `actor`"),
        (b'{"seller": "\xff"}', "cannot be read"),
        (b"[" * 50_000, "nested too deep|Expected"),
    ],
)
def test_a_body_that_is_wrong_is_a_problem_that_says_where(door, ida, body, says):
    answer = door.client.post("/v1/cases", content=body, headers={**ida, **a_command()})
    assert answer.status_code == 400
    assert re.search(says, answer.json()["detail"])


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
