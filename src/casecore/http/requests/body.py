"""Reads bodies of requests: bounded, and as JSON that says each thing once."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import Request

from casecore.commands.admission import MAX_COMMAND_BYTES
from casecore.http.problems import BodyTooLong, InvalidRequest, member_at_fault, what_is_wrong
from casecore.http.requests.header_values import header_values
from casecore.http.requests.json_members import member_given_twice

BODY_SECONDS = 20
"""How long a line of a body may take to arrive; a body as a whole has the connection's deadline."""

BodyT = TypeVar("BodyT")


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
        message = what_is_wrong(wrong, decoder.type)
        raise InvalidRequest(f"the body cannot be read: {message}", member_at_fault(str(wrong))) from None
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
