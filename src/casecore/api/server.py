"""The API as an ASGI application: its routes, how one is found, and what holds for all of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Route, Router
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
        super().__init__()
        self.router = IndexedRouter(routes, lifespan)
        self._allowed = _methods_of_paths(routes)
        for route in routes:
            if isinstance(route, Route):
                route.app = _answering(route.endpoint)
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


class _Shape(NamedTuple):
    """What the paths of a route have in common; `end` is None where any may be the last part."""

    method: str
    parts: int
    end: str | None


class IndexedRouter(Router):
    """Starlette's router, which asks one route after the other, but only those that can match.

    What none of them has is left to Starlette: it answers that there is no such path, or no such method.
    """

    def __init__(self, routes: Sequence[BaseRoute], lifespan: Lifespan[Any] | None) -> None:
        # A redirect would be made of the header Host, which is the caller's.
        super().__init__(routes=routes, redirect_slashes=False, lifespan=lifespan)
        self._index = _index([route for route in routes if isinstance(route, Route)])

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the first route that matches."""
        if scope["type"] == "http":
            for route in self.candidates(scope["method"], scope["path"]):
                match, child_scope = route.matches(scope)
                if match is Match.FULL:
                    scope["route"] = route
                    scope.update(child_scope)
                    await route.app(scope, receive, send)
                    return
        await super().app(scope, receive, send)

    def candidates(self, method: str, path: str) -> Sequence[Route]:
        """The routes that can match, in their order."""
        parts, end = path.count("/"), path[path.rfind("/") + 1 :]
        # A plain tuple is equal to the shape, and made in a tenth of the time.
        return self._index.get((method, parts, end)) or self._index.get((method, parts, None)) or ()


def _index(routes: Sequence[Route]) -> Mapping[tuple[str, int, str | None], Sequence[Route]]:
    """The routes that can match a path of each shape, in their order."""
    shapes = dict.fromkeys(shape for route in routes for shape in _shapes(route))
    return {shape: [route for route in routes if _can_match(route, shape)] for shape in shapes}


def _can_match(route: Route, shape: _Shape) -> bool:
    if shape.method not in (route.methods or ()):
        return False
    own = _shapes(route)
    return not own or shape in own or shape._replace(end=None) in own


def _shapes(route: Route) -> list[_Shape]:
    """The shapes of a route; none if it has a parameter with slashes, so that its paths have any."""
    if ":" in route.path:
        return []
    last = route.path[route.path.rfind("/") + 1 :]
    end = None if "{" in last else last
    return [_Shape(method, route.path.count("/"), end) for method in sorted(route.methods or ())]
