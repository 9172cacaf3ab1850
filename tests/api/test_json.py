"""Bodies that are JSON, or nearly: what is decided is what any other program would have read."""

from __future__ import annotations

from uuid import uuid4

import pytest

from casecore.commands.admission import MAX_COMMAND_BYTES

OPENING = (
    b'{"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"%s}'
)


@pytest.fixture
def ida(door):
    return door.key("seller:nord:ida")


def given(door, who, path, body):
    return door.client.post(path, content=body, headers={**who, "Idempotency-Key": str(uuid4())})


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (b', "seller": "sued"', "'seller' twice"),
        (b', "s\\u0065ller": "nord"', "'seller' twice"),
        (b', "reference": "\\ud800"', "cannot be read"),
        (b', "reference": "\xed\xa0\x80"', "cannot be read"),
        (b', "partner": NaN', "cannot be read"),
        (b', "partner": ' + b"[" * 100_000, "cannot be read"),
        (b', "partner": ' + b'{"a":' * 40_000, "cannot be read"),
        (b', "partner": ' + b"1" * 10_000, "cannot be read"),
    ],
)
def test_a_body_that_others_would_read_differently_is_refused(door, ida, more, says):
    answer = given(door, ida, "/v1/cases", OPENING % more)
    assert (answer.status_code, says in answer.json()["detail"]) == (400, True), answer.text


@pytest.mark.parametrize("path", ["/v1/calendars", "/v1/policies"])
def test_what_is_published_has_each_member_once(door, ida, path):
    answer = given(door, ida, path, b'{"id": "a", "id": "b"}')
    assert (answer.status_code, "'id' twice" in answer.json()["detail"]) == (400, True), answer.text


def test_a_line_has_each_member_once(door, ida):
    line = b'{"kind": "case", "command_id": "%s", "case": "C-1", "case": "C-2", "do": {"action": "close"}}'
    answer = door.client.post(
        "/v1/commands",
        content=line % str(uuid4()).encode(),
        headers={**ida, "Content-Type": "application/jsonl"},
    )
    assert (answer.json()["refused"], "'case' twice" in answer.json()["message"]) == ("invalid_request", True)


def test_a_text_with_nul_is_refused_wherever_it_is(door, ida):
    case = given(door, ida, "/v1/cases", OPENING % b"").json()["case"]
    answer = given(door, ida, f"/v1/cases/{case}/message", b'{"text": "a\\u0000b"}')
    assert (answer.status_code, "NUL" in answer.json()["detail"]) == (422, True)
    assert door.client.get("/v1/cases?customer=a%00b", headers=ida).status_code == 400


def test_a_command_of_256_kib_is_stored_and_one_byte_more_is_not(door, ida):
    case = given(door, ida, "/v1/cases", OPENING % b"").json()["case"]
    message = b'{"text": "' + b"\\ud83d\\ude00" * 20_000 + b'"}'
    for length, status in ((MAX_COMMAND_BYTES, 200), (MAX_COMMAND_BYTES + 1, 413)):
        answer = given(door, ida, f"/v1/cases/{case}/message", message.ljust(length))
        assert answer.status_code == status, answer.text
