"""Reads requests: bounded bodies that arrive in time, and the headers that commands and answers know."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec
from starlette.requests import Request

from casecore.api.preconditions import read_if_match
from casecore.api.problems import BodyTooLong, InvalidRequest, member_at_fault
from casecore.api.protection.header_values import header_values
from casecore.api.protection.json_members import member_given_twice
from casecore.commands.admission import MAX_COMMAND_BYTES
from casecore.commands.finding_ids import may_be_of_finding
from casecore.commands.precondition import Precondition

BODY_SECONDS = 20
"""How long a line of a body may take to arrive; a body as a whole has the connection's deadline."""
LONGEST_WAIT_SECONDS = 10

_WAIT = re.compile(r'wait[ \t]*=[ \t]*("?)(\d{1,9})\1', re.ASCII)
_ALL_OF_A_COMMAND = frozenset({"occurred_at"})

_KEY = re.compile(
    r'("?)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})\1',
    re.ASCII | re.IGNORECASE,
)

BodyT = TypeVar("BodyT")


class Given(NamedTuple):
    """How a command is given over HTTP, beside who gives it and what it is.

    `command_id` is the Idempotency-Key, `precondition` what If-Match asks for, `wait_seconds` what Prefer
    asks for (None: nothing is said of the views).
    """

    command_id: UUID
    occurred_at: datetime | None
    precondition: Precondition | None
    wait_seconds: int | None


async def read_body(request: Request, most_bytes: int = MAX_COMMAND_BYTES) -> bytes:
    """The body, for which the connection has a deadline; raises InvalidRequest and BodyTooLong."""
    check_encoding(request)
    # One that says how long it is need not be sent first.
    announced = header_values(request, b"content-length")
    if announced and announced[0].isdecimal() and int(announced[0]) > most_bytes:
        raise _too_long(most_bytes)
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("the connection ended before the body did")
        body += message.get("body", b"")
        if len(body) > most_bytes:
            raise _too_long(most_bytes)
        if not message.get("more_body", False):
            return bytes(body)


def _too_long(most_bytes: int) -> BodyTooLong:
    return BodyTooLong(f"the body has more than {most_bytes:,} bytes: send less at once")


def check_encoding(request: Request) -> None:
    """Refuse a compressed body: how long it is shows only when it is unpacked."""
    for encoding in header_values(request, b"content-encoding"):
        if encoding.lower() != "identity":
            raise InvalidRequest(f"the body is encoded as {encoding[:50]!r}: send it as it is")


def decode(decoder: msgspec.json.Decoder[BodyT], body: bytes) -> BodyT:
    """A JSON body, `{}` if it is empty; raises InvalidRequest, which says where it is wrong."""
    try:
        found = decoder.decode(body or b"{}")
        twice = member_given_twice(body or b"{}")
    except (msgspec.DecodeError, ValueError) as wrong:
        raise InvalidRequest(f"the body cannot be read: {wrong}", member_at_fault(str(wrong))) from None
    except RecursionError:
        raise InvalidRequest("the body cannot be read: it is nested too deep") from None
    if twice is not None:
        raise _given_twice(twice)
    return found


def check_members(body: bytes) -> None:
    """Raise InvalidRequest for JSON in which an object has a member twice.

    What is not JSON passes: who reads it says what is wrong.
    """
    try:
        twice = member_given_twice(body)
    except (ValueError, RecursionError):
        return
    if twice is not None:
        raise _given_twice(twice)


def _given_twice(member: str) -> InvalidRequest:
    return InvalidRequest(f"the JSON has {member[:50]!r} twice in one object: give it once")


def read_given(request: Request) -> Given:
    """How the request gives its command; raises InvalidRequest."""
    for name in request.query_params if request.scope["query_string"] else ():
        if name not in _ALL_OF_A_COMMAND:
            raise InvalidRequest(f"a command has no parameter {name[:50]!r}: what it says is in its body")
    return Given(
        command_id=_idempotency_key(request),
        occurred_at=_occurred_at(request),
        precondition=_if_match(request),
        wait_seconds=read_wait(request),
    )


def _idempotency_key(request: Request) -> UUID:
    given = header_values(request, b"idempotency-key")
    found = _KEY.fullmatch(given[0].strip()) if len(given) == 1 else None
    if found is None:
        raise InvalidRequest(
            "the command has no Idempotency-Key that is a UUID: send one of your own making, and the same "
            "one when you send the command again"
        )
    key = UUID(found[2])
    if may_be_of_finding(key):
        raise InvalidRequest(
            "the Idempotency-Key is a UUID of version 5, of which the installation's own runs make theirs: "
            "send a random one (version 4), or one that begins with the time (version 7)"
        )
    return key


def _occurred_at(request: Request) -> datetime | None:
    if not request.scope["query_string"]:
        return None
    several = request.query_params.getlist("occurred_at")
    if not several:
        return None
    given = several[0] if len(several) == 1 else ""
    try:
        found = msgspec.convert(given, datetime)
    except msgspec.ValidationError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidRequest(
            f"occurred_at is {given[:50]!r}: give one instant such as 2026-03-02T09:30:00Z; a + of its "
            "offset is written as %2B in a URL",
            "occurred_at",
        )
    return found


def _if_match(request: Request) -> Precondition | None:
    given = header_values(request, b"if-match")
    return read_if_match(", ".join(given)) if given else None


def read_wait(request: Request, longest_seconds: int = LONGEST_WAIT_SECONDS) -> int | None:
    """How many seconds the caller prefers to wait, for the views unless it is said for what (RFC 7240), but
    not longer than the server does; None if it says nothing."""
    for preference in ",".join(header_values(request, b"prefer")).split(","):
        named = preference.partition(";")[0]
        if found := _WAIT.fullmatch(named.strip().lower()):
            return min(int(found[2]), longest_seconds)
    return None
