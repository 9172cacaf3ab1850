"""The endpoints of pages: each is asked, found and rendered in a thread, for whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.app.application import Application
from casecore.app.identities import viewer_of
from casecore.decider.refusal import FieldRefusal
from casecore.errors.kinds import CasecoreError
from casecore.http.asking import AnswerThreads
from casecore.http.problems import InvalidRequest, status_of
from casecore.http.requests.texts import from_texts
from casecore.identity.identity import Identity
from casecore.visibility.rules import Viewer
from casecore.web.door import WebDoor
from casecore.web.frame import Frame, SharedPage, file_response, frame_of, page_response, rendered_to_share
from casecore.web.live.numbers import TOLD_HEADER, ToldNumbers
from casecore.web.live.renderings import RenderingKey, Renderings
from casecore.web.pages.files import AnyPageFile, FileShown
from casecore.web.pages.page import AnyPage, Look, PageAsked, Refused
from casecore.web.rendering.refusals import said
from casecore.web.scopes import check_scopes
from casecore.web.visitors import Visitor, language_for

AnswerT = TypeVar("AnswerT")

_WAIT_SECONDS = 0.5
_WAIT_AFTER_COMMAND_SECONDS = 3.0
"""For how long a page waits for its views: after one's own command long enough to show it."""


class PageEndpoints:
    """Answers with pages."""

    def __init__(self, door: WebDoor, threads: AnswerThreads, vendor: str, numbers: ToldNumbers) -> None:
        """`numbers` are those of what open pages are told."""
        self._door = door
        self._threads = threads
        self._vendor = vendor
        self._numbers = numbers
        self._renderings = Renderings()

    def routes(self, pages: Sequence[AnyPage]) -> list[Route]:
        """A route for each page."""
        return [Route(one.path, self._endpoint(one), methods=["GET"]) for one in pages]

    def file_routes(self, files: Sequence[AnyPageFile]) -> list[Route]:
        """A route for each file."""
        return [Route(one.path, self._file_endpoint(one), methods=["GET"]) for one in files]

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._threads.close()

    def _endpoint(self, page: AnyPage) -> Any:
        async def endpoint(request: Request, visitor: Visitor) -> Response:
            check_scopes(visitor.identity, page.scopes)
            asked = read_asked(request, page.asked)
            return page_response(await self.body_of(request, visitor, page, asked))

        return self._door.inside(endpoint)

    def _file_endpoint(self, file: AnyPageFile) -> Any:
        async def endpoint(request: Request, visitor: Visitor) -> Response:
            check_scopes(visitor.identity, file.scopes)
            asked = read_asked(request, file.asked)
            frame = frame_of(request, visitor, self._door.zone)
            viewer = viewer_of(visitor.identity, self._vendor)

            def make(app: Application) -> FileShown:
                return file.load(Look(app, visitor.identity, viewer, frame.times, frame.times.now), asked)

            made = await self._threads.ask(viewer.organisation, _WAIT_SECONDS, make)
            return file_response(made.content, made.media_type, made.name)

        return self._door.inside(endpoint)

    async def ask(self, visitor: Visitor, question: Callable[[Application, Viewer], AnswerT]) -> AnswerT:
        """What an installation answers to somebody, made in a thread as a page is."""
        viewer = visitor.viewer
        return await self._threads.ask(viewer.organisation, _WAIT_SECONDS, lambda app: question(app, viewer))

    async def body_of(
        self,
        request: Request,
        visitor: Visitor,
        page: AnyPage,
        asked: Any,
        refused: Refused | None = None,
    ) -> bytes:
        """A page as HTML; `refused` is a form of it that was refused."""
        frame = frame_of(request, visitor, self._door.zone)

        async def make() -> SharedPage:
            return await self._make(frame, visitor.identity, page, asked, refused)

        told = request.headers.get(TOLD_HEADER, "")
        if refused is None and self._numbers.has_told(told):
            key = RenderingKey(visitor.identity, frame.language, frame.here, told)
            found = await self._renderings.of(key, make)
        else:
            found = await make()
        return found.filled(visitor.form_token)

    async def refused(
        self,
        request: Request,
        visitor: Visitor,
        page: AnyPage,
        asked: PageAsked,
        form: str,
        fields: Mapping[str, str],
        error: CasecoreError,
    ) -> Response:
        """The page of a form as it is now, with what was typed, and why it was refused."""
        refused = Refused(
            form=form,
            why=said(language_for(request), error, str(error), self._door.zone),
            field=error.at_fault if isinstance(error, (FieldRefusal, InvalidRequest)) else "",
            typed=fields,
        )
        body = await self.body_of(request, visitor, page, asked, refused)
        return page_response(body, status_of(error))

    async def _make(
        self, frame: Frame, identity: Identity, page: AnyPage, asked: Any, refused: Refused | None
    ) -> SharedPage:
        viewer = viewer_of(identity, self._vendor)

        def make(app: Application) -> SharedPage:
            look = Look(app, identity, viewer, frame.times, frame.times.now)
            shown = page.load(look, asked)
            freshness = app.freshness.of_answer
            return rendered_to_share(frame, page.template, shown, page.section, freshness, refused)

        is_after_command = getattr(asked, "done", "") and not frame.is_hurried
        waits = _WAIT_AFTER_COMMAND_SECONDS if is_after_command else _WAIT_SECONDS
        return await self._threads.ask(viewer.organisation, waits, make)


def read_asked(request: Request, form: type[msgspec.Struct], **of_path: str) -> Any:
    """What a page is asked, by its path and its query; raises InvalidRequest.

    `of_path` is what its path says without parameters.
    """
    given = {**dict(request.query_params), **request.path_params, **of_path}
    try:
        return from_texts(given, form)
    except msgspec.ValidationError as wrong:
        raise InvalidRequest(f"the address of this page cannot be read: {wrong}") from None
