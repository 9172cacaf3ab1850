"""Each answer of the description is met: every status of every operation, in the form that it has there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from structlog.testing import capture_logs

from casecore.api import requests
from casecore.api.answers import Answers
from casecore.api.description.examples import CUSTOMER, OTHER_CUSTOMER, OTHER_SELLER, SELLER
from casecore.app.cases import reference_of
from casecore.commands.bus import CommandBus
from casecore.identity.identity import Scope
from casecore.postgres.errors import DatabaseUnavailable
from projections.catalogue import VIEWS
from tests.api.documented import FIRST, OPERATIONS, Asked, SlowClient, actions, faults
from tests.projections.stored import fold_store

VENDOR = "vendor"
LATER = "2999-01-01T00:00:00Z"

BEFORE: Mapping[str, tuple[str, ...]] = {
    "cases/assign": ("take",),
    "cases/escalate": ("take",),
    "cases/hand_back": ("take", "escalate"),
    "cases/wait": ("take",),
    "cases/resume": ("take", "wait"),
    "cases/effort": ("take",),
    "cases/resolve": ("take",),
    "cases/reopen": ("take", "resolve"),
    "cases/close": ("take", "resolve"),
    "licences/uncancel": ("cancel",),
}
"""What is done before an action that is not possible at once."""
PARTIES = {
    VENDOR: "vendor",
    SELLER: "reseller",
    OTHER_SELLER: "reseller",
    CUSTOMER: "customer",
    OTHER_CUSTOMER: "customer",
}
"""Those that the examples are about."""
OF_THE_VENDOR = {"hand_back"}
MET_BY: Mapping[str, tuple[str, str]] = {
    f"GET /v1/openapi.json {status}": (
        "test_description.py",
        "test_the_document_is_served_to_everybody_and_is_the_one_that_is_checked_in",
    )
    for status in (200, 304)
}
"""Answers that another test beside this one meets, by its module and name: the way to them is its own."""


class Caller:
    """Asks one installation, as people who may do it unless said otherwise; one of each kind is there."""

    def __init__(self, door: Any, careful: Any, database: str) -> None:
        self.door, self.careful = door, careful
        self._seller = door.key(f"seller:{SELLER}:ida", *Scope)
        self._vendor = door.key(f"vendor:{VENDOR}:ann", *Scope)
        self.scopeless = {scope: door.key(f"vendor:{VENDOR}:ann", scope) for scope in Scope}
        self._places = {part: new_address() for part in FIRST}
        register = actions("parties")["register"]
        for party, role in PARTIES.items():
            content = msgspec.json.encode({**register.example, "roles": [role]})
            assert self.send(register, address=party, content=content).is_success
        for part, verb in FIRST.items():
            self.send(actions(part)[verb], address=self._places[part])
        for view in VIEWS.values():
            fold_store(database, view)

    def send(self, asked: Asked, *, client: Any = None, query: str = "", **given: Any) -> Any:
        """The operation's answer; `address`, `headers` and `content` in place of the usual ones."""
        who = self._vendor if asked.part != "cases" or asked.verb in OF_THE_VENDOR else self._seller
        headers = {**who, **given.pop("headers", {})}
        if asked.method == "POST":
            headers = {"Idempotency-Key": str(uuid4()), **headers}
            if "content" not in given:
                given["json"] = asked.example or {}
        address = given.pop("address", None) or self._places.get(asked.part, "")
        path = re.sub(r"\{\w+\}", address, asked.path)
        headers = {name: value for name, value in headers.items() if value is not None}
        client = client or self.door.client
        return client.request(asked.method, f"{path}{query}", headers=headers, **given)

    def prepared(self, asked: Asked) -> str:
        """The address of something new on which the action is possible."""
        address = new_address()
        if not asked.is_first:
            others = actions(asked.part)
            for verb in (FIRST[asked.part], *BEFORE.get(f"{asked.part}/{asked.verb}", ())):
                done = self.send(others[verb], address=address)
                assert done.is_success, (verb, done.text)
        return address


def new_address() -> str:
    return reference_of(uuid4())


# A way to each status, for each operation that has it.


def ok(caller: Caller, asked: Asked) -> Any:
    if asked.is_first and asked.method == "POST":
        key, address = {"Idempotency-Key": str(uuid4())}, new_address()
        assert caller.send(asked, headers=key, address=address).status_code == HTTPStatus.CREATED
        return caller.send(asked, headers=key, address=address)
    return caller.send(asked, address=caller.prepared(asked) if asked.method == "POST" else None)


def created(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, address=new_address(), headers={"Prefer": "wait=0"})


def not_modified(caller: Caller, asked: Asked) -> Any:
    etag = caller.send(asked).headers["ETag"]
    return caller.send(asked, headers={"If-None-Match": etag})


def bad_request(caller: Caller, asked: Asked) -> Any:
    if asked.method == "POST":
        return caller.send(asked, headers={"Idempotency-Key": None})
    return caller.send(asked, query="?no_such_parameter=1")


def unauthorized(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, headers={"Authorization": None})


def forbidden(caller: Caller, asked: Asked) -> Any:
    enough = {scope for way in asked.described["security"] for scopes in way.values() for scope in scopes}
    other = next(scope for scope in Scope if scope.value not in enough)
    return caller.send(asked, headers=caller.scopeless[other])


def not_found(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, address="C-0000-0000")


def too_slow(caller: Caller, asked: Asked) -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(requests, "BODY_SECONDS", 0.001)
        return caller.send(asked, client=SlowClient(caller.door.client.app))


def conflict(caller: Caller, asked: Asked) -> Any:
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


def refused(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, query=f"?occurred_at={LATER}")


def precondition_required(caller: Caller, asked: Asked) -> Any:
    return caller.send(asked, client=caller.careful.client)


def failing(error: Exception) -> Callable[[Caller, Asked], Any]:
    """What is asked when whoever is asked within the program raises this."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    def way(caller: Caller, asked: Asked) -> Any:
        with pytest.MonkeyPatch.context() as patched, capture_logs():
            patched.setattr(CommandBus, "submit", fail)
            patched.setattr(Answers, "_ask", fail)
            return caller.send(asked, address="C-0000-0000")

    return way


WAYS: Mapping[HTTPStatus, Callable[[Caller, Asked], Any]] = {
    HTTPStatus.OK: ok,
    HTTPStatus.CREATED: created,
    HTTPStatus.NOT_MODIFIED: not_modified,
    HTTPStatus.BAD_REQUEST: bad_request,
    HTTPStatus.UNAUTHORIZED: unauthorized,
    HTTPStatus.FORBIDDEN: forbidden,
    HTTPStatus.NOT_FOUND: not_found,
    HTTPStatus.REQUEST_TIMEOUT: too_slow,
    HTTPStatus.CONFLICT: conflict,
    HTTPStatus.PRECONDITION_FAILED: precondition_failed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: too_large,
    HTTPStatus.UNPROCESSABLE_ENTITY: refused,
    HTTPStatus.PRECONDITION_REQUIRED: precondition_required,
    HTTPStatus.INTERNAL_SERVER_ERROR: failing(RuntimeError("a fault")),
    HTTPStatus.SERVICE_UNAVAILABLE: failing(DatabaseUnavailable("PostgreSQL does not answer")),
}


def test_every_documented_answer_is_met(door, demanding_door, database):
    caller = Caller(door, demanding_door, database)
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
