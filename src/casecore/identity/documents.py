"""Documents of an issuer, over HTTP: JSON objects, bounded in length and in time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2 as httpx
import msgspec

from casecore.identity.errors import InvalidIssuerFile

_MOST_BYTES = 256 * 1024
_LIMIT_SECONDS = 5.0
"""For each document of the issuer: until it begins, between its parts, and for all of them."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class IssuerAnswer(NamedTuple):
    """What the issuer answered: an HTTP status, and a JSON object."""

    status: int
    document: Mapping[str, Any]


def check_address(address: str, where: str) -> None:
    """Raise InvalidIssuerFile unless nobody can read along what is sent to an address."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise InvalidIssuerFile(f"{where} is {address[:200]!r}: give an address that begins with https://")


def get_json(address: str) -> Mapping[str, Any]:
    """A JSON object, not longer than it may be; no redirect is followed. Raises HTTPError and ValueError."""
    answer = _ask("GET", address, {}, None)
    if answer.status_code != httpx.codes.OK:
        raise ValueError(f"{address} answered {answer.status_code}")
    return _object(answer.content)


def post_form(address: str, form: Mapping[str, str], client: tuple[str, str] | None) -> IssuerAnswer:
    """Send a form, as a client with its secret unless None; raises HTTPError and ValueError."""
    answer = _ask("POST", address, form, client)
    return IssuerAnswer(answer.status_code, _object(answer.content))


def _ask(
    method: str, address: str, form: Mapping[str, str], client: tuple[str, str] | None
) -> httpx.Response:
    """The whole answer of an issuer."""
    give_up_at = time.monotonic() + _LIMIT_SECONDS
    auth = httpx.BasicAuth(*client) if client is not None else None
    with (
        httpx.Client(timeout=_LIMIT_SECONDS, follow_redirects=False) as session,
        session.stream(method, address, data=dict(form) or None, auth=auth) as answer,
    ):
        text = b""
        for part in answer.iter_bytes():
            text += part
            if len(text) > _MOST_BYTES:
                raise ValueError(f"{address} answers more than {_MOST_BYTES} bytes")
            if time.monotonic() > give_up_at:
                raise ValueError(f"{address} takes more than {_LIMIT_SECONDS:g} seconds")
        return httpx.Response(answer.status_code, content=text)


def _object(text: bytes) -> Mapping[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])
