"""Commands over HTTP: one endpoint for each action, whose body is the action."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

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
from casecore.app.cases import reference_of
from casecore.app.command_context import CommandContext
from casecore.app.commands.at_version import give_at_version
from casecore.app.commands.replay import as_first_answered
from casecore.app.identities import viewer_of
from casecore.app.seen.events import versions_seen_alike
from casecore.commands.batch import Answer
from casecore.contract.streams import StreamKind
from casecore.decider.command import Action
from casecore.http.commanding import Commanding
from casecore.http.problems import PreconditionNeeded
from casecore.http.requests.body import decode, read_body
from casecore.identity.identity import Identity

REPLAYED = "Idempotency-Replayed"


class CommandEndpoints:
    """Gives the commands of requests."""

    def __init__(
        self, commanding: Commanding, authentication: Authentication, vendor: str, *, needs_if_match: bool
    ) -> None:
        """`needs_if_match`: whether a command on what exists must say at which version it was decided."""
        self._commanding = commanding
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
            return await self._commanding.in_thread(versions_seen_alike, case, viewer, versions)

        replied = await give_at_version(await self._commanding.bus(), command, given.precondition, seen_alike)
        answer = await self._commanding.in_thread(as_first_answered, replied) if replied.repeated else replied
        views = await views_at(self._commanding, resource.kind, answer, given, identity)
        found = _Found(resource, address, answer, views, is_replay=replied.repeated)
        return _respond(found, given, is_first=do.verb in FIRST_ACTIONS)


async def views_at(
    commanding: Commanding, kind: StreamKind, answer: Answer, given: Given, identity: Identity
) -> Views | None:
    """Whether the views have come so far, or do while the caller waits; None if it asks for no wait."""
    if given.wait_seconds is None:
        return None
    organisation = identity.actor.organisation
    has = await commanding.is_folded(organisation, kind, answer, given.wait_seconds)
    return "current" if has else "behind"


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
