"""A document's files on the page: byte for byte as they were issued, to those who see it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.app.application import Application
from casecore.app.billing.answers import archived_pdf, archived_xml, issued_document
from casecore.app.identities import viewer_of
from casecore.contract.billing import DocumentIssued
from casecore.http.asking import AnswerThreads
from casecore.web.door import WebDoor
from casecore.web.pages.money.lists import SCOPES
from casecore.web.scopes import check_scopes
from casecore.web.visitors import Visitor

Read = Callable[[Application, DocumentIssued], bytes]


class MoneyFiles:
    """Answers with files."""

    def __init__(self, door: WebDoor, threads: AnswerThreads, vendor: str) -> None:
        self._door = door
        self._threads = threads
        self._vendor = vendor

    def routes(self) -> list[Route]:
        """A document's PDF, which a browser shows, and its e-invoice, which it keeps."""
        return [
            self._route("pdf", "application/pdf", "inline", archived_pdf),
            self._route("xml", "application/xml", "attachment", archived_xml),
        ]

    def _route(self, ending: str, media_type: str, how: str, read: Read) -> Route:
        async def endpoint(request: Request, visitor: Visitor) -> Response:
            check_scopes(visitor.identity, SCOPES)
            viewer = viewer_of(visitor.identity, self._vendor)
            number = request.path_params["number"]

            def find(app: Application) -> tuple[str, bytes]:
                document = issued_document(app, number, viewer)
                return document.number, read(app, document)

            name, content = await self._threads.ask(viewer.organisation, 0, find)
            headers = {
                "Content-Disposition": f'{how}; filename="{name}.{ending}"',
                "Cache-Control": "no-store",
                "Vary": "Cookie",
            }
            return Response(content, HTTPStatus.OK, headers, media_type)

        path = f"/money/documents/{{number}}/{ending}"
        return Route(path, self._door.inside(endpoint), methods=["GET"])
