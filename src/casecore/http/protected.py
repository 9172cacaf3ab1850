"""Routes behind the guard, as one application."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from casecore.http.protection.encoded_slashes import restore_slashes
from casecore.http.protection.guard import (
    DEFAULT_PROTECTION,
    Guard,
    ProblemAnswer,
    Protection,
    answer_in_json,
)
from casecore.http.routing import IndexedRouter

_NAME = re.compile(r"\{[^}]*\}")


def protected(
    routes: Sequence[BaseRoute],
    protection: Protection = DEFAULT_PROTECTION,
    lifespan: Lifespan[Starlette] | None = None,
    answer: ProblemAnswer = answer_in_json,
) -> Starlette:
    """An application with these routes, behind what holds for each request; `answer` says what went wrong."""
    return _Protected(routes, protection, lifespan, answer)


class _Protected(Starlette):
    """Starlette without middleware of its own: the guard answers whatever goes wrong."""

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        protection: Protection,
        lifespan: Lifespan[Starlette] | None,
        answer: ProblemAnswer,
    ) -> None:
        super().__init__()
        self.router = IndexedRouter(routes, lifespan)
        self._allowed = _methods_of_paths(routes)
        for route in routes:
            if isinstance(route, Route):
                route.app = _answering(route.endpoint)
        self._protection = protection
        self._answer = answer

    def build_middleware_stack(self) -> ASGIApp:
        """The guard, and behind it the routes."""
        return Guard(self.router, self._protection, self._answer, self._allowed)


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
