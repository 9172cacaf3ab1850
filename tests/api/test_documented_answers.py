"""Each answer of the description is met: every status of every operation, in the form that it has there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import pytest
from jsonschema import Draft202012Validator
from structlog.testing import capture_logs

from casecore.api import requests
from casecore.api.answers import Answers
from casecore.api.description.document import openapi, operations_of
from casecore.api.description.examples import CUSTOMER, OTHER_CUSTOMER, OTHER_SELLER, SELLER, VENDOR
from casecore.api.problems import TooSlow
from casecore.app.cases import reference_of
from casecore.commands.bus import CommandBus
from casecore.identity.identity import Scope
from casecore.postgres.errors import DatabaseUnavailable
from projections.catalogue import VIEWS
from tests.projections.stored import fold_store

DOCUMENT = msgspec.json.decode(msgspec.json.encode(openapi("0.1.0")))
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
FIRST = {"cases": "open", "parties": "register", "licences": "activate"}
PARTIES = {
    VENDOR: "vendor",
    SELLER: "reseller",
    OTHER_SELLER: "reseller",
    CUSTOMER: "customer",
    OTHER_CUSTOMER: "customer",
}
"""Those that the examples are about."""
OF_THE_VENDOR = {"hand_back"}


class Asked(NamedTuple):
    """An operation of the description."""

    method: str
    path: str
    described: Any

    @property
    def part(self) -> str:
        return self.path.split("/")[2]

    @property
    def verb(self) -> str:
        return self.path.rpartition("/")[2] if self.path.count("/") > 3 else ""

    @property
    def is_first(self) -> bool:
        return self.verb in ("", FIRST.get(self.part))

    @property
    def example(self) -> Any:
        content = self.described.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example")


OPERATIONS = [Asked(method.upper(), path, found) for method, path, found in operations_of(DOCUMENT)]


def actions(part: str) -> dict[str, Asked]:
    return {asked.verb: asked for asked in OPERATIONS if asked.part == part and asked.method == "POST"}


class Caller:
    """Asks one installation, as people who may do it unless said otherwise; one thing of each kind is there."""

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
        return caller.send(asked, client=SlowClient(caller.door.api))


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


class Sent(NamedTuple):
    """An answer that did not come from a client."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


class SlowClient:
    """A caller whose body does not arrive."""

    def __init__(self, api: Any) -> None:
        self._api = api

    def request(self, method: str, path: str, *, headers: Mapping[str, str], **_: Any) -> Sent:
        return asyncio.run(self._request(method, path, headers))

    async def _request(self, method: str, path: str, headers: Mapping[str, str]) -> Sent:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        messages: list[Any] = []

        async def receive() -> Any:
            await asyncio.get_running_loop().create_future()

        async def send(message: Any) -> None:
            messages.append(message)

        with suppress(TooSlow):  # a server is told of it after the answer
            await self._api(scope, receive, send)
        start, *bodies = messages
        given = {name.decode(): value.decode() for name, value in start["headers"]}
        return Sent(start["status"], given, b"".join(one.get("body", b"") for one in bodies))


def faults(asked: Asked, status: str, answer: Any) -> list[str]:
    """How an answer differs from what is documented."""
    if answer.status_code != int(status):
        return [f"it is {answer.status_code} {answer.content[:300]!r}"]
    documented = followed(asked.described["responses"][status])
    found = []
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name, header in documented.get("headers", {}).items():
        schema = followed(header)
        if name.lower() in headers:
            found += invalid(schema["schema"], headers[name.lower()])
        elif schema.get("required"):
            found.append(f"the header {name} is not there")
    contents = documented.get("content", {})
    media_type = headers.get("content-type", "")
    if media_type not in contents and (contents or answer.content):
        return [*found, f"it is {media_type}"]
    if media_type == "application/json" or media_type.endswith("+json"):
        found += invalid(contents[media_type]["schema"], msgspec.json.decode(answer.content))
    return found


def followed(node: Any) -> Any:
    if "$ref" not in node:
        return node
    _, kind, name = node["$ref"].removeprefix("#/").split("/")
    return DOCUMENT["components"][kind][name]


def invalid(schema: Any, value: object) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_every_documented_answer_is_met(new_door, database):
    caller = Caller(
        new_door(CASECORE_VENDOR=VENDOR), new_door(CASECORE_VENDOR=VENDOR, needs_if_match=True), database
    )
    differing = {
        f"{asked.method} {asked.path} {status}": found
        for asked in OPERATIONS
        for status in asked.described["responses"]
        if (found := faults(asked, status, WAYS[HTTPStatus(int(status))](caller, asked)))
    }
    assert differing == {}
