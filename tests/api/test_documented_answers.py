"""Each answer of the description is met: every status of every operation, in the form that it has there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from structlog.testing import capture_logs

from casecore.api.commands import publishing
from casecore.api.lines import endpoint as lines
from casecore.api.questions.lookups import CaseLookups
from casecore.app.background_runs.running import Operations
from casecore.app.cases import reference_of
from casecore.app.feed.feed import EventFeed
from casecore.app.service_levels import what_if_runs
from casecore.app.service_levels.what_if_runs import WhatIfRuns
from casecore.commands.bus import CommandBus
from casecore.http.asking import AnswerThreads
from casecore.http.problems import ServerBusy, TooManyRequests
from casecore.http.protection.rate_limits import RateLimiter
from casecore.identity.identity import Scope
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.operations import OperationRecords
from tests.api.caller import (
    ANOTHER,
    BODIES,
    LINES,
    PUBLISHING,
    RUNS,
    WHAT_IFS,
    Caller,
    encoded,
    new_address,
)
from tests.api.documented import FIRST, OPERATIONS, Asked, actions, faults
from tests.waiting import wait_until

BEN = '{"person":"ben","organisation":"vendor","role":"vendor"}'
LATER = "2999-01-01T00:00:00Z"

MET_BY: Mapping[str, tuple[str, str]] = {
    **{
        f"GET /v1/openapi.json {status}": (
            "test_description.py",
            "test_the_document_is_served_to_everybody_and_is_the_one_that_is_checked_in",
        )
        for status in (200, 304)
    },
    **{
        # By the connection, whichever resource it is for
        f"{asked.method} {asked.path} 408": (
            "test_connections.py",
            "test_a_request_that_comes_byte_by_byte_has_its_time",
        )
        for asked in OPERATIONS
        if "408" in asked.described["responses"]
    },
    "GET /v1/events 409": (
        "test_events.py",
        "test_a_cursor_from_before_a_backup_was_restored_is_refused",
    ),
    **{
        f"{answer} 200": ("engine_room/test_quarantine.py", name)
        for answer, name in (
            (
                "GET /v1/installation/quarantine/{view}",
                "test_what_is_parked_is_listed_with_why_and_shown_with_its_body",
            ),
            (
                "POST /v1/installation/quarantine/{view}/retry",
                "test_a_retry_applies_what_can_be_applied_by_now",
            ),
            (
                "POST /v1/installation/quarantine/{view}/skip",
                "test_a_record_is_left_out_for_good_by_its_place_with_who_decided_so_and_why",
            ),
        )
    },
    "POST /v1/installation/quarantine/{view}/skip 409": (
        "engine_room/test_quarantine.py",
        "test_no_other_record_is_left_out_than_the_one_that_was_looked_at",
    ),
    **{
        f"POST /v1/{path} 200": (
            "test_service_level_commands.py",
            "test_fees_prices_and_buyers_are_their_accountants",
        )
        for path in (
            "billing/terms/set_maintenance_price",
            "billing/terms/set_vat_rate",
            "buyers/{buyer}/hold",
            "buyers/{buyer}/release",
            "parties/{party}/fee-agreements/agree",
            "parties/{party}/fee-agreements/end",
            "parties/{party}/fee-agreements/withdraw",
        )
    },
}
"""Answers that another test beside this one meets, by its module and name: the way to them is its own."""


# A way to each status, for each operation that has it.


def ok(caller: Caller, asked: Asked) -> Any:
    if asked.path in PUBLISHING or asked.path == LINES:  # published already
        return caller.send(asked)
    if asked.is_first and asked.method == "POST":
        address = new_address()
        assert caller.send(asked, address=address).status_code == HTTPStatus.CREATED
        return caller.send(asked, address=address)
    if asked.path.startswith(WHAT_IFS):  # of one person the last three are kept
        return caller.send(asked, address=caller.tried().json()["what_if"])
    return caller.send(asked, address=caller.prepared(asked) if asked.method == "POST" else None)


def created(caller: Caller, asked: Asked) -> Any:
    if asked.path in PUBLISHING:
        return caller.send(asked, content=encoded({**BODIES[asked.path], **ANOTHER[asked.path]}))
    return caller.send(asked, address=new_address(), headers={"Prefer": "wait=0"})


def accepted(caller: Caller, asked: Asked) -> Any:
    if asked.path == WHAT_IFS:
        return caller.tried()
    key, _ = caller.begun(asked)
    return caller.send(asked, headers={"Idempotency-Key": key})


def not_modified(caller: Caller, asked: Asked) -> Any:
    etag = caller.send(asked).headers["ETag"]
    return caller.send(asked, headers={"If-None-Match": etag})


def bad_request(caller: Caller, asked: Asked) -> Any:
    if asked.path == LINES:
        return caller.send(asked, headers={"Content-Encoding": "gzip"})
    if asked.method == "POST" and (asked.part == "installation" or asked.path == WHAT_IFS):
        return caller.send(asked, content=b"[")
    if asked.method == "POST":
        return caller.send(asked, headers={"Idempotency-Key": None})
    return caller.send(asked, query="?no_such_parameter=1" if asked.described["security"] else "?at=%00")


def unauthorized(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, headers={"Authorization": None})


def forbidden(caller: Caller, asked: Asked) -> Any:
    enough = {scope for way in asked.described["security"] for scopes in way.values() for scope in scopes}
    other = next(scope for scope in Scope if scope.value not in enough)
    return caller.send(asked, headers=caller.one_with(asked, other))


def not_found(caller: Caller, asked: Asked) -> Any:
    has_uuid = asked.part == "operations" or asked.path.startswith(WHAT_IFS)
    return caller.send(asked, address=str(uuid4()) if has_uuid else "C-0000-0000")


def no_content(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, address=caller.tried().json()["what_if"])


def conflict(caller: Caller, asked: Asked) -> Any:
    if asked.path == WHAT_IFS:
        with pytest.MonkeyPatch.context() as patched:
            may_end = Event()
            patched.setattr(what_if_runs, "what_if_seen", lambda *_: may_end.wait())
            try:
                caller.tried()
                return caller.send(asked)
            finally:
                may_end.set()
    if kind := RUNS.get(asked.path):
        with closing(OperationRecords(caller.database)) as records:
            locks: list[Any] = []
            wait_until(lambda: locks.append(records.lock(kind)) or locks[-1], "the run of before ends")
            with closing(locks[-1]):
                assert records.begin(uuid4(), kind, '{"kind":"fees"}', BEN)
                return caller.send(asked)
    key = uuid4()
    address = reference_of(key)
    first = actions(asked.part)[FIRST[asked.part]]
    field = {"cases": "subject", "parties": "name", "licences": "program_version"}[asked.part]
    assert caller.send(first, address=address).status_code == HTTPStatus.CREATED
    content = msgspec.json.encode({**asked.example, field: "another"})
    return caller.send(asked, address=address, headers={"Idempotency-Key": str(key)}, content=content)


def precondition_failed(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, address=caller.prepared(asked), headers={"If-Match": '"999"'})


def too_large(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, content=b" " * 300_000)


def unsupported(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, headers={"Content-Type": "text/plain"})


def refused(caller: Caller, asked: Asked) -> Any:
    if asked.path in RUNS:
        key, _ = caller.begun(asked)
        other = {"kind": "invoice"} if asked.part == "billing" else {"reason": "another"}
        return caller.send(asked, headers={"Idempotency-Key": key}, content=encoded(other))
    return caller.send(asked, query=f"?occurred_at={LATER}")


def precondition_required(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, client=caller.careful.client)


def failing(error: Exception) -> Callable[[Caller, Asked], Any]:
    """What is asked when whoever is asked within the program raises this."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    def way(caller: Caller, asked: Asked) -> Any:
        with pytest.MonkeyPatch.context() as patched, capture_logs():
            patched.setattr(CommandBus, "ask", fail)
            patched.setattr(AnswerThreads, "ask", fail)
            patched.setattr(CaseLookups, "find", fail)
            patched.setattr(EventFeed, "page", fail)
            patched.setattr(Operations, "begin", fail)
            patched.setattr(Operations, "find", fail)
            patched.setattr(Operations, "latest", fail)
            patched.setattr(publishing, "_published", fail)
            for name in ("find", "forget"):
                patched.setattr(WhatIfRuns, name, fail)
            patched.setattr(lines, "_Exchange", fail)
            return caller.send(asked)

    return way


def sent_away(error: Exception) -> Callable[[Caller, Asked], Any]:
    """What is asked when the server takes no more from this caller, or from anybody."""

    def send_away(*_: Any) -> None:
        raise error

    def way(caller: Caller, asked: Asked) -> Any:
        with pytest.MonkeyPatch.context() as patched, capture_logs():
            patched.setattr(RateLimiter, "check_address", send_away)
            return caller.send(asked)

    return way


def unavailable(caller: Caller, asked: Asked) -> Any:
    failing_way = failing(DatabaseUnavailable("PostgreSQL does not answer"))
    return (failing_way if asked.described["security"] else sent_away(ServerBusy()))(caller, asked)


WAYS: Mapping[HTTPStatus, Callable[[Caller, Asked], Any]] = {
    HTTPStatus.OK: ok,
    HTTPStatus.CREATED: created,
    HTTPStatus.ACCEPTED: accepted,
    HTTPStatus.NO_CONTENT: no_content,
    HTTPStatus.NOT_MODIFIED: not_modified,
    HTTPStatus.BAD_REQUEST: bad_request,
    HTTPStatus.UNAUTHORIZED: unauthorized,
    HTTPStatus.FORBIDDEN: forbidden,
    HTTPStatus.NOT_FOUND: not_found,
    HTTPStatus.CONFLICT: conflict,
    HTTPStatus.PRECONDITION_FAILED: precondition_failed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: too_large,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: unsupported,
    HTTPStatus.UNPROCESSABLE_ENTITY: refused,
    HTTPStatus.PRECONDITION_REQUIRED: precondition_required,
    HTTPStatus.TOO_MANY_REQUESTS: sent_away(TooManyRequests(5, ((b"retry-after", b"5"),))),
    HTTPStatus.INTERNAL_SERVER_ERROR: failing(RuntimeError("a fault")),
    HTTPStatus.SERVICE_UNAVAILABLE: unavailable,
}


def test_every_documented_answer_is_met(door, demanding_door, accounts, database):
    caller = Caller(door, demanding_door, accounts.door, database)
    differing = {}
    for asked in OPERATIONS:
        for status in asked.described["responses"]:
            answer = f"{asked.method} {asked.path} {status}"
            if answer not in MET_BY:
                found = faults(asked, status, WAYS[HTTPStatus(int(status))](caller, asked))
                differing |= {answer: found} if found else {}
    assert differing == {}


@pytest.mark.parametrize(("module", "name"), sorted(set(MET_BY.values())))
def test_what_meets_the_other_answers_is_there(module, name):
    tests = ast.parse((Path(__file__).parent / module).read_text(encoding="utf-8"))
    assert name in {one.name for one in tests.body if isinstance(one, ast.FunctionDef)}


def test_what_another_test_meets_is_documented():
    documented = {
        f"{asked.method} {asked.path} {status}"
        for asked in OPERATIONS
        for status in asked.described["responses"]
    }
    assert MET_BY.keys() <= documented
