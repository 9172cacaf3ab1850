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
            "description": "The command's id, which the caller makes; bare, or in double quotes, and of "
            "any version but 5, of which the installation makes its own. Send the same one when the command "
            "is sent again: it is answered again and stored once.",
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
            "description": "`wait=N` waits up to N seconds, at most 10, until the views hold what is stored; "
            "for events at most 30, until there is one.",
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
        "Preference-Applied": {
            "description": "What of `Prefer` was done, such as `wait=2`.",
            "schema": _TEXT,
        },
        "Content-Disposition": {
            "description": "The name under which the file is kept.",
            "required": True,
            "schema": _TEXT,
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
        "account": "Of this account of the ledger.",
        "after": "Where it goes on: the cursor of the page before, or `now`.",
        "agent": "That this agent has now.",
        "as_of_position": "As it was up to this position in the log, which an earlier answer names.",
        "billed": "Whether a document bills them.",
        "buyer": "Of this buyer.",
        "calendar": "The calendar's id.",
        "case": "The case's reference.",
        "category": "Of this category.",
        "clock": "Of this clock.",
        "clocks": "How many of the clocks behind the figures are answered, too.",
        "cursor": "Where the list goes on: `next` of the page before. It is opaque.",
        "customer": "Of this customer.",
        "day": "In the row of this day.",
        "document": "That this document bills.",
        "ended": "Those that have ended, too.",
        "figure": "A document's number, a package's reference, or SELLER/YEAR of a settlement.",
        "key": "The key of a parked record, as the list of the quarantine has it.",
        "holder": "In the row of this holder.",
        "hour": "In the row of this hour, from 0 to 23.",
        "kind": "Of this kind.",
        "latest": "How many of its latest events.",
        "level": "At this level.",
        "limit": "How many are answered at most.",
        "month": "In the row of this month, by its first day.",
        "number": "Its number.",
        "occurred_at": "When it happened, if that was earlier; with an offset.",
        "operation": "The operation's id, which is the Idempotency-Key with which it began.",
        "organisation": "Of this organisation.",
        "overdue": "Those that are overdue only, or those that are not.",
        "owed_by": "That this party owes.",
        "package": "The licence package's id.",
        "partner": "Of this support partner.",
        "party": "The party's id.",
        "place": "In the row of the age with this place, from 1.",
        "policy": "The policy's id.",
        "priority": "Of this priority.",
        "reversed": "Those that were taken back, too.",
        "role": "In this role.",
        "seller": "Of this seller.",
        "service": "For this service.",
        "since": "From then on; it is included.",
        "since_position": "With what has changed since this position in the log.",
        "sort": "In which order.",
        "state": "In this state.",
        "topic": "On this topic.",
        "types": "Of these types: names without version, with commas between them.",
        "until": "Up to then; it is included.",
        "version": "Of this version; absent: of the last one.",
        "view": "Of this view.",
        "waiting": "Those that wait for the customer, or those that do not.",
        "what_if": "The what-if's id, which its beginning answered.",
        "weekday": "In the row of this weekday, from 1 for Monday to 7.",
        "within_seconds": "Those that fall due within so many seconds.",
        "year": "Of this year.",
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
        "billing": "Charges, the ledger, settlements and documents, and the runs that make them.",
        "buyers": "Who is billed, and how buyers on hold are to be billed.",
        "calendars": "In which hours promises are measured.",
        "cases": "Support cases: commands on them, and how they are.",
        "commands": "Many commands at once.",
        "events": "What was published, for services without Kafka.",
        "fees": "What sellers and partners charge on their own account.",
        "installation": "How the installation runs, and its quarantine: for operators of the vendor.",
        "licences": "Licence packages: who has which, sold by whom, until when.",
        "openapi": "The API itself.",
        "operations": "What became of what takes longer than a request.",
        "parties": "Who buys, sells and supports.",
        "policies": "What organisations promise.",
        "service-levels": "What falls due, what was met and missed, and what would be under another policy.",
        "workload": "What is open, where, with whom, and how old.",
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
        HTTPStatus.REQUEST_URI_TOO_LONG: "The target is too long.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a type that is not read here.",
        HTTPStatus.EXPECTATION_FAILED: "What the header Expect asks for is not done.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "A rule of the business forbids it; nothing was changed.",
        HTTPStatus.PRECONDITION_REQUIRED: "The installation demands If-Match.",
        HTTPStatus.TOO_MANY_REQUESTS: "The identity, or the address, has made too many requests.",
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too long, or too many.",
        HTTPStatus.INTERNAL_SERVER_ERROR: "The program has a fault.",
        HTTPStatus.NOT_IMPLEMENTED: "This server does not do that.",
        HTTPStatus.SERVICE_UNAVAILABLE: "A server is unavailable or busy; the same may succeed later.",
        HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "This server speaks HTTP/1.1.",
    }
)
