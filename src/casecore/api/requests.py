"""Reads requests: bounded bodies that arrive in time, and the headers that commands and answers know."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec
from starlette.requests import ClientDisconnect, Request

from casecore.api.problems import BodyTooLong, InvalidRequest, TooSlow
from casecore.commands.admission import MAX_COMMAND_BYTES

BODY_SECONDS = 20
"""How long a request's body may take to arrive."""
LONGEST_WAIT_SECONDS = 10

_WAIT = re.compile(r"wait=(\d{1,3})", re.ASCII)
_VERSION = re.compile(r'"(\d{1,15})"', re.ASCII)

BodyT = TypeVar("BodyT")


class Given(NamedTuple):
    """How a command is given over HTTP, beside who gives it and what it is.

    `command_id` is the Idempotency-Key, `expected_version` the version in If-Match (None: any),
    `wait_seconds` what Prefer asks for (None: nothing is said of the views).
    """

    command_id: UUID
    occurred_at: datetime | None
    expected_version: int | None
    wait_seconds: int | None


async def read_body(request: Request, most_bytes: int = MAX_COMMAND_BYTES) -> bytes:
    """The body; raises InvalidRequest, BodyTooLong and TooSlow."""
    check_encoding(request)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > most_bytes:
                    raise BodyTooLong(f"the body has more than {most_bytes:,} bytes: send less at once")
    except TimeoutError:
        raise TooSlow(f"the body did not arrive within {BODY_SECONDS} seconds: send it again") from None
    except ClientDisconnect:
        raise InvalidRequest("the connection ended before the body did") from None
    return bytes(body)


def check_encoding(request: Request) -> None:
    """Refuse a compressed body: how long it is shows only when it is unpacked."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise InvalidRequest(f"the body is encoded as {encoding[:50]!r}: send it as it is")


def decode(decoder: msgspec.json.Decoder[BodyT], body: bytes) -> BodyT:
    """A JSON body, `{}` if it is empty; raises InvalidRequest, which says where it is wrong."""
    try:
        return decoder.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as wrong:
        raise InvalidRequest(f"the body cannot be read: {wrong}") from None
    except RecursionError:
        raise InvalidRequest("the body cannot be read: it is nested too deep") from None


def read_given(request: Request) -> Given:
    """How the request gives its command; raises InvalidRequest."""
    return Given(
        command_id=_idempotency_key(request),
        occurred_at=_occurred_at(request),
        expected_version=_if_match(request),
        wait_seconds=read_wait(request),
    )


def _idempotency_key(request: Request) -> UUID:
    given = request.headers.get("idempotency-key", "").strip()
    try:
        return UUID(given.strip('"'))
    except ValueError:
        raise InvalidRequest(
            "the command has no Idempotency-Key that is a UUID: send one of your own making, and the same "
            "one when you send the command again"
        ) from None


def _occurred_at(request: Request) -> datetime | None:
    given = request.query_params.get("occurred_at")
    if given is None:
        return None
    try:
        found = msgspec.convert(given, datetime)
    except msgspec.ValidationError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidRequest(f"occurred_at is {given[:50]!r}: give an instant such as 2026-03-02T09:30:00Z")
    return found


def _if_match(request: Request) -> int | None:
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        raise InvalidRequest(f'If-Match is {given[:50]!r}: send an ETag as it was answered, such as "3"')
    return int(found[1])


def read_wait(request: Request, longest_seconds: int = LONGEST_WAIT_SECONDS) -> int | None:
    """How many seconds the caller prefers to wait, for the views unless it is said for what (RFC 7240), but
    not longer than the server does; None if it says nothing."""
    for preference in request.headers.get("prefer", "").replace(";", ",").split(","):
        if found := _WAIT.fullmatch(preference.strip().lower()):
            return min(int(found[1]), longest_seconds)
    return None
