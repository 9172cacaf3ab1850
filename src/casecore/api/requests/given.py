"""How a command is given over HTTP, and how long an answer may wait: read from headers and the query."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from starlette.requests import Request

from casecore.api.requests.preconditions import read_if_match
from casecore.commands.finding_ids import may_be_of_finding
from casecore.commands.precondition import Precondition
from casecore.http.problems import InvalidRequest
from casecore.http.requests.header_values import header_values

LONGEST_WAIT_SECONDS = 10

_WAIT = re.compile(r'wait[ \t]*=[ \t]*("?)(\d{1,9})\1', re.ASCII)
_ALL_OF_A_COMMAND = frozenset({"occurred_at"})

_KEY = re.compile(
    r'("?)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})\1',
    re.ASCII | re.IGNORECASE,
)


class Given(NamedTuple):
    """How a command is given over HTTP, beside who gives it and what it is.

    `command_id` is the Idempotency-Key, `precondition` what If-Match asks for, `wait_seconds` what Prefer
    asks for (None: nothing is said of the views).
    """

    command_id: UUID
    occurred_at: datetime | None
    precondition: Precondition | None
    wait_seconds: int | None


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
