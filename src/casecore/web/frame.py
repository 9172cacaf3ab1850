"""What is around every page: the navigation, who looks, the language, and how new what is shown is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from secrets import token_hex
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from casecore.app.engine_room.rights import operates
from casecore.app.freshness.result import Freshness
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from casecore.web.assets import asset_path
from casecore.web.origins import address_of
from casecore.web.pages.page import Refused, Shown
from casecore.web.rendering.language import LANGUAGES
from casecore.web.rendering.templates import render
from casecore.web.rendering.times import LocalTimes
from casecore.web.rendering.words import N_
from casecore.web.visitors import Visitor, language_for


class Section(NamedTuple):
    """A place in the navigation, for identities with one of the scopes; and `sees`, where it is given, is
    whether a viewer sees anything there."""

    name: str
    path: str
    title: str
    scopes: tuple[Scope, ...]
    sees: Callable[[Viewer], bool] | None = None

    def is_for(self, visitor: Visitor) -> bool:
        """Whether it is shown to somebody."""
        if not visitor.identity.scopes.intersection(self.scopes):
            return False
        return self.sees is None or self.sees(visitor.viewer)


SECTIONS = (
    Section("work", "/work", N_("My work"), (Scope.AGENT,)),
    Section("cases", "/cases", N_("Cases"), (Scope.AGENT,)),
    Section("operations", "/operations", N_("Operations"), (Scope.ANALYST,)),
    Section("service_levels", "/service-levels", N_("Service levels"), (Scope.AGENT, Scope.ANALYST)),
    Section("money", "/money", N_("Money"), (Scope.ACCOUNTANT,)),
    Section("engine_room", "/engine-room", N_("Engine room"), (Scope.OPERATOR,), operates),
)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Frame(NamedTuple):
    """What a page needs to know of its request to be rendered in a thread."""

    language: str
    times: LocalTimes
    path: str
    here: str
    visitor: Visitor | None
    is_hurried: bool


def frame_of(request: Request, visitor: Visitor | None, zone: ZoneInfo) -> Frame:
    """The frame of the answer to a request."""
    language = language_for(request)
    return Frame(
        language=language,
        times=LocalTimes(language, zone, datetime.now(UTC)),
        path=request.url.path,
        here=address_of(request),
        visitor=visitor,
        is_hurried="hx-request" in request.headers,
    )


class SharedPage(NamedTuple):
    """A page of an identity, without what belongs to one browser and one showing of it.

    `mark` stands in it for that, and nothing that anybody writes can be equal to it.
    """

    body: bytes
    mark: str

    def filled(self, form_token: str) -> bytes:
        """The page for a browser: each of its forms has an id of its own, so that it is done once."""
        token, new_id = _token_mark(self.mark), _id_mark(self.mark)
        pieces = self.body.replace(token.encode(), form_token.encode()).split(new_id.encode())
        filled = [pieces[0]]
        for piece in pieces[1:]:
            filled += (str(uuid4()).encode(), piece)
        return b"".join(filled)


def rendered(
    frame: Frame,
    template: str,
    shown: Shown,
    section: str = "",
    freshness: Freshness | None = None,
    refused: Refused | None = None,
) -> bytes:
    """A page in its frame; `refused` is a form of it that was sent before, and was refused."""
    page = rendered_to_share(frame, template, shown, section, freshness, refused)
    return page.filled(frame.visitor.form_token if frame.visitor else "")


def rendered_to_share(
    frame: Frame,
    template: str,
    shown: Shown,
    section: str = "",
    freshness: Freshness | None = None,
    refused: Refused | None = None,
) -> SharedPage:
    """The same, for all browsers of its identity."""
    visitor, mark = frame.visitor, token_hex(16)
    live = f"/live?{urlencode({'about': shown.about})}" if visitor and shown.about else ""
    given: Mapping[str, Any] = {
        "title": shown.title,
        "api": shown.api,
        "also": shown.also,
        "live": live,
        "every_seconds": shown.every_seconds if visitor else 0,
        "times": frame.times._replace(is_dated=shown.is_of_the_past),
        "here": frame.here,
        "section": section,
        "sections": [one for one in SECTIONS if visitor and one.is_for(visitor)],
        "who": visitor.identity.actor if visitor else None,
        "form_token": _token_mark(mark),
        "new_id": lambda: _id_mark(mark),
        "languages": LANGUAGES,
        "asset": asset_path,
        "freshness": freshness,
        "refused": refused,
        **shown.content._asdict(),
    }
    return SharedPage(render(frame.language, template, given), mark)


def _token_mark(mark: str) -> str:
    return f"token-{mark}"


def _id_mark(mark: str) -> str:
    return f"id-{mark}"


def page_response(
    body: bytes, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] = {}
) -> Response:
    """The answer that a page is: nobody but its browser keeps it, and no other page shows it in a frame."""
    own = {
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-store",
        "Vary": "Cookie, Accept-Language",
        **headers,
    }
    return Response(body, status, own, "text/html")


def file_response(content: bytes, media_type: str, name: str) -> Response:
    """The answer that a file is: it is kept under its name, and does nothing where it is opened."""
    own = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
        "Vary": "Cookie, Accept-Language",
    }
    return Response(content, HTTPStatus.OK, own, media_type)
