"""The API as an ASGI application: its routes, and what holds for all of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from casecore.api.answers.answers import MOST_AT_ONCE, Answers
from casecore.api.answers.catalogue import FILES, QUESTIONS
from casecore.api.answers.files import file_routes
from casecore.api.authentication import Authentication
from casecore.api.commands.endpoints import CommandEndpoints, CommandThreads
from casecore.api.commands.operations import OperationEndpoints
from casecore.api.commands.publishing import PublishingEndpoints
from casecore.api.description.routes import description_routes
from casecore.api.feed.endpoint import EventEndpoints
from casecore.api.lines.endpoint import LineEndpoint
from casecore.api.questions.lookups import CaseLookups
from casecore.app.answering import Answering
from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.seen.rows import CaseRows
from casecore.http.protection.encoded_slashes import restore_slashes
from casecore.http.protection.guard import DEFAULT_PROTECTION, Guard, Protection

_NAME = re.compile(r"\{[^}]*\}")


def make_api(
    app: Application,
    authentication: Authentication,
    *,
    needs_if_match: bool = False,
    protection: Protection = DEFAULT_PROTECTION,
) -> Starlette:
    """The API of one installation."""
    vendor = app.settings.vendor
    threads = CommandThreads(app)
    commands = CommandEndpoints(threads, authentication, vendor, needs_if_match=needs_if_match)
    publishing = PublishingEndpoints(threads, authentication)
    operations = OperationEndpoints(app, threads, authentication)
    lines = LineEndpoint(threads.bus, authentication)
    lookups = CaseLookups(CaseRows(app.database))
    answers = Answers(Answering(app, MOST_AT_ONCE), lookups, authentication, vendor)
    events = EventEndpoints(EventFeed(app), authentication, vendor)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        events.close()
        operations.close()
        answers.close()
        threads.close()

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

    def end_streams() -> None:
        events.end()
        lines.end()

    api.state.events, api.state.end_streams = events, end_streams
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
        super().__init__(routes=routes, lifespan=lifespan)
        self._allowed = _methods_of_paths(routes)
        for route in routes:
            if isinstance(route, Route):
                route.app = _answering(route.endpoint)
        # A redirect would be made of the header Host, which is the caller's.
        self.router.redirect_slashes = False
        self._protection = protection

    def build_middleware_stack(self) -> ASGIApp:
        """The guard, and behind it the routes."""
        return Guard(self.router, self._protection, self._allowed)


def _methods_of_paths(routes: Sequence[BaseRoute]) -> dict[str, str]:
    """Which methods there are at the path of each route, by its template: the router knows those of one."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    templates = {one.path: _NAME.sub("{}", one.path) for one in routes if isinstance(one, Route)}
    for one in routes:
        if isinstance(one, Route):
            methods[templates[one.path]] |= one.methods or set()
    return {path: ", ".join(sorted(methods[form])) for path, form in templates.items()}


def _answering(endpoint: Callable[[Request], Awaitable[ASGIApp]]) -> ASGIApp:
    """An endpoint as an application, without the layer for errors that Starlette has around each."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        restore_slashes(scope)
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return answer
