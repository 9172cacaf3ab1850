"""Answers over HTTP: a question is asked in a thread, for its identity, and says how new its answer is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.authentication import Authentication, check_scope
from casecore.api.problems import InvalidRequest
from casecore.api.questions.question import AnyQuestion
from casecore.api.requests import read_wait
from casecore.app.answering import Answering
from casecore.app.freshness.result import Freshness
from casecore.contract.envelope import Instant
from casecore.identity.identity import Identity
from casecore.visibility.rules import Viewer

MOST_AT_ONCE = 40
"""Answers that are made at a time; each has a thread, and a session of PostgreSQL while it asks."""

_encode = msgspec.json.Encoder().encode
_JSON = "application/json"


class HowNew(msgspec.Struct, frozen=True):
    """How new an answer is: it holds what was recorded by `as_of`, and lacks `behind` events of the store."""

    as_of: Instant | None
    behind: int


class Answers:
    """Answers the questions of requests."""

    def __init__(self, answering: Answering, authentication: Authentication, vendor: str) -> None:
        self._answering = answering
        self._authentication = authentication
        self._vendor = vendor
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "answer")

    def routes(self, questions: Sequence[AnyQuestion]) -> list[Route]:
        """A route for each question."""
        return [Route(one.path, self._endpoint(one), methods=["GET"]) for one in questions]

    def viewer_of(self, identity: Identity) -> Viewer:
        """For whom an answer to this identity is made."""
        organisation = identity.actor.organisation
        return Viewer(organisation, is_vendor=organisation == self._vendor)

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._threads.shutdown()
        self._answering.close()

    def _endpoint(self, question: AnyQuestion) -> Any:
        async def endpoint(request: Request) -> Response:
            identity = await self._authentication.identify(request)
            check_scope(identity, *question.scopes)
            asked = read_asked(request, question.asked)
            wait_seconds = read_wait(request) or 0
            loop = asyncio.get_running_loop()
            answer, freshness = await loop.run_in_executor(
                self._threads, self._ask, question, self.viewer_of(identity), asked, wait_seconds
            )
            return _respond(request, question, answer, freshness)

        return endpoint

    def _ask(
        self, question: AnyQuestion, viewer: Viewer, asked: msgspec.Struct, wait_seconds: float
    ) -> tuple[msgspec.Struct, Freshness | None]:
        with self._answering.one(wait_seconds) as app:
            answer = question.ask(app, viewer, asked)
            return answer, app.freshness.of_answer


def read_asked(request: Request, form: type[msgspec.Struct]) -> Any:
    """The parameters of a request, from its path and query; raises InvalidRequest."""
    given = dict(request.path_params)
    for name, value in request.query_params.multi_items():
        if name in given:
            raise InvalidRequest(f"the parameter {name[:50]!r} is given twice: give it once")
        given[name] = value
    try:
        return msgspec.convert(given, form, strict=False)
    except msgspec.ValidationError as wrong:
        raise InvalidRequest(f"the parameters cannot be read: {wrong}") from None


def _respond(
    request: Request, question: AnyQuestion, answer: msgspec.Struct, freshness: Freshness | None
) -> Response:
    headers = {"Cache-Control": "no-store"}
    if question.version is not None:
        etag = f'"{question.version(answer)}"'
        headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization", "ETag": etag}
        if etag in (one.strip() for one in request.headers.get("if-none-match", "").split(",")):
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    if question.cursor is not None and (cursor := question.cursor(answer)) is not None:
        query = {**dict(request.query_params), "cursor": cursor}
        headers["Link"] = f'<{request.url.path}?{urlencode(query)}>; rel="next"'
    return Response(_with_freshness(answer, freshness), HTTPStatus.OK, headers, _JSON)


def _with_freshness(answer: msgspec.Struct, freshness: Freshness | None) -> bytes:
    """The answer as JSON, with how new it is unless it comes from the store alone."""
    body = _encode(answer)
    if freshness is None:
        return body
    new = _encode(HowNew(freshness.as_of, freshness.behind))
    return body[:-1] + (b"," if len(body) > len(b"{}") else b"") + new[1:]
