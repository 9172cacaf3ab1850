"""Answers over HTTP: a question is asked in a thread, for its identity, and says how new its answer is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.authentication import Authentication, check_scope
from casecore.api.questions.lookups import CaseLookups
from casecore.api.questions.question import AnyQuestion
from casecore.api.requests.given import read_wait
from casecore.app.application import Application
from casecore.app.freshness.result import Freshness
from casecore.app.identities import viewer_of
from casecore.app.seen.look import seen_parked
from casecore.contract.envelope import Instant
from casecore.http.asking import AnswerThreads
from casecore.http.problems import InvalidRequest, what_is_wrong
from casecore.http.protection.encoded_slashes import encoded_path
from casecore.http.requests.texts import from_texts
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

MOST_AT_ONCE = 40
"""Answers that are made at a time; each has a thread, and a session of PostgreSQL while it asks.
Of one organisation half as many, and its others wait: some ask for all events, or wait for a view.
"""

AskedT = TypeVar("AskedT", bound=msgspec.Struct)
AnswerT = TypeVar("AnswerT")
Ask: TypeAlias = Callable[[Application, Viewer, AskedT], AnswerT]

JSON = "application/json"

_NOTHING: Mapping[str, str] = MappingProxyType({})
_encode = msgspec.json.Encoder().encode
_encode_answer = msgspec.json.Encoder(decimal_format="number").encode


class HowNew(msgspec.Struct, frozen=True):
    """How new an answer is: it holds what was recorded by `as_of`, and lacks `behind` events of the store.

    `parked` are the cases that the identity sees of which it lacks something, until an operator decides.
    """

    as_of: Instant | None
    behind: int
    parked: tuple[str, ...] = ()


class Answers:
    """Answers the questions of requests."""

    def __init__(
        self, threads: AnswerThreads, lookups: CaseLookups, authentication: Authentication, vendor: str
    ) -> None:
        self._threads = threads
        self._lookups = lookups
        self._authentication = authentication
        self._vendor = vendor

    def routes(self, questions: Sequence[AnyQuestion]) -> list[Route]:
        """A route for each question."""
        return [Route(one.path, self._endpoint(one), methods=["GET"]) for one in questions]

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._lookups.close()
        self._threads.close()

    def _endpoint(self, question: AnyQuestion) -> Any:
        async def endpoint(request: Request) -> Response:
            viewer, asked = await self._read(request, question.scopes, question.asked)
            if question.at_once is not None:
                found = await question.at_once(self._lookups, viewer, asked)
                if found is not None:
                    return _respond(request, question, found.answer, found.freshness)
            answer, freshness = await self._ask(request, viewer, asked, question.ask)
            return _respond(request, question, answer, freshness)

        return endpoint

    async def ask(
        self, request: Request, scopes: Sequence[Scope], form: type[AskedT], ask: Ask[AskedT, AnswerT]
    ) -> tuple[AnswerT, Freshness | None]:
        """What `ask` answers to the identity of a request, and how new that is; raises what it raises.

        Raises NotAuthenticated, ScopeMissing and InvalidRequest before.
        """
        viewer, asked = await self._read(request, scopes, form)
        return await self._ask(request, viewer, asked, ask)

    async def _read(
        self, request: Request, scopes: Sequence[Scope], form: type[AskedT]
    ) -> tuple[Viewer, AskedT]:
        identity = await self._authentication.identify(request)
        viewer = viewer_of(check_scope(identity, *scopes), self._vendor)
        return viewer, read_asked(request, form)

    async def _ask(
        self, request: Request, viewer: Viewer, asked: AskedT, ask: Ask[AskedT, AnswerT]
    ) -> tuple[AnswerT, Freshness | None]:
        def answer(app: Application) -> tuple[AnswerT, Freshness | None]:
            found = ask(app, viewer, asked)
            freshness = app.freshness.of_answer
            # What is parked of others is not named to anyone.
            return found, freshness and freshness._replace(parked=seen_parked(app, viewer))

        return await self._threads.ask(viewer.organisation, read_wait(request) or 0, answer)


def read_asked(request: Request, form: type[msgspec.Struct]) -> Any:
    """The parameters of a request, from its path and query; raises InvalidRequest."""
    given = dict(request.path_params)
    for name, value in request.query_params.multi_items():
        if name in given:
            raise InvalidRequest(f"the parameter {name[:50]!r} is given twice: give it once")
        given[name] = value
    if wrong := [name for name, value in given.items() if "\0" in value]:
        raise InvalidRequest(f"the parameter {wrong[0][:50]!r} has the character NUL: leave it out")
    try:
        return from_texts(given, form)
    except msgspec.ValidationError as error:
        message = what_is_wrong(error, form, request.path_params)
        raise InvalidRequest(f"the parameters cannot be read: {message}") from None


def json_response(
    answer: msgspec.Struct | msgspec.Raw,
    headers: Mapping[str, str] = _NOTHING,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """An answer that holds for now, or is an effect: no cache keeps it."""
    return Response(_encode(answer), status, {"Cache-Control": "no-store", **headers}, JSON)


def next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that leads to the next page of a list; None, and there is none, at its end."""
    if cursor is None:
        return {}
    query = {**dict(request.query_params), "cursor": cursor}
    # The path has arrived decoded, and a name in it may have any letters.
    return {"Link": f'<{encoded_path(request.scope)}?{urlencode(query)}>; rel="next"'}


def kept_headers(version: str) -> dict[str, str]:
    """The headers of what its reader may keep, and ask by its version whether it has changed."""
    return {"Cache-Control": "private, no-cache", "Vary": "Authorization", "ETag": f'"{version}"'}


def kept_response(
    request: Request,
    kept: Mapping[str, str],
    body: Callable[[], bytes],
    media_type: str,
    headers: Mapping[str, str] = _NOTHING,
) -> Response:
    """What its reader keeps, or 304 without a body if the reader has it.

    `kept` are its headers in both cases, with its ETag, and `headers` those of the body, which is made only
    where it is sent.
    """
    if _is_kept(request, kept["ETag"]):
        return Response(None, HTTPStatus.NOT_MODIFIED, kept)
    return Response(body(), HTTPStatus.OK, {**kept, **headers}, media_type)


def _is_kept(request: Request, etag: str) -> bool:
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    # A proxy that compresses makes a tag weak; RFC 9110 compares without that here.
    return known == ["*"] or etag in (one.removeprefix("W/") for one in known)


def _respond(
    request: Request, question: AnyQuestion, answer: msgspec.Struct, freshness: Freshness | None
) -> Response:
    headers = next_link(request, question.cursor(answer)) if question.cursor is not None else {}
    if question.version is None:
        return json_response(msgspec.Raw(_with_freshness(answer, freshness)), headers)
    kept = kept_headers(question.version(answer))
    return kept_response(request, kept, lambda: _with_freshness(answer, freshness), JSON, headers)


def _with_freshness(answer: msgspec.Struct, freshness: Freshness | None) -> bytes:
    """The answer as JSON, with how new it is unless it comes from the store alone."""
    body = _encode_answer(answer)
    if freshness is None:
        return body
    new = _encode_answer(HowNew(freshness.as_of, freshness.behind, freshness.parked))
    return body[:-1] + (b"," if len(body) > len(b"{}") else b"") + new[1:]
