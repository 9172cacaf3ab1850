"""All doors over HTTP of one installation, as one application."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from casecore.api.authentication import Authentication
from casecore.api.server import Api
from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.identities import key_file
from casecore.app.logins import Logins
from casecore.app.running.listening import hosts_of
from casecore.app.settings import IfMatch, KeysTaken, Settings
from casecore.http.commanding import Commanding
from casecore.http.problems import Problem, answer_with
from casecore.http.protected import protected
from casecore.http.protection.guard import Protection
from casecore.http.serving.metrics import ApiMetrics
from casecore.identity.issuer import IssuerKeys, read_issuer
from casecore.identity.key_file import KeyFile
from casecore.identity.tokens import Tokens
from casecore.web.errors import ErrorPages
from casecore.web.logging_in.keys import LoginOptions
from casecore.web.logging_in.people import DemoPeople
from casecore.web.site import Site, SiteOptions
from casecore.web.visitors import MOST_AT_ONCE


def make_application(app: Application, metrics: ApiMetrics | None = None) -> Starlette:
    """The API and the page of an installation, as its settings say.

    Raises NotRunning, InvalidIssuerFile and OSError.
    """
    settings, feed = app.settings, EventFeed(app)
    keys = key_file(settings)
    commanding = Commanding(app)
    needs_if_match = settings.api.if_match is IfMatch.DEMANDED
    api = Api(app, _authentication(settings, keys), commanding, feed, needs_if_match=needs_if_match)
    login = LoginOptions(
        keys=keys,
        keys_from_anywhere=settings.api.keys is KeysTaken.ANYWHERE,
        people=DemoPeople(settings.home / "people.json"),
    )
    logins = Logins(app.database, MOST_AT_ONCE, keys.is_taken)
    site = Site(app, commanding, feed, logins, SiteOptions(hosts_of(settings.api), login))
    pages = ErrorPages(ZoneInfo(settings.time_zone))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        site.close()
        api.close()
        commanding.close()

    def answer(scope: Scope, problem: Problem) -> Response:
        return answer_with(problem) if _is_for_programs(scope) else pages.answer(scope, problem)

    def end() -> None:
        site.end()
        api.end()

    protection = Protection(on_begin=metrics.begin, on_answer=metrics.count) if metrics else Protection()
    made = protected([*site.routes(), *api.routes()], protection, lifespan, answer)
    made.state.end_streams = end
    return made


def _is_for_programs(scope: Scope) -> bool:
    """Whether a program asks: for the API, or for anything as something else than a page."""
    path: str = scope["path"]
    accepted = Headers(scope=scope).get("accept", "")
    return path == "/v1" or path.startswith("/v1/") or "text/html" not in accepted


def _authentication(settings: Settings, keys: KeyFile) -> Authentication:
    tokens = None
    if settings.api.issuer is not None:
        issuer = read_issuer(settings.api.issuer)
        tokens = Tokens(issuer, IssuerKeys(issuer.issuer, time.monotonic))
    return Authentication(keys, tokens, keys_from_anywhere=settings.api.keys is KeysTaken.ANYWHERE)
