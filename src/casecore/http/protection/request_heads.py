"""What is wrong with the head of a request that the parser lets through.

The parser (llhttp, strict) refuses two Content-Length, one beside Transfer-Encoding, bare line feeds,
folded headers and control characters. What it leaves open is here: where two programs could read one request
differently, it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

MOST_HEAD_BYTES = 64 * 1024
MOST_TARGET_BYTES = 8 * 1024
MOST_HEADERS = 100

_VERSIONS = frozenset({"1.0", "1.1"})
_FRAMES = frozenset({b"transfer-encoding", b"content-length", b"expect"})
_TUNNEL = "CONNECT"
_ONCE_ONLY = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"host",
        b"idempotency-key",
        b"if-match",
        b"last-event-id",
        b"traceparent",
        b"transfer-encoding",
    }
)
"""Of two, a proxy could believe the one and this server the other."""


class RefusedRequest(NamedTuple):
    """The answer to what HTTP itself has an answer to: nothing beyond the connection sees such a request."""

    status: HTTPStatus
    code: str
    detail: str


MALFORMED = RefusedRequest(
    HTTPStatus.BAD_REQUEST,
    "malformed_request",
    "this is not a request of HTTP/1.1: send one as RFC 9112 has it",
)
TOO_LARGE = RefusedRequest(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "head_too_long",
    f"the headers have more than {MOST_HEAD_BYTES:,} bytes, or there are more than {MOST_HEADERS}: send less",
)
BADLY_CHUNKED = RefusedRequest(
    HTTPStatus.BAD_REQUEST, "badly_chunked", "the body has more framing than content: send larger chunks"
)
TOO_SLOW = RefusedRequest(
    HTTPStatus.REQUEST_TIMEOUT, "too_slow", "the request did not arrive in time: send it again"
)
TOO_MANY_CONNECTIONS = RefusedRequest(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "server_busy",
    "the server has as many connections as it takes at a time: try again later",
)
TOO_MANY_AHEAD = RefusedRequest(
    HTTPStatus.BAD_REQUEST,
    "too_many_ahead",
    "too many requests were sent before the first was answered: wait for answers",
)
_LONG_TARGET = RefusedRequest(
    HTTPStatus.REQUEST_URI_TOO_LONG,
    "target_too_long",
    f"the target has more than {MOST_TARGET_BYTES:,} bytes: send a shorter one",
)
_OTHER_TARGET = RefusedRequest(
    HTTPStatus.BAD_REQUEST,
    "malformed_target",
    "the target is not a path, or has a fragment or a user: send the path alone",
)
_OTHER_VERSION = RefusedRequest(
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "other_version", "this server speaks HTTP/1.1: send that"
)
_NO_TUNNEL = RefusedRequest(
    HTTPStatus.NOT_IMPLEMENTED, "no_tunnel", "this server is not a proxy: send a request of its own API"
)
_NO_UPGRADE = RefusedRequest(
    HTTPStatus.BAD_REQUEST,
    "no_upgrade",
    "a request with a body cannot ask for another protocol: send it without Upgrade, as HTTP/1.1",
)
_ONE_HOST = RefusedRequest(HTTPStatus.BAD_REQUEST, "one_host", "a request has one header Host: send one")
_CODING = RefusedRequest(
    HTTPStatus.NOT_IMPLEMENTED,
    "transfer_coding",
    "the one transfer coding is chunked, of HTTP/1.1: send that, or Content-Length",
)
_EXPECTATION = RefusedRequest(
    HTTPStatus.EXPECTATION_FAILED,
    "expectation",
    "the one expectation is 100-continue: send that, or no Expect",
)

REFUSED_REQUESTS = (
    MALFORMED,
    TOO_LARGE,
    BADLY_CHUNKED,
    TOO_SLOW,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_AHEAD,
    _LONG_TARGET,
    _OTHER_TARGET,
    _OTHER_VERSION,
    _NO_TUNNEL,
    _NO_UPGRADE,
    _ONE_HOST,
    _CODING,
    _EXPECTATION,
)
"""All of them, for the list of problems."""


def fault_of_head(
    method: str, version: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], *, upgrades: bool
) -> RefusedRequest | None:
    """Why this server does not take a request with this head; None if it does.

    `upgrades` is whether it asks for another protocol: the parser then takes no body, so that one which is
    sent would be lost, or read as another request.
    """
    if version not in _VERSIONS:
        return _OTHER_VERSION
    if method == _TUNNEL:
        return _NO_TUNNEL
    if fault := _fault_of_target(method, target):
        return fault
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name in _FRAMES and (fault := _fault_of_framing(name, value, version, upgrades=upgrades)):
            return fault
    return _ONE_HOST if hosts > 1 or (hosts == 0 and version == "1.1") else None


def _fault_of_framing(name: bytes, value: bytes, version: str, *, upgrades: bool) -> RefusedRequest | None:
    match name:
        case b"transfer-encoding" if version == "1.0" or value.lower() != b"chunked":
            return _CODING
        case b"expect" if value.lower() != b"100-continue":
            return _EXPECTATION
        case b"transfer-encoding" | b"content-length" if upgrades and value != b"0":
            return _NO_UPGRADE
    return None


def _fault_of_target(method: str, target: bytes) -> RefusedRequest | None:
    if len(target) > MOST_TARGET_BYTES:
        return _LONG_TARGET
    if b"#" in target:
        return _OTHER_TARGET
    if target.startswith(b"/") or (target == b"*" and method == "OPTIONS"):
        return None
    # A proxy's form, with the address of a server; a user in it is as old as it is deceptive.
    return None if target.startswith((b"http://", b"https://")) and b"@" not in target else _OTHER_TARGET


def is_utf8(query: bytes) -> bool:
    """Whether what is percent-encoded is text: else each reads something else in its place."""
    if b"%" not in query:
        return True
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return False
    return True


class OnceOnly:
    """The headers that may be there once; `twice` is one that is there more often, None if none is."""

    def __init__(self, scope: Scope) -> None:
        self._values: dict[bytes, bytes] = {}
        self.twice: bytes | None = None
        for name, value in scope["headers"]:
            if name in _ONCE_ONLY:
                if name in self._values:
                    self.twice = name
                self._values[name] = value

    def get(self, name: bytes) -> bytes | None:
        """The value of a header that may be there once."""
        return self._values.get(name)
