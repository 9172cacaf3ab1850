"""Problems (RFC 9457): what went wrong with a request, with the HTTP status that follows from its kind."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from casecore.app.failures import error_kind, expected_error
from casecore.decider.refusal import FieldRefusal, VersionDiffers
from casecore.errors.kinds import CasecoreError, InvalidInput, Kind

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = 5
"""After which a caller tries again what was unavailable."""

STATUS_BY_KIND: Mapping[Kind, HTTPStatus] = {
    Kind.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.INVALID_INPUT: HTTPStatus.BAD_REQUEST,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.DIFFERENCE: HTTPStatus.INTERNAL_SERVER_ERROR,
    Kind.INTERRUPTED: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.DEFECT: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_encode = msgspec.json.Encoder().encode


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong.

    `type` is a page of the documentation, `code` the same for programs. `field` is the member of the body
    that is at fault, if one is; `details` are the values that `detail` names.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str = ""
    details: Mapping[str, str] = msgspec.field(default_factory=dict)


class InvalidRequest(InvalidInput):
    """A request is not as it must be; the message says where, and what would be right."""


class PreconditionNeeded(CasecoreError):
    """The installation asks that commands on what exists say at which version they were decided."""

    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("send If-Match with the ETag that you have seen")


class BodyTooLong(CasecoreError):
    """A body is longer than it may be."""

    kind = Kind.INVALID_INPUT


class TooSlow(CasecoreError):
    """A request did not arrive in time."""

    kind = Kind.INVALID_INPUT


_STATUS_BY_TYPE: Mapping[type[CasecoreError], HTTPStatus] = {
    VersionDiffers: HTTPStatus.PRECONDITION_FAILED,
    PreconditionNeeded: HTTPStatus.PRECONDITION_REQUIRED,
    BodyTooLong: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
}
"""Where HTTP has a status of its own for it."""


def status_of(error: Exception) -> HTTPStatus:
    """The HTTP status of an error."""
    special = _STATUS_BY_TYPE.get(type(error))  # type: ignore[arg-type]
    return special or STATUS_BY_KIND[error_kind(error)]


def status_of_type(error: type[CasecoreError]) -> HTTPStatus:
    """The HTTP status of all errors of a type."""
    return _STATUS_BY_TYPE.get(error) or STATUS_BY_KIND[error.kind]


def problem_of(error: Exception) -> Problem:
    """An error as a problem; of a defect it says nothing but that it is one."""
    status = status_of(error)
    expected = expected_error(error)
    code = expected.code if expected is not None else error_kind(error).value
    says = str(expected or error) if error_kind(error) is not Kind.DEFECT else "The program has a fault."
    return Problem(
        type=f"/docs/problems#{code}",
        title=status.phrase,
        status=status.value,
        detail=says,
        code=code,
        field=error.at_fault if isinstance(error, FieldRefusal) else "",
        details=expected.details if expected is not None else {},
    )


def answer_with(problem: Problem) -> Response:
    """The response for a problem."""
    headers: dict[str, Any] = {"Cache-Control": "no-store"}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return Response(_encode(problem), problem.status, headers, PROBLEM)
