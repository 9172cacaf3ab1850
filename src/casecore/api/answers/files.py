"""Files over HTTP: a document byte for byte as it was issued, to those who see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import Answers, kept_headers, kept_response
from casecore.api.questions.file import AnyFileQuestion
from casecore.app.application import Application
from casecore.visibility.rules import Viewer


def file_routes(answers: Answers, files: Sequence[AnyFileQuestion]) -> list[Route]:
    """A route for each file that can be asked for."""
    return [Route(one.path, _endpoint(answers, one), methods=["GET"]) for one in files]


def _endpoint(answers: Answers, question: AnyFileQuestion) -> Any:
    async def endpoint(request: Request) -> Response:
        def respond(app: Application, viewer: Viewer, asked: msgspec.Struct) -> Response:
            file = question.find(app, viewer, asked)
            headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
            return kept_response(request, kept_headers(file.version), file.read, question.media_type, headers)

        response, _ = await answers.ask(request, question.scopes, question.asked, respond)
        return response

    return endpoint
