"""Runs over HTTP: each is an operation, which goes on when whoever asked for it has gone."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import json_response, next_link, read_asked
from casecore.api.authentication import Authentication, check_scope
from casecore.api.commands.endpoints import REPLAYED
from casecore.api.questions.page import asked_place, page_of, rows_for
from casecore.api.questions.question import Asked
from casecore.api.requests.given import read_given
from casecore.app.application import Application
from casecore.app.background_runs.asked import AnyRun, BillingRun, PinRun
from casecore.app.background_runs.operation import Operation
from casecore.app.background_runs.rights import BILLING_SCOPE, PINNING_SCOPE, kinds_for
from casecore.app.background_runs.running import Begun, Operations
from casecore.app.command_context import CommandContext
from casecore.decider.command import Text
from casecore.http.commanding import Commanding
from casecore.http.problems import InvalidRequest
from casecore.http.requests.body import decode, read_body
from casecore.identity.identity import Identity
from casecore.store.operations import OperationPlace

_BILLING_RUN = msgspec.json.Decoder(BillingRun)


class Pinning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version of the policy is pinned, by default the last one, and why."""

    version: int | None = None
    reason: Text


class OperationOf(Asked, frozen=True):
    """Which operation."""

    operation: UUID


class OperationsOf(Asked, frozen=True):
    """How many at most, and where the list goes on."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: str | None = None


class OperationsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Operations, the last one first; `next` is the cursor of the next page, null if there is none."""

    operations: list[Operation]
    next: str | None


_PINNING = msgspec.json.Decoder(Pinning)


class OperationEndpoints:
    """Begins operations, and tells what became of them."""

    def __init__(self, app: Application, commanding: Commanding, authentication: Authentication) -> None:
        self._commanding = commanding
        self._authentication = authentication
        self._operations = Operations(app)

    def routes(self) -> list[Route]:
        """The routes of runs, and of what became of them."""
        return [
            Route("/v1/billing/runs", self._bill, methods=["POST"]),
            Route("/v1/policies/{policy}/pin", self._pin, methods=["POST"]),
            Route("/v1/operations", self._list, methods=["GET"]),
            Route("/v1/operations/{operation}", self._tell, methods=["GET"]),
        ]

    def close(self) -> None:
        """Wait for the runs that go on, or leave them."""
        self._operations.close()

    async def _bill(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), BILLING_SCOPE)
        context = _context_of(request, identity)
        asked = decode(_BILLING_RUN, await read_body(request))
        return _accepted(await self._commanding.in_thread(self._begun, asked, context))

    async def _pin(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), PINNING_SCOPE)
        context = _context_of(request, identity)
        how = decode(_PINNING, await read_body(request))
        asked = PinRun(policy=request.path_params["policy"], version=how.version, reason=how.reason)
        return _accepted(await self._commanding.in_thread(self._begun, asked, context))

    async def _tell(self, request: Request) -> Response:
        identity = await self._authentication.identify(request)
        asked: OperationOf = read_asked(request, OperationOf)
        found = await self._commanding.in_thread(self._found, asked.operation, identity)
        return json_response(found)

    async def _list(self, request: Request) -> Response:
        identity = await self._authentication.identify(request)
        asked: OperationsOf = read_asked(request, OperationsOf)
        answer = await self._commanding.in_thread(self._latest, asked, identity)
        return json_response(answer, next_link(request, answer.next))

    def _latest(self, app: Application, asked: OperationsOf, identity: Identity) -> OperationsAnswer:
        del app
        organisation, kinds = identity.actor.organisation, kinds_for(identity)
        after = asked_place(asked, OperationPlace)
        found = self._operations.latest(organisation, kinds, rows_for(asked), after)
        page = page_of(asked, found, lambda one: OperationPlace(one.started_at, one.operation))
        return OperationsAnswer(operations=page.rows, next=page.next)

    def _begun(self, app: Application, asked: AnyRun, context: CommandContext) -> Begun:
        return self._operations.begin(app, asked, context)

    def _found(self, app: Application, operation_id: UUID, identity: Identity) -> Operation:
        del app
        return self._operations.find(operation_id, identity.actor.organisation, kinds_for(identity))


def _context_of(request: Request, identity: Identity) -> CommandContext:
    given = read_given(request)
    if given.occurred_at is not None:
        raise InvalidRequest("a run happens when it is asked for: leave occurred_at out", "occurred_at")
    if given.precondition is not None:
        raise InvalidRequest("a run has no version: leave If-Match out")
    return CommandContext(identity.actor, command_id=given.command_id)


def _accepted(begun: Begun) -> Response:
    place = f"/v1/operations/{begun.operation.operation}"
    headers = {"Location": place}
    if begun.is_replay:
        headers[REPLAYED] = "true"
    return json_response(begun.operation, headers, HTTPStatus.ACCEPTED)
