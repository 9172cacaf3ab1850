"""Commands over HTTP: one endpoint for each action, whose body is the action."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.authentication import Authentication, check_scope
from casecore.api.problems import PreconditionNeeded
from casecore.api.requests import Given, decode, read_body, read_given
from casecore.api.resources import CASES, DECODERS, OPENING, RESOURCES, Resource
from casecore.app.application import Application
from casecore.app.cases import reference_of
from casecore.app.command_context import CommandContext
from casecore.app.seen.events import seen_alike
from casecore.app.views import have_folded
from casecore.commands.batch import Answer
from casecore.contract.streams import case_stream_id
from casecore.decider.command import Action, Command
from casecore.decider.refusal import VersionDiffers
from casecore.identity.identity import Identity
from casecore.store.log import LogReader
from casecore.visibility.rules import Viewer

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

    def routes(self) -> list[Route]:
        """A route for each action, and one that opens a case with a reference that follows from its id."""
        return [
            Route("/v1/cases", self._open_case, methods=["POST"]),
            *(
                Route(
                    f"/v1/{one.kind.topic}/{{address}}/{verb}",
                    self._endpoint(one, verb, action),
                    methods=["POST"],
                )
                for one in RESOURCES
                for verb, action in one.actions.items()
            ),
        ]

    async def _open_case(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), CASES.scope)
        given = read_given(request)
        do = decode(OPENING, await read_body(request))
        reference = reference_of(given.command_id)
        response = await self._give(CASES, reference, do, identity, given)
        response.headers["Location"] = f"/v1/cases/{reference}"
        return response

    def _endpoint(self, resource: Resource, verb: str, action: type[Action]) -> Any:
        async def endpoint(request: Request) -> Response:
            identity = check_scope(await self._authentication.identify(request), resource.scope)
            given = read_given(request)
            if self._needs_if_match and verb not in _FIRST_ACTIONS and given.expected_version is None:
                raise PreconditionNeeded
            do = decode(DECODERS[action], await read_body(request))
            return await self._give(resource, request.path_params["address"], do, identity, given)

        return endpoint

    async def _give(
        self, resource: Resource, address: str, do: Action, identity: Identity, given: Given
    ) -> Response:
        context = CommandContext(identity.actor, given.occurred_at, given.command_id)
        command = resource.make(address, do, context)
        answer = await self._decided(resource, command, identity, given.expected_version)
        body = {resource.address: address, **answer._asdict()}
        if given.wait_seconds is not None:
            body["views"] = (
                "current" if await self._are_current(resource, answer, given.wait_seconds) else "behind"
            )
        first = answer.version == answer.events and not answer.repeated
        headers = {"ETag": f'"{answer.version}"', "Cache-Control": "no-store"}
        if answer.repeated:
            headers["Idempotency-Replayed"] = "true"
        return Response(
            _encode(body), HTTPStatus.CREATED if first else HTTPStatus.OK, headers, "application/json"
        )

    async def _decided(
        self, resource: Resource, command: Command, identity: Identity, expected: int | None
    ) -> Answer:
        """The answer to a command at a version, or at one that is the same for whoever gives it."""
        while True:
            try:
                future = self._app.bus.submit(command, expected_version=expected)
                return await asyncio.wrap_future(future)
            except VersionDiffers as differs:
                if resource is not CASES or differs.version <= differs.expected:
                    raise
                case = getattr(command, resource.address)
                alike = await asyncio.to_thread(self._seen_alike, case, identity, differs.expected)
                if differs.version not in alike:
                    raise
                expected = differs.version

    def _seen_alike(self, case: str, identity: Identity, version: int) -> frozenset[int]:
        organisation = identity.actor.organisation
        viewer = Viewer(organisation, is_vendor=organisation == self._app.settings.vendor)
        with LogReader(self._app.database, waits=False) as log:
            return seen_alike(viewer, log.stream(case_stream_id(case)), version)

    async def _are_current(self, resource: Resource, answer: Answer, seconds: int) -> bool:
        return await asyncio.to_thread(
            have_folded, self._app, resource.kind, answer.stream_id, answer.version, seconds
        )
