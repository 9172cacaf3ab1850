"""Files over HTTP: a document byte for byte as it was issued, to those who see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers import Answers, kept_headers, kept_response
from casecore.app.application import Application
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

FormT = TypeVar("FormT", bound=msgspec.Struct)


class File(NamedTuple):
    """A file that is there for good.

    `name` is the one under which it is kept, in ASCII and without quotes; `version` changes with its bytes,
    which `read` gets.
    """

    name: str
    version: str
    read: Callable[[], bytes]


class FileQuestion(NamedTuple, Generic[FormT]):
    """A file that can be asked for at a path, by an identity with one of the `scopes`.

    `find` runs in a thread, with an installation for this one answer, and so does the file's `read`.
    """

    path: str
    scopes: tuple[Scope, ...]
    asked: type[FormT]
    media_type: str
    find: Callable[[Application, Viewer, FormT], File]

    @property
    def meaning(self) -> str:
        """What it is, in a sentence."""
        return (self.find.__doc__ or "").strip()


AnyFileQuestion = FileQuestion[Any]


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
