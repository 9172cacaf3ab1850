"""The API as an ASGI application: its routes, and what holds for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from casecore.api.answers import MOST_AT_ONCE, Answers
from casecore.api.authentication import Authentication
from casecore.api.catalogue import QUESTIONS
from casecore.api.commands import CommandEndpoints
from casecore.api.description.routes import description_routes
from casecore.api.problems import Problem, answer_with, problem_of
from casecore.app.answering import Answering
from casecore.app.application import Application
from casecore.app.failures import error_kind
from casecore.errors.kinds import Kind

_log = structlog.get_logger()


def make_api(app: Application, authentication: Authentication, *, needs_if_match: bool = False) -> Starlette:
    """The API of one installation."""
    commands = CommandEndpoints(app, authentication, needs_if_match=needs_if_match)
    answers = Answers(Answering(app, MOST_AT_ONCE), authentication, app.settings.vendor)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        answers.close()

    return Starlette(
        routes=[*commands.routes(), *answers.routes(QUESTIONS), *description_routes()],
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_problem, Exception: _problem},
    )


async def _problem(request: Request, error: Exception) -> Response:
    if error_kind(error) is Kind.DEFECT:
        _log.error("request_failed", path=request.url.path, exc_info=error)
    return answer_with(problem_of(error))


async def _http_problem(request: Request, error: Exception) -> Response:
    """What the router finds: no such path, or no such method."""
    assert isinstance(error, HTTPException)
    return answer_with(
        Problem(
            type=f"/docs/problems#http_{error.status_code}",
            title=error.detail,
            status=error.status_code,
            detail=f"{request.method} {request.url.path[:200]} is not part of this API: /docs lists what is.",
            code=f"http_{error.status_code}",
        )
    )
