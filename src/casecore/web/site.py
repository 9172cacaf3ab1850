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
from casecore.app.logging_in.attempts import LoginAttempts
from casecore.app.logging_in.logins import Logins
from casecore.app.service_levels.what_if_runs import WhatIfRuns
from casecore.http.asking import AnswerThreads
from casecore.http.commanding import Commanding
from casecore.postgres.pool import SessionPool
from casecore.web.assets import asset_routes
from casecore.web.case_forms import CaseForms
from casecore.web.door import WebDoor
from casecore.web.forms import read_form
from casecore.web.frame import SECTIONS
from casecore.web.live.numbers import ToldNumbers
from casecore.web.live.stream import LiveEndpoint
from casecore.web.logging_in.keys import LoginEndpoints
from casecore.web.logging_in.login_page import LoginOptions
from casecore.web.money_files import MoneyFiles
from casecore.web.money_forms import MoneyForms
from casecore.web.origins import check_origin, local_path
from casecore.web.pages.catalogue import FILES, PAGES
from casecore.web.pages.endpoints import PageEndpoints
from casecore.web.pages.engine_room.forms import QuarantineForms
from casecore.web.rendering.language import language_of
from casecore.web.visitors import MOST_AT_ONCE as MOST_LOOKED_UP
from casecore.web.visitors import Visitor, Visitors, keep_language
from casecore.web.what_if_forms import WhatIfForms

MOST_AT_ONCE = 12
"""Pages that are made at a time; of one organisation half as many, and its others wait."""


class SiteOptions(NamedTuple):
    """How the page is reached: `hosts` are the names, with their ports, under which it is asked for."""

    hosts: Sequence[str]
    login: LoginOptions


class Site:
    """The page of one installation."""

    def __init__(
        self,
        app: Application,
        commanding: Commanding,
        feed: EventFeed,
        what_ifs: WhatIfRuns,
        options: SiteOptions,
    ) -> None:
        self._sessions = SessionPool(app.database, MOST_LOOKED_UP, "casecore login")
        keys = options.login.keys
        logins = Logins(self._sessions, keys.is_taken if keys is not None else lambda _: False)
        self._door = WebDoor(
            Visitors(logins, app.settings.vendor), options.hosts, ZoneInfo(app.settings.time_zone)
        )
        threads = AnswerThreads(app, MOST_AT_ONCE, "page")
        numbers = ToldNumbers()
        self._pages = PageEndpoints(self._door, threads, app.settings.vendor, numbers)
        self._forms = CaseForms(self._door, self._pages, commanding)
        self._money_forms = MoneyForms(app, self._door, self._pages, commanding)
        self._money_files = MoneyFiles(self._door, threads, app.settings.vendor)
        self._quarantine = QuarantineForms(self._door, self._pages, threads)
        self._what_ifs = WhatIfForms(what_ifs, app.settings.vendor, self._door, self._pages, threads)
        self._login = LoginEndpoints(self._door, options.login, LoginAttempts(self._sessions))
        self._live = LiveEndpoint(self._door, feed, threads, app.settings.vendor, numbers)

    def routes(self) -> list[BaseRoute]:
        """All routes of the page."""
        return [
            Route("/", self._door.inside(_first_page), methods=["GET"]),
            Route("/language", self._door.open(_choose_language), methods=["POST"]),
            *self._login.routes(),
            *self._live.routes(),
            *asset_routes(),
            *self._forms.routes(),
            *self._quarantine.routes(),
            *self._what_ifs.routes(),
            *self._money_forms.routes(),
            *self._money_files.routes(),
            *self._pages.routes(PAGES),
            *self._pages.file_routes(FILES),
        ]

    def end(self) -> None:
        """End the streams of open pages, which have no end of their own."""
        self._live.end()

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._pages.close()
        self._money_forms.close()
        self._login.close()
        self._door.visitors.close()
        self._sessions.close()


async def _first_page(_: Request, visitor: Visitor) -> Response:
    """Leads to the first page that the identity may look at."""
    path = next((one.path for one in SECTIONS if one.is_for(visitor)), "/account")
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


async def _choose_language(request: Request) -> Response:
    check_origin(request)
    fields = await read_form(request)
    answer = RedirectResponse(local_path(fields.get("back", "/")), HTTPStatus.SEE_OTHER)
    keep_language(answer, language_of(fields.get("language"), ""))
    return answer
