"""What is around every page: the navigation, who looks, the language, and how new what is shown is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from casecore.app.freshness.result import Freshness
from casecore.identity.identity import Scope
from casecore.web.assets import asset_path
from casecore.web.pages.page import Refused, Shown
from casecore.web.rendering.language import LANGUAGES
from casecore.web.rendering.templates import render
from casecore.web.rendering.times import Times
from casecore.web.rendering.words import N_
from casecore.web.visitors import Visitor, language_for


class Section(NamedTuple):
    """A place in the navigation, for identities with one of the scopes."""

    name: str
    path: str
    title: str
    scopes: tuple[Scope, ...]


SECTIONS = (
    Section("work", "/work", N_("My work"), (Scope.AGENT,)),
    Section("cases", "/cases", N_("Cases"), (Scope.AGENT,)),
    Section("operations", "/operations", N_("Operations"), (Scope.ANALYST,)),
)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'{form_targets}; base-uri 'none'; frame-ancestors 'none'"
)


class Frame(NamedTuple):
    """What a page needs to know of its request to be rendered in a thread."""

    language: str
    times: Times
    path: str
    here: str
    visitor: Visitor | None
    is_hurried: bool


def frame_of(request: Request, visitor: Visitor | None, zone: ZoneInfo) -> Frame:
    """The frame of the answer to a request."""
    language = language_for(request)
    query = request.url.query
    return Frame(
        language=language,
        times=Times(language, zone, datetime.now(UTC)),
        path=request.url.path,
        here=request.url.path + (f"?{query}" if query else ""),
        visitor=visitor,
        is_hurried="hx-request" in request.headers,
    )


def rendered(
    frame: Frame,
    template: str,
    shown: Shown,
    section: str = "",
    freshness: Freshness | None = None,
    refused: Refused | None = None,
) -> bytes:
    """A page in its frame; `refused` is a form of it that was sent before, and was refused."""
    visitor = frame.visitor
    scopes = visitor.identity.scopes if visitor else frozenset()
    live = f"/live?{urlencode({'about': shown.about})}" if visitor and shown.about else ""
    given: Mapping[str, Any] = {
        "title": shown.title,
        "api": shown.api,
        "live": live,
        "times": frame.times,
        "here": frame.here,
        "section": section,
        "sections": [one for one in SECTIONS if scopes.intersection(one.scopes)],
        "who": visitor.identity.actor if visitor else None,
        "form_token": visitor.form_token if visitor else "",
        "languages": LANGUAGES,
        "asset": asset_path,
        "freshness": freshness,
        "refused": refused,
        **shown.content._asdict(),
    }
    return render(frame.language, template, given)


def page_response(
    body: bytes, status: HTTPStatus = HTTPStatus.OK, form_targets: str = "", headers: Mapping[str, str] = {}
) -> Response:
    """The answer that a page is: nobody but its browser keeps it, and no other page shows it in a frame.

    `form_targets` are other places to which its forms may lead.
    """
    policy = _POLICY.format(form_targets=f" {form_targets}" if form_targets else "")
    own = {
        "Content-Security-Policy": policy,
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
