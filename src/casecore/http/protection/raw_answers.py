"""Answers to what never became a request of the application, as bytes."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from casecore.http.problems import PROBLEM, RETRY_AFTER_SECONDS, Problem
from casecore.http.protection.request_heads import RefusedRequest
from casecore.http.protection.security_headers import security_headers


def raw_problem(refused: RefusedRequest, *, secure: bool) -> bytes:
    """A whole response, after which the connection is closed; `secure` is whether it goes over TLS."""
    status = refused.status
    body = msgspec.json.encode(
        Problem(
            type=f"/docs/problems#{refused.code}",
            title=status.phrase,
            status=status.value,
            detail=refused.detail,
            code=refused.code,
        )
    )
    headers = [
        (b"content-type", PROBLEM.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    headers += security_headers(headers, secure=secure)
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status.value, status.phrase.encode(), lines, body)
