"""The page as a whole: its routes, and what they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.logins import Logins
from casecore.http.asking import AnswerThreads
from casecore.http.commanding import Commanding
from casecore.web.assets import asset_routes
from casecore.web.case_forms import CaseForms
from casecore.web.door import WebDoor
from casecore.web.forms import read_form
from casecore.web.frame import SECTIONS
from casecore.web.live.stream import LiveEndpoint
from casecore.web.logging_in.keys import LoginEndpoints, LoginOptions
from casecore.web.origins import check_origin, local_path
from casecore.web.pages.catalogue import FILES, PAGES
from casecore.web.pages.endpoints import PageEndpoints
from casecore.web.rendering.language import language_of
from casecore.web.visitors import Visitor, Visitors, keep_language

MOST_AT_ONCE = 12
"""Pages that are made at a time; of one organisation half as many, and its others wait."""


class SiteOptions(NamedTuple):
    """How the page is reached: `hosts` are the names, with their ports, under which it is asked for."""

    hosts: Sequence[str]
    login: LoginOptions


class Site:
    """The page of one installation."""

    def __init__(self, app: Application, feed: EventFeed, logins: Logins, options: SiteOptions) -> None:
        self._door = WebDoor(Visitors(logins), options.hosts, ZoneInfo(app.settings.time_zone))
        self._commanding = Commanding(app)
        threads = AnswerThreads(app, MOST_AT_ONCE, "page")
        self._pages = PageEndpoints(self._door, threads, app.settings.vendor)
        self._forms = CaseForms(self._door, self._pages, self._commanding)
        self._login = LoginEndpoints(self._door, options.login)
        self._live = LiveEndpoint(self._door, feed, threads, app.settings.vendor)

    def routes(self) -> list[BaseRoute]:
        """All routes of the page."""
        return [
            Route("/", self._door.inside(_first_page), methods=["GET"]),
            Route("/language", self._door.open(_choose_language), methods=["POST"]),
            *self._login.routes(),
            *self._live.routes(),
            *asset_routes(),
            *self._forms.routes(),
            *self._pages.routes(PAGES),
            *self._pages.file_routes(FILES),
        ]

    def end(self) -> None:
        """End the streams of open pages, which have no end of their own."""
        self._live.end()

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._pages.close()
        self._commanding.close()
        self._door.visitors.close()


async def _first_page(_: Request, visitor: Visitor) -> Response:
    """Leads to the first page that the identity may look at."""
    scopes = visitor.identity.scopes
    path = next((one.path for one in SECTIONS if scopes.intersection(one.scopes)), "/account")
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


async def _choose_language(request: Request) -> Response:
    check_origin(request)
    fields = await read_form(request)
    answer = RedirectResponse(local_path(fields.get("back", "/")), HTTPStatus.SEE_OTHER)
    keep_language(answer, language_of(fields.get("language"), ""))
    return answer
