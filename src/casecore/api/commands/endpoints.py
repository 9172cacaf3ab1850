"""Commands over HTTP: one endpoint for each action, whose body is the action."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from time import monotonic
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import json_response
from casecore.api.authentication import Authentication, check_scope
from casecore.api.commands.resources import (
    CASES,
    DECODERS,
    FIRST_ACTIONS,
    OPENING,
    RESOURCES,
    WITH_VERSIONS,
    Resource,
    Views,
    answer_as,
)
from casecore.api.requests.given import Given, read_given
from casecore.app.answering import Answering
from casecore.app.application import Application
from casecore.app.cases import reference_of
from casecore.app.command_context import CommandContext
from casecore.app.commands.at_version import give_at_version
from casecore.app.commands.replay import as_first_answered
from casecore.app.identities import viewer_of
from casecore.app.seen.events import versions_seen_alike
from casecore.app.views import have_folded
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.contract.streams import StreamKind
from casecore.decider.command import Action
from casecore.http.problems import PreconditionNeeded
from casecore.http.protection.shares import Turns
from casecore.http.requests.body import decode, read_body
from casecore.identity.identity import Identity

MOST_WAITING = 20
"""Commands that wait for views at a time; each has a thread, and a session of PostgreSQL. Of one
organisation half as many; its others have less time when they begin."""
MOST_AT_WORK = 8
"""What else of commands takes a thread, at a time: it is quick, and must not wait behind those."""

REPLAYED = "Idempotency-Replayed"

AnswerT = TypeVar("AnswerT")
Asked = ParamSpec("Asked")


class CommandThreads:
    """The command bus, and the threads in which is done what would hold up the loop: for those who await."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._answering = Answering(app, MOST_WAITING + MOST_AT_WORK)
        self._waiting = ThreadPoolExecutor(MOST_WAITING, "command-views")
        self._turns = Turns(MOST_WAITING)
        self._working = ThreadPoolExecutor(MOST_AT_WORK, "command")
        self._opening: asyncio.Task[CommandBus] | None = None
        self._bus: CommandBus | None = None

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._waiting.shutdown()
        self._working.shutdown()
        self._answering.close()

    async def bus(self) -> CommandBus:
        """The command bus; raises what opening it raises.

        It is opened in a thread, once for all that ask for it meanwhile: where PostgreSQL does not answer,
        each attempt takes seconds.
        """
        if self._bus is None:
            opening = self._opening or asyncio.create_task(asyncio.to_thread(lambda: self._app.bus))
            self._opening = opening
            try:
                self._bus = await asyncio.shield(opening)
            finally:
                if opening.done():
                    self._opening = None
        return self._bus

    async def views_at(
        self, kind: StreamKind, answer: Answer, given: Given, identity: Identity
    ) -> Views | None:
        """Whether the views have come so far, or do while the caller waits; None if it asks for no wait."""
        if given.wait_seconds is None:
            return None
        give_up_at = monotonic() + given.wait_seconds
        async with self._turns.of(identity.actor.organisation):
            has = await self._in_thread(self._waiting, _have_folded, kind, answer, give_up_at)
        return "current" if has else "behind"

    async def in_thread(
        self,
        do: Callable[Concatenate[Application, Asked], AnswerT],
        *asked: Asked.args,
        **named: Asked.kwargs,
    ) -> AnswerT:
        """What is done in a thread of this door, with an installation of its own and the bus of all."""
        return await self._in_thread(self._working, do, *asked, **named)

    async def _in_thread(
        self,
        threads: ThreadPoolExecutor,
        do: Callable[Concatenate[Application, Asked], AnswerT],
        *asked: Asked.args,
        **named: Asked.kwargs,
    ) -> AnswerT:
        bus = await self.bus()

        def work() -> AnswerT:
            with self._answering.one(0) as app:
                app.bus = bus
                return do(app, *asked, **named)

        return await asyncio.get_running_loop().run_in_executor(threads, work)


def _have_folded(app: Application, kind: StreamKind, answer: Answer, give_up_at: float) -> bool:
    """Whether the views have the answer's version by then; one that waited for its thread has less time."""
    seconds = max(0.0, give_up_at - monotonic())
    return have_folded(app, kind, answer.stream_id, answer.version, seconds)


class CommandEndpoints:
    """Gives the commands of requests."""

    def __init__(
        self, threads: CommandThreads, authentication: Authentication, vendor: str, *, needs_if_match: bool
    ) -> None:
        """`needs_if_match`: whether a command on what exists must say at which version it was decided."""
        self._threads = threads
        self._authentication = authentication
        self._vendor = vendor
        self._needs_if_match = needs_if_match

    def routes(self) -> list[Route]:
        """A route for each action, and one that opens a case with a reference that follows from its id.

        A case with a reference of one's own is opened by its action `open`, as a party is registered by
        `register`: PUT would be a second way of saying the same.
        """
        return [
            Route("/v1/cases", self._open_case, methods=["POST"]),
            *(
                Route(f"{one.path}/{verb}", self._endpoint(one, verb, action), methods=["POST"])
                for one in RESOURCES
                for verb, action in one.actions.items()
            ),
        ]

    async def _open_case(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), CASES.scope)
        given = read_given(request)
        do = decode(OPENING, await read_body(request))
        return await self._give(CASES, reference_of(given.command_id), do, identity, given)

    def _endpoint(self, resource: Resource, verb: str, action: type[Action]) -> Any:
        demands = self._needs_if_match and resource in WITH_VERSIONS and verb not in FIRST_ACTIONS

        async def endpoint(request: Request) -> Response:
            identity = check_scope(await self._authentication.identify(request), resource.scope)
            given = read_given(request)
            if demands and not _names_a_version(given):
                raise PreconditionNeeded
            do = decode(DECODERS[action], await read_body(request))
            return await self._give(resource, request.path_params.get("address", ""), do, identity, given)

        return endpoint

    async def _give(
        self, resource: Resource, address: str, do: Action, identity: Identity, given: Given
    ) -> Response:
        context = CommandContext(identity.actor, given.occurred_at, given.command_id)
        command = resource.make(address, do, context)
        viewer = viewer_of(identity, self._vendor)

        async def seen_alike(case: str, versions: frozenset[int]) -> frozenset[int]:
            return await self._threads.in_thread(versions_seen_alike, case, viewer, versions)

        replied = await give_at_version(await self._threads.bus(), command, given.precondition, seen_alike)
        answer = await self._threads.in_thread(as_first_answered, replied) if replied.repeated else replied
        views = None
        if given.wait_seconds is not None:
            views = await self._threads.views_at(resource.kind, answer, given, identity)
        found = _Found(resource, address, answer, views, is_replay=replied.repeated)
        return _respond(found, given, is_first=do.verb in FIRST_ACTIONS)


def _names_a_version(given: Given) -> bool:
    return given.precondition is not None and given.precondition.versions is not None


class _Found(NamedTuple):
    """What is answered to a command."""

    resource: Resource
    address: str
    answer: Answer
    views: Views | None
    is_replay: bool


def _respond(found: _Found, given: Given, *, is_first: bool) -> Response:
    resource, address, answer, views, is_replay = found
    own = {resource.address: address} if resource.address else {}
    body = answer_as(resource.answer, answer, views, **own)
    headers = {"ETag": f'"{answer.version}"'}
    is_new = is_first and 0 < answer.version == answer.events
    if is_new:
        headers["Location"] = resource.place_of(address)
    if is_replay:
        headers[REPLAYED] = "true"
    headers |= preference_applied(given)
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return json_response(body, headers, status)


def preference_applied(given: Given) -> dict[str, str]:
    """What an answer says of the preferences of its request (RFC 7240)."""
    return {} if given.wait_seconds is None else {"Preference-Applied": f"wait={given.wait_seconds}"}
