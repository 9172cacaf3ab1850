"""The API as an ASGI application: its routes, and what holds for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Lifespan

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
from casecore.api.problems import Problem, answer_with
from casecore.api.protection.exchange import note_problem
from casecore.api.protection.guard import DEFAULT_PROTECTION, Guard, Protection
from casecore.api.publishing import PublishingEndpoints
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
    api = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Guard, protection)],
        exception_handlers={HTTPException: _http_problem},
    )
    # A redirect would be made of the header Host, which is the caller's.
    api.router.redirect_slashes = False
    return api


async def _http_problem(request: Request, error: Exception) -> Response:
    """What the router finds: no such path, or no such method."""
    assert isinstance(error, HTTPException)
    code = f"http_{error.status_code}"
    note_problem(request.scope, code)
    response = answer_with(
        Problem(
            type=f"/docs/problems#{code}",
            title=error.detail,
            status=error.status_code,
            detail=f"{request.method} {request.url.path[:200]} is not part of this API: /docs lists what is.",
            code=code,
        )
    )
    response.headers.update(error.headers or {})
    return response
