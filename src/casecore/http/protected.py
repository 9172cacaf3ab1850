"""Routes behind the guard, as one application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from casecore.http.protection.guard import (
    DEFAULT_PROTECTION,
    Guard,
    ProblemAnswer,
    Protection,
    answer_in_json,
)


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
        super().__init__(routes=routes, lifespan=lifespan)
        for route in routes:
            if isinstance(route, Route):
                route.app = _answering(route.endpoint)
        # A redirect would be made of the header Host, which is the caller's.
        self.router.redirect_slashes = False
        self._protection = protection
        self._answer = answer

    def build_middleware_stack(self) -> ASGIApp:
        """The guard, and behind it the routes."""
        return Guard(self.router, self._protection, self._answer)


def _answering(endpoint: Callable[[Request], Awaitable[ASGIApp]]) -> ASGIApp:
    """An endpoint as an application, without the layer for errors that Starlette has around each."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return answer
