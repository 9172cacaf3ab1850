"""Publishing over HTTP: a calendar or a policy as its file says, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import json_response
from casecore.api.authentication import Authentication, check_scope
from casecore.api.commands.endpoints import REPLAYED, preference_applied, views_at
from casecore.api.commands.resources import PUBLISHING_SCOPE, CommandAnswer, Views, answer_as
from casecore.api.requests.given import Given, read_given
from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.app.commands.replay import as_first_answered
from casecore.app.service_levels.policies_and_calendars import (
    Publication,
    publish_calendar_json,
    publish_policy_json,
)
from casecore.contract import streams
from casecore.http.commanding import Commanding
from casecore.http.problems import InvalidRequest
from casecore.http.requests.body import check_members, read_body


class CalendarAnswer(CommandAnswer, frozen=True, kw_only=True):
    """What publishing a calendar led to; `version` is that of the book of all service levels."""

    calendar: str
    published_version: int


class PolicyAnswer(CommandAnswer, frozen=True, kw_only=True):
    """What publishing a policy led to; `version` is that of the book of all service levels."""

    policy: str
    published_version: int


class PublicationForm(NamedTuple):
    """What is published at a path: the use case that does it, and the form of the answer with its name."""

    path: str
    publish: Callable[[Application, bytes, CommandContext], Publication]
    name: str
    answer: type[CommandAnswer]


PUBLISHED = (
    PublicationForm("/v1/calendars", publish_calendar_json, "calendar", CalendarAnswer),
    PublicationForm("/v1/policies", publish_policy_json, "policy", PolicyAnswer),
)


class PublishingEndpoints:
    """Publishes what requests bring."""

    def __init__(self, commanding: Commanding, authentication: Authentication) -> None:
        self._commanding = commanding
        self._authentication = authentication

    def routes(self) -> list[Route]:
        """A route for calendars, and one for policies."""
        return [Route(one.path, self._endpoint(one), methods=["POST"]) for one in PUBLISHED]

    def _endpoint(self, one: PublicationForm) -> Any:
        async def endpoint(request: Request) -> Response:
            identity = check_scope(await self._authentication.identify(request), PUBLISHING_SCOPE)
            given = read_given(request)
            if given.precondition is not None:
                raise InvalidRequest("what is published has numbered versions: leave If-Match out")
            context = CommandContext(identity.actor, given.occurred_at, given.command_id)
            raw = await read_body(request)
            check_members(raw)
            published, is_replay = await self._commanding.in_thread(_published, one, raw, context)
            views = await views_at(
                self._commanding, streams.SERVICE_LEVELS, published.answer, given, identity
            )
            return _respond(one, published, views, given, is_replay=is_replay)

        return endpoint


def _published(
    app: Application, one: PublicationForm, raw: bytes, context: CommandContext
) -> tuple[Publication, bool]:
    published = one.publish(app, raw, context)
    first = as_first_answered(app, published.answer)
    return published._replace(answer=first), published.answer.repeated


def _respond(
    one: PublicationForm, published: Publication, views: Views | None, given: Given, *, is_replay: bool
) -> Response:
    answer = published.answer
    own = {one.name: published.id, "published_version": published.version}
    body = answer_as(one.answer, answer, views, **own)
    headers = preference_applied(given)
    if answer.events:
        headers["Location"] = f"{one.path}/{quote(published.id, safe='')}"
    if is_replay:
        headers[REPLAYED] = "true"
    status = HTTPStatus.CREATED if answer.events else HTTPStatus.OK
    return json_response(body, headers, status)
