"""The guard: what holds for every request, before and after the endpoint that answers it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from casecore.app.failures import is_of_installation
from casecore.errors.kinds import Kind
from casecore.http.problems import (
    AnswerTooLate,
    InvalidRequest,
    Problem,
    ServerBusy,
    ServerEnds,
    TooManyRequests,
    answer_with,
    kind_of,
    plain_problem,
    problem_of,
)
from casecore.http.protection.access_log import AccessLog, route_of
from casecore.http.protection.deadline import Deadline
from casecore.http.protection.encoded_slashes import keep_slashes, shown_path
from casecore.http.protection.exchange import AnsweredRequest, Exchange, set_exchange
from casecore.http.protection.large_answers import MOST_UNTAKEN, LargeAnswers, is_large, send_in_pieces
from casecore.http.protection.peers import check_declared
from casecore.http.protection.rate_limits import RateLimiter, RateLimits, network_of
from casecore.http.protection.request_heads import OnceOnly, is_utf8
from casecore.http.protection.security_headers import security_headers
from casecore.http.protection.shares import Unanswered
from casecore.http.protection.trace_context import trace_context
from casecore.identity.identity import Identity

_log = structlog.get_logger()


_NONE: Mapping[str, str] = MappingProxyType({})
_NOT_IN_PATHS = re.compile("[\x00-\x1f\x7f-\x9f�]")


class Protection(NamedTuple):
    """How much callers may do.

    `most_unanswered` is how many requests may wait for the beginning of their answer at a time; each may hold
    a command of 256 KiB; of one organisation half as many. An answer begins within `answer_seconds`: a server
    behind this one may hang, and who waits for it would fill all places. `on_begin` is called when a request
    begins, and `on_answer` when it ends, for those who count.
    """

    limits: RateLimits = RateLimits()
    most_unanswered: int = 1_000
    answer_seconds: float = 120
    most_untaken: int = MOST_UNTAKEN
    on_begin: Callable[[], None] = lambda: None
    on_answer: Callable[[AnsweredRequest], None] = lambda _: None


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

    def __init__(
        self,
        app: ASGIApp,
        protection: Protection,
        answer: ProblemAnswer,
        allowed: Mapping[str, str] = _NONE,
    ) -> None:
        """`answer` makes the answer to a problem that nobody has answered; `allowed` are the methods at the
        path of each route, by its template.
        """
        self._app = app
        self._answer = answer
        self._allowed = allowed
        self._protection = protection
        self._limiter = RateLimiter(protection.limits)
        self._access_log = AccessLog()
        self._unanswered = Unanswered(protection.most_unanswered)
        self._large_answers = LargeAnswers(protection.most_untaken)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan; nothing else is spoken here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        begun = time.perf_counter()
        self._protection.on_begin()
        headers = OnceOnly(scope)
        exchange = self._exchange_of(scope, headers)
        to_begin = self._begin_in_time()
        answer = self._answering(scope, exchange, to_begin, send)
        self._unanswered.begin()
        try:
            self._check(scope, headers)
            await self._app(scope, receive, answer)
        except (Exception, asyncio.CancelledError) as error:
            if exchange.status:
                raise
            cancelled = ServerEnds() if to_begin.is_running else AnswerTooLate()
            fault = error if isinstance(error, Exception) else cancelled
            await self._problem(scope, exchange, fault)(scope, receive, answer)
        finally:
            to_begin.stop()
            if exchange.is_large_of is not None:
                self._large_answers.end(exchange.is_large_of)
            if not exchange.status:
                self._unanswered.end(exchange.waits_for)
            self._note(scope, exchange, headers, time.perf_counter() - begun)

    def _begin_in_time(self) -> Deadline:
        to_begin, task = Deadline(asyncio.get_running_loop()), asyncio.current_task()
        if task is not None:
            to_begin.start(self._protection.answer_seconds, task.cancel)
        return to_begin

    def _exchange_of(self, scope: Scope, headers: OnceOnly) -> Exchange:
        def admit(identity: Identity) -> None:
            organisation = identity.actor.organisation
            # A client of an issuer may act for people of many organisations.
            shown = f"{organisation} {identity.shown_by}"
            self._limiter.count_identity(shown, headers.get(b"authorization") or _cookie(scope))
            if not exchange.status and exchange.waits_for is None:
                # Before an answer is made that nobody would take.
                if not self._large_answers.has_share(organisation):
                    raise ServerBusy
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

    def _check(self, scope: Scope, headers: OnceOnly) -> None:
        """Raise what speaks against handling the request at all."""
        check_declared(scope)
        if self._unanswered.are_too_many:
            raise ServerBusy
        authorization = headers.get(b"authorization")
        cookie = b"" if authorization else _cookie(scope)
        self._limiter.check_address(_address(scope), authorization, cookie)
        if headers.twice is not None:
            raise InvalidRequest(f"the header {headers.twice.decode('latin-1')} is given twice: give it once")
        if _NOT_IN_PATHS.search(scope["path"]):
            raise InvalidRequest(
                "the path has a control character, or bytes that are not UTF-8: "
                "/docs lists the paths that there are"
            )
        if b"%00" in scope["query_string"]:
            raise InvalidRequest("the query has a NUL character, which nothing here is called by")
        if not is_utf8(scope["query_string"]):
            raise InvalidRequest("the query has bytes that are not UTF-8: percent-encode texts as UTF-8")
        keep_slashes(scope)

    def _answering(self, scope: Scope, exchange: Exchange, to_begin: Deadline, send: Send) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                self._make_room(exchange, given)
                to_begin.stop()
                exchange.status = int(message["status"])  # some answers have a name for it
                self._unanswered.end(exchange.waits_for)
                added = security_headers(given, secure=scope.get("scheme") == "https")
                trace = (b"traceresponse", exchange.trace.response_header)
                message = {**message, "headers": [*given, *added, trace]}
            await send_in_pieces(send, message)

        return answer

    def _make_room(self, exchange: Exchange, headers: list[tuple[bytes, bytes]]) -> None:
        """Raise ServerBusy for a large answer if its organisation leaves too many untaken."""
        if exchange.identity is not None and is_large(headers):
            organisation = exchange.identity.actor.organisation
            if not self._large_answers.begin(organisation):
                raise ServerBusy
            exchange.is_large_of = organisation

    def _note(self, scope: Scope, exchange: Exchange, headers: OnceOnly, seconds: float) -> None:
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
        says = f"{scope['method']} {shown_path(scope)[:200]} is not part of this API: /docs lists what is."
        response = self._answer(scope, plain_problem(code, HTTPStatus(error.status_code), says))
        response.headers.update(error.headers or {})
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = self._allowed.get(route_of(scope), response.headers["Allow"])
        return response


def _cookie(scope: Scope) -> bytes:
    """By what a browser shows who asks; empty where it does not."""
    return b"; ".join(value for name, value in scope["headers"] if name == b"cookie")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return network_of(client[0]) if client else ""
