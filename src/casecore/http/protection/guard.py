"""The guard: what holds for every request, before and after the endpoint that answers it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from casecore.errors.kinds import Kind
from casecore.http.problems import (
    InvalidRequest,
    Problem,
    ServerBusy,
    TooManyRequests,
    answer_with,
    is_of_installation,
    kind_of,
    problem_of,
)
from casecore.http.protection.access_log import AccessLog, route_of
from casecore.http.protection.exchange import AnsweredRequest, Exchange, set_exchange
from casecore.http.protection.rate_limits import RateLimiter, RateLimits, network_of
from casecore.http.protection.security_headers import security_headers
from casecore.http.protection.shares import Unanswered
from casecore.http.protection.trace_context import trace_context
from casecore.identity.identity import Identity

_log = structlog.get_logger()

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

_NOT_IN_PATHS = re.compile("[\x00-\x1f\x7f-\x9f�]")
_SLASHES = re.compile(rb"%(2f|5c)", re.IGNORECASE)


class Protection(NamedTuple):
    """How much callers may do.

    `most_unanswered` is how many requests may wait for the beginning of their answer at a time; each may hold
    a command of 256 KiB; of one organisation half as many. `on_answer` hears of each answer, for those who
    count.
    """

    limits: RateLimits = RateLimits()
    most_unanswered: int = 1_000
    on_answer: Callable[[AnsweredRequest], None] | None = None


DEFAULT_PROTECTION = Protection()

ProblemAnswer = Callable[[Scope, Problem], Response]
"""Makes the answer to a request with a problem."""


def answer_in_json(_: Scope, problem: Problem) -> Response:
    """The answer for programs."""
    return answer_with(problem)


class Guard:
    """Middleware that limits, checks, answers errors as problems, and writes the access log.

    It is written against ASGI itself: Starlette's base class for middleware starts a task for each request,
    and cannot see how a stream ends.
    """

    def __init__(self, app: ASGIApp, protection: Protection, answer: ProblemAnswer) -> None:
        """`answer` makes the answer to a problem that nobody has answered."""
        self._app = app
        self._answer = answer
        self._protection = protection
        self._limiter = RateLimiter(protection.limits)
        self._access_log = AccessLog()
        self._unanswered = Unanswered(protection.most_unanswered)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan; nothing else is spoken here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        begun = time.perf_counter()
        headers = _OnceOnly(scope)
        exchange = self._exchange_of(scope, headers)
        answer = self._answering(scope, exchange, send)
        self._unanswered.begin()
        try:
            self._check(scope, headers)
            await self._app(scope, receive, answer)
        except Exception as error:
            if exchange.status:
                raise
            await self._problem(scope, exchange, error)(scope, receive, answer)
        finally:
            if not exchange.status:
                self._unanswered.end(exchange.waits_for)
            self._note(scope, exchange, headers, time.perf_counter() - begun)

    def _exchange_of(self, scope: Scope, headers: _OnceOnly) -> Exchange:
        def admit(identity: Identity) -> None:
            organisation = identity.actor.organisation
            # A client of an issuer may act for people of many organisations.
            shown = f"{organisation} {identity.shown_by}"
            self._limiter.count_identity(shown, headers.get(b"authorization") or b"")
            if not exchange.status and exchange.waits_for is None:
                if not self._unanswered.is_of(organisation):
                    raise ServerBusy
                exchange.waits_for = organisation

        exchange = Exchange(
            trace_context(headers.get(b"traceparent")),
            admit,
            lambda: self._limiter.check_login(_address(scope)),
        )
        set_exchange(scope, exchange)
        return exchange

    def _check(self, scope: Scope, headers: _OnceOnly) -> None:
        """Raise what speaks against handling the request at all."""
        if self._unanswered.are_too_many:
            raise ServerBusy
        self._limiter.check_address(_address(scope), headers.get(b"authorization"))
        if headers.twice is not None:
            raise InvalidRequest(f"the header {headers.twice.decode('latin-1')} is given twice: give it once")
        if _NOT_IN_PATHS.search(scope["path"]) or _SLASHES.search(scope.get("raw_path") or b""):
            raise InvalidRequest(
                "the path has an encoded slash, a control character, or bytes that are not UTF-8: "
                "/docs lists the paths that there are"
            )
        if b"%00" in scope["query_string"]:
            raise InvalidRequest("the query has a NUL character, which nothing here is called by")

    def _answering(self, scope: Scope, exchange: Exchange, send: Send) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = int(message["status"])  # some answers have a name for it
                self._unanswered.end(exchange.waits_for)
                given = list(message.get("headers", ()))
                added = security_headers(given, secure=scope.get("scheme") == "https")
                trace = (b"traceresponse", exchange.trace.response_header)
                message = {**message, "headers": [*given, *added, trace]}
            await send(message)

        return answer

    def _note(self, scope: Scope, exchange: Exchange, headers: _OnceOnly, seconds: float) -> None:
        if exchange.is_failed_login:
            self._limiter.count_failed_login(_address(scope))
        elif exchange.identity is None and exchange.status != HTTPStatus.TOO_MANY_REQUESTS:
            failed = exchange.status == HTTPStatus.UNAUTHORIZED
            self._limiter.count_unknown(_address(scope), headers.get(b"authorization"), failed=failed)
        answered = AnsweredRequest(
            method=scope["method"],
            route=route_of(scope),
            status=exchange.status,
            problem=exchange.problem,
            seconds=seconds,
        )
        self._access_log.write(scope, exchange, answered)
        if self._protection.on_answer is not None:
            self._protection.on_answer(answered)

    def _problem(self, scope: Scope, exchange: Exchange, error: Exception) -> Response:
        """The answer to an error that nobody has answered."""
        if isinstance(error, HTTPException):
            return self._http_problem(scope, exchange, error)
        if kind_of(error) is Kind.DEFECT:
            _log.error("request_failed", trace_id=exchange.trace.trace_id, exc_info=error)
        elif is_of_installation(error):
            _log.warning("request_failed", trace_id=exchange.trace.trace_id, error=str(error))
        problem = problem_of(error)
        exchange.problem = problem.code
        response = self._answer(scope, problem)
        if isinstance(error, TooManyRequests):
            response.raw_headers.extend(error.headers)
        return response

    def _http_problem(self, scope: Scope, exchange: Exchange, error: HTTPException) -> Response:
        """The answer to what the router finds: no such path, or no such method."""
        exchange.problem = code = f"http_{error.status_code}"
        asked = f"{scope['method']} {scope['path'][:200]}"
        response = self._answer(
            scope,
            Problem(
                type=f"/docs/problems#{code}",
                title=error.detail,
                status=error.status_code,
                detail=f"{asked} is not part of this API: /docs lists what is.",
                code=code,
            ),
        )
        response.headers.update(error.headers or {})
        return response


class _OnceOnly:
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


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return network_of(client[0]) if client else ""
