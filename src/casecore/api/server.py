"""The API as an ASGI application: its routes, and what holds for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from casecore.api.answers import MOST_AT_ONCE, Answers
from casecore.api.authentication import Authentication
from casecore.api.catalogue import FILES, QUESTIONS
from casecore.api.commands import CommandEndpoints
from casecore.api.description.routes import description_routes
from casecore.api.feed.endpoint import EventEndpoints
from casecore.api.files import file_routes
from casecore.api.lines.endpoint import LineEndpoint
from casecore.api.lookups import CaseLookups
from casecore.api.operations import OperationEndpoints
from casecore.api.protection.guard import DEFAULT_PROTECTION, Guard, Protection
from casecore.api.publishing import PublishingEndpoints
from casecore.api.routing import IndexedRouter
from casecore.app.answering import Answering
from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.seen.rows import CaseRows


def make_api(
    app: Application,
    authentication: Authentication,
    *,
    needs_if_match: bool = False,
    protection: Protection = DEFAULT_PROTECTION,
) -> Starlette:
    """The API of one installation."""
    commands = CommandEndpoints(app, authentication, needs_if_match=needs_if_match)
    publishing = PublishingEndpoints(commands, authentication)
    operations = OperationEndpoints(app, commands, authentication)
    lines = LineEndpoint(commands.bus, authentication)
    lookups = CaseLookups(CaseRows(app.database))
    answers = Answers(Answering(app, MOST_AT_ONCE), lookups, authentication, app.settings.vendor)
    events = EventEndpoints(EventFeed(app), authentication, answers.viewer_of)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        events.close()
        operations.close()
        answers.close()
        commands.close()

    routes = [
        *commands.routes(),
        *publishing.routes(),
        *operations.routes(),
        *lines.routes(),
        *answers.routes(QUESTIONS),
        *file_routes(answers, FILES),
        *events.routes(),
        *description_routes(),
    ]
    api = protected(routes, protection, lifespan)
    api.state.events, api.state.end_streams = events, events.end
    return api


def protected(
    routes: Sequence[BaseRoute],
    protection: Protection = DEFAULT_PROTECTION,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """An application with these routes, behind what holds for every request."""
    return _Api(routes, protection, lifespan)


class _Api(Starlette):
    """Starlette without middleware of its own: the guard answers whatever goes wrong."""

    def __init__(
        self, routes: Sequence[BaseRoute], protection: Protection, lifespan: Lifespan[Starlette] | None
    ) -> None:
        super().__init__()
        self.router = IndexedRouter(routes, lifespan)
        for route in routes:
            if isinstance(route, Route):
                route.app = _answering(route.endpoint)
        self._protection = protection

    def build_middleware_stack(self) -> ASGIApp:
        """The guard, and behind it the routes."""
        return Guard(self.router, self._protection)


def _answering(endpoint: Callable[[Request], Awaitable[ASGIApp]]) -> ASGIApp:
    """An endpoint as an application, without the layer for errors that Starlette has around each."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return answer
