"""Commands over HTTP: one endpoint for each action, whose body is the action."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.authentication import Authentication, check_scope
from casecore.api.problems import PreconditionNeeded
from casecore.api.requests import Given, decode, read_body, read_given
from casecore.api.resources import (
    CASES,
    DECODERS,
    OPENING,
    RESOURCES,
    CommandAnswer,
    Resource,
    Views,
)
from casecore.app.answering import Answering
from casecore.app.application import Application
from casecore.app.cases import reference_of
from casecore.app.command_context import CommandContext
from casecore.app.commands.replay import as_first_answered
from casecore.app.views import have_folded
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.decider.command import Action
from casecore.identity.identity import Identity

MOST_WAITING = 20
"""Commands that wait for views at a time; each has a thread, and a session of PostgreSQL."""

_encode = msgspec.json.Encoder().encode
_FIRST_ACTIONS = frozenset({"open", "register", "activate"})
"""Those on what does not exist yet: nobody has seen a version of it."""


class CommandEndpoints:
    """Gives the commands of requests."""

    def __init__(self, app: Application, authentication: Authentication, *, needs_if_match: bool) -> None:
        """`needs_if_match`: whether a command on what exists must say at which version it was decided."""
        self._app = app
        self._authentication = authentication
        self._needs_if_match = needs_if_match
        self._answering = Answering(app, MOST_WAITING)
        self._threads = ThreadPoolExecutor(MOST_WAITING, "command")
        self._opening = asyncio.Lock()
        self._bus: CommandBus | None = None

    def routes(self) -> list[Route]:
        """A route for each action, and one that opens a case with a reference that follows from its id.

        A case with a reference of one's own is opened by its action `open`, as a party is registered by
        `register`: PUT would be a second way of saying the same.
        """
        return [
            Route(CASES.path, self._open_case, methods=["POST"]),
            *(
                Route(f"{one.path}/{{address}}/{verb}", self._endpoint(one, verb, action), methods=["POST"])
                for one in RESOURCES
                for verb, action in one.actions.items()
            ),
        ]

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._threads.shutdown()
        self._answering.close()

    async def bus(self) -> CommandBus:
        """The command bus; connected in a thread, so that meanwhile others are answered."""
        async with self._opening:
            if self._bus is None:
                self._bus = await asyncio.to_thread(lambda: self._app.bus)
        return self._bus

    async def _open_case(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), CASES.scope)
        given = read_given(request)
        do = decode(OPENING, await read_body(request))
        return await self._give(CASES, reference_of(given.command_id), do, identity, given)

    def _endpoint(self, resource: Resource, verb: str, action: type[Action]) -> Any:
        is_first = verb in _FIRST_ACTIONS

        async def endpoint(request: Request) -> Response:
            identity = check_scope(await self._authentication.identify(request), resource.scope)
            given = read_given(request)
            if self._needs_if_match and not is_first and not _names_a_version(given):
                raise PreconditionNeeded
            do = decode(DECODERS[action], await read_body(request))
            return await self._give(resource, request.path_params["address"], do, identity, given)

        return endpoint

    async def _give(
        self, resource: Resource, address: str, do: Action, identity: Identity, given: Given
    ) -> Response:
        context = CommandContext(identity.actor, given.occurred_at, given.command_id)
        command = resource.make(address, do, context)
        bus = await self.bus()
        replied = await asyncio.wrap_future(bus.submit(command, precondition=given.precondition, waits=False))
        answer = await self._in_thread(as_first_answered, replied) if replied.repeated else replied
        views: Views | None = None
        if given.wait_seconds is not None:
            give_up_at = monotonic() + given.wait_seconds
            has = await self._in_thread(_have_folded, resource, answer, give_up_at)
            views = "current" if has else "behind"
        return _respond(resource, address, answer, views, given, is_replay=replied.repeated)

    async def _in_thread(self, do: Any, *asked: Any) -> Any:
        """What is done with an installation of its own, in a thread of this door."""

        def work() -> Any:
            with self._answering.one(0) as app:
                return do(app, *asked)

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _have_folded(app: Application, resource: Resource, answer: Answer, give_up_at: float) -> bool:
    """Whether the views have the answer's version by then; one that waited for its thread has less time."""
    seconds = max(0.0, give_up_at - monotonic())
    return have_folded(app, resource.kind, answer.stream_id, answer.version, seconds)


def _names_a_version(given: Given) -> bool:
    return given.precondition is not None and given.precondition.versions is not None


def _respond(
    resource: Resource, address: str, answer: Answer, views: Views | None, given: Given, *, is_replay: bool
) -> Response:
    own: dict[str, Any] = {resource.address: address}
    body: CommandAnswer = resource.answer(
        **own,
        command_id=answer.command_id,
        stream_id=answer.stream_id,
        version=answer.version,
        events=answer.events,
        types=answer.types,
        views=views,
    )
    headers = {"ETag": f'"{answer.version}"', "Cache-Control": "no-store"}
    is_new = 0 < answer.version == answer.events
    if is_new:
        headers["Location"] = f"{resource.path}/{quote(address, safe='')}"
    if is_replay:
        headers["Idempotency-Replayed"] = "true"
    if given.wait_seconds is not None:
        headers["Preference-Applied"] = f"wait={given.wait_seconds}"
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return Response(_encode(body), status, headers, "application/json")
