"""Problems (RFC 9457): what went wrong with a request, with the HTTP status that follows from its kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from casecore.app.failures import UNAVAILABLE, error_kind, expected_error, is_of_installation
from casecore.decider.refusal import CommandMalformed, FieldRefusal, VersionDiffers
from casecore.errors.kinds import CasecoreError, InvalidInput, Kind, details_of

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
# The command in which an action is `do` is made by this door.
_AT = re.compile(r"at `\$\.?(?:do\.|do(?=`))?([^`]*)`\Z")
_UNKNOWN = re.compile(r"Object contains unknown field `[^`]*`")
_MEMBER = re.compile(r"(?:unknown|required) field `([^`]*)`")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong.

    `type` is a page of the documentation, `code` the same for programs. `field` is the member of the body
    that is at fault, if one is, or `occurred_at`; `details` are the values that `detail` names, such as what
    would be legal.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str = ""
    details: Mapping[str, str | tuple[str, ...]] = msgspec.field(default_factory=dict)


class InvalidRequest(InvalidInput):
    """A request is not as it must be; the message says where, and what would be right."""

    def __init__(self, message: str, member: str = "") -> None:
        """`member` is the member of the body, or the parameter, that is at fault, if it is one."""
        super().__init__(message)
        self._member = member

    @property
    def at_fault(self) -> str:
        """What is at fault; empty if it is no single member or parameter."""
        return self._member


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


class UnsupportedMediaType(CasecoreError):
    """A body is of a type that is not read here."""

    kind = Kind.INVALID_INPUT


class TooManyRequests(CasecoreError):
    """An identity, or an address that shows none, makes more requests than it may."""

    kind = Kind.UNAVAILABLE

    def __init__(self, retry_after_seconds: int, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        """`headers` say in HTTP what the limit is, and when to try again."""
        super().__init__(f"there are too many requests: try again in {retry_after_seconds} seconds")
        self.retry_after_seconds = retry_after_seconds
        self._headers = headers

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What the answer says beside the problem."""
        return self._headers


class ServerBusy(CasecoreError):
    """The server has as many requests, or connections, as it takes at a time."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("the server is busy with as many requests as it takes at a time: try again later")


class AnswerTooLate(CasecoreError):
    """A part of the installation did not answer in time."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(UNAVAILABLE)


class ServerEnds(CasecoreError):
    """The server ends before it has answered."""

    kind = Kind.INTERRUPTED

    def __init__(self) -> None:
        super().__init__("the server ends: send it again, a command with the same Idempotency-Key or id")


_STATUS_BY_TYPE: Mapping[type[CasecoreError], HTTPStatus] = {
    VersionDiffers: HTTPStatus.PRECONDITION_FAILED,
    PreconditionNeeded: HTTPStatus.PRECONDITION_REQUIRED,
    BodyTooLong: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
}
"""Where HTTP has a status of its own for it."""


def kind_of(error: Exception) -> Kind:
    """The kind of an error for a caller: a file of the server that cannot be read is not their input."""
    kind = error_kind(error)
    return Kind.UNAVAILABLE if is_of_installation(error) and kind is not Kind.DEFECT else kind


def status_of(error: Exception) -> HTTPStatus:
    """The HTTP status of an error."""
    special = _STATUS_BY_TYPE.get(type(error))  # type: ignore[arg-type]
    return special or STATUS_BY_KIND[kind_of(error)]


def status_of_type(error: type[CasecoreError]) -> HTTPStatus:
    """The HTTP status of all errors of a type."""
    return _STATUS_BY_TYPE.get(error) or STATUS_BY_KIND[error.kind]


def problem_of(error: Exception) -> Problem:
    """An error as a problem; of a defect, and of the servers and files behind this door, it says no more
    than that: their words name addresses, logins and paths."""
    kind, status = kind_of(error), status_of(error)
    expected, hides = expected_error(error), is_of_installation(error)
    code = expected.code if expected is not None else kind.value
    says = str(error)
    if hides:
        says = UNAVAILABLE if kind is Kind.UNAVAILABLE else "The program has a fault."
    return msgspec.structs.replace(
        plain_problem(code, status, says),
        field=_field_of(error),
        details={} if expected is None or hides else details_of(expected),
    )


def plain_problem(code: str, status: HTTPStatus, detail: str) -> Problem:
    """A problem that names no field and has no details."""
    return Problem(
        type=f"/docs/problems#{code}", title=status.phrase, status=status.value, detail=detail, code=code
    )


def member_at_fault(message: str) -> str:
    """The member that a message of msgspec is about, such as `readers[0]`; empty if it is none."""
    at = _AT.search(message)
    member = _MEMBER.search(message)
    place = [at[1] if at else "", member[1] if member else ""]
    return ".".join(filter(None, place))


def what_is_wrong(wrong: Exception, form: object, given: Collection[str] = ()) -> str:
    """What msgspec says of a value that was to be of this form; of an unknown name also which are known.

    `given` are those that the caller gives by other means.
    """
    message = str(wrong)
    if not _UNKNOWN.fullmatch(message) or not (isinstance(form, type) and issubclass(form, msgspec.Struct)):
        return message
    known = sorted({field.encode_name for field in msgspec.structs.fields(form)}.difference(given))
    return f"{message}; known are: {', '.join(known)}" if known else f"{message}; none is known here"


def _field_of(error: Exception) -> str:
    match error:
        case FieldRefusal() | InvalidRequest():
            return error.at_fault
        case CommandMalformed(reason):
            return member_at_fault(reason)
        case _:
            return ""


def answer_with(problem: Problem) -> Response:
    """The response for a problem."""
    headers: dict[str, Any] = {"Cache-Control": "no-store"}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return Response(_encode(problem), problem.status, headers, PROBLEM)
