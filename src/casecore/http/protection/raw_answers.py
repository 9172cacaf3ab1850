"""Answers to what never became a request of the application, as bytes."""

from __future__ import annotations

from casecore.http.problems import answer_with, plain_problem
from casecore.http.protection.request_heads import RefusedRequest
from casecore.http.protection.security_headers import security_headers


def raw_problem(refused: RefusedRequest, *, secure: bool) -> bytes:
    """A whole response, after which the connection is closed; `secure` is whether it goes over TLS."""
    status = refused.status
    response = answer_with(plain_problem(refused.code, status, refused.detail))
    headers = [*response.raw_headers, (b"connection", b"close")]
    headers += security_headers(headers, secure=secure)
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status.value, status.phrase.encode(), lines, response.body)
