"""What operations share: parameters, headers, how callers show who they are, and the parts of the API."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from casecore.contract.json_schema import Json

_TEXT: Json = {"type": "string"}
_ETAG_FORM = r'^"[^"]+"$'

REQUEST_HEADERS: Mapping[str, Json] = MappingProxyType(
    {
        "Idempotency-Key": {
            "description": "The command's id, which the caller makes; bare, or in double quotes. Send "
            "the same one when the command is sent again: it is answered again and stored once.",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
            "example": "0b7d3f5e-52f5-4b7e-9d0b-2a5a7d1c9e44",
        },
        "If-Match": {
            "description": "The ETag of what the command is decided on: it is given only at that version. "
            "An installation may demand it of every command on what exists.",
            "schema": {"type": "string", "pattern": r'^("[0-9]{1,15}"|\*)$'},
            "example": '"3"',
        },
        "Prefer": {
            "description": "`wait=N` waits up to N seconds, at most 10, until the views hold what is stored.",
            "schema": _TEXT,
            "example": "wait=2",
        },
        "If-None-Match": {
            "description": "The ETag of the answer that the caller has: it is not sent again.",
            "schema": _TEXT,
            "example": '"3"',
        },
        "Last-Event-ID": {
            "description": "The id of the last event that was received, as a browser sends it by itself.",
            "schema": _TEXT,
        },
    }
)
ANSWER_HEADERS: Mapping[str, Json] = MappingProxyType(
    {
        "ETag": {
            "description": "The version of what was answered.",
            "required": True,
            "schema": {"type": "string", "pattern": _ETAG_FORM},
        },
        "Location": {
            "description": "Where the new thing can be read.",
            "required": True,
            "schema": {"type": "string", "format": "uri-reference"},
        },
        "Idempotency-Replayed": {
            "description": "`true` if the command was stored before, and is answered again.",
            "schema": {"const": "true"},
        },
        "Link": {
            "description": 'The next page, as rel="next"; absent on the last one.',
            "schema": _TEXT,
        },
        "Retry-After": {
            "description": "After how many seconds to try again.",
            "required": True,
            "schema": {"type": "string", "pattern": "^[0-9]+$"},
        },
        "WWW-Authenticate": {
            "description": "How to show who one is.",
            "required": True,
            "schema": _TEXT,
        },
    }
)
HEADERS_OF_PROBLEMS: Mapping[HTTPStatus, tuple[str, ...]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
        HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
        HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
    }
)
PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "case": "The case's reference.",
        "party": "The party's id.",
        "package": "The licence package's id.",
        "occurred_at": "When it happened, if that was earlier; with an offset.",
        "limit": "How many are answered at most.",
        "cursor": "Where the list goes on: `next` of the page before. It is opaque.",
        "customer": "Of this customer.",
        "seller": "Of this seller.",
        "organisation": "That this organisation has now.",
        "agent": "That this agent has now.",
        "state": "In this state.",
        "level": "At this level.",
        "ended": "Those that have ended, too.",
    }
)
"""What a parameter means, where its type does not say it."""

SECURITY_SCHEMES: Json = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "casecore_ID_SECRET",
        "description": "A key of the installation, made by `casecore identity add ROLE:ORGANISATION:PERSON`.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token (RFC 9068) of the issuer that the installation trusts.",
    },
}
TAGS: Mapping[str, str] = MappingProxyType(
    {
        "cases": "Support cases: commands on them, and how they are.",
        "parties": "Who buys, sells and supports.",
        "licences": "Licence packages: who has which, sold by whom, until when.",
        "openapi": "The API itself.",
    }
)
"""What a part of the API is about; a part is what the first word of a path names."""

MEANINGS: Mapping[HTTPStatus, str] = MappingProxyType(
    {
        HTTPStatus.BAD_REQUEST: "The request cannot be read; nothing was changed.",
        HTTPStatus.UNAUTHORIZED: "The caller has not shown who they are.",
        HTTPStatus.FORBIDDEN: "The caller may not do it.",
        HTTPStatus.NOT_FOUND: "It is not there, or the caller may not see it: both are answered alike.",
        HTTPStatus.METHOD_NOT_ALLOWED: "The path is there, the method is not.",
        HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time.",
        HTTPStatus.CONFLICT: "Something else happened before: look again, then decide.",
        HTTPStatus.PRECONDITION_FAILED: "It is at another version than If-Match says.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a type that is not read here.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "A rule of the business forbids it; nothing was changed.",
        HTTPStatus.PRECONDITION_REQUIRED: "The installation demands If-Match.",
        HTTPStatus.TOO_MANY_REQUESTS: "The identity has made too many requests.",
        HTTPStatus.INTERNAL_SERVER_ERROR: "The program has a fault.",
        HTTPStatus.SERVICE_UNAVAILABLE: "A server is unavailable; the same may succeed later.",
    }
)
