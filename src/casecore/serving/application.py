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
from casecore.app.logging_in.demo_people import demo_people
from casecore.app.running.listening import hosts_of
from casecore.app.service_levels.what_if_runs import WhatIfRuns
from casecore.app.settings import IfMatch, KeysTaken, Settings
from casecore.http.commanding import Commanding
from casecore.http.problems import Problem, answer_with
from casecore.http.protected import protected
from casecore.http.protection.guard import Protection
from casecore.http.serving.metrics import ApiMetrics
from casecore.identity.code_flow import CodeFlow
from casecore.identity.endpoints import IssuerEndpoints
from casecore.identity.issuer import IssuerKeys, read_client_secret, read_issuer
from casecore.identity.tokens import Tokens
from casecore.web.errors import ErrorPages
from casecore.web.logging_in.login_page import LoginOptions
from casecore.web.site import Site, SiteOptions


def make_application(app: Application, metrics: ApiMetrics | None = None) -> Starlette:
    """The API and the page of an installation, as its settings say.

    Raises NotRunning, InvalidIssuerFile and OSError.
    """
    settings, feed = app.settings, EventFeed(app)
    keys = key_file(settings)
    commanding, what_ifs = Commanding(app), WhatIfRuns(app)
    tokens, flow = _issuer(settings)
    api = Api(
        app,
        Authentication(keys, tokens, keys_from_anywhere=settings.api.keys is KeysTaken.ANYWHERE),
        commanding,
        feed,
        what_ifs,
        needs_if_match=settings.api.if_match is IfMatch.DEMANDED,
    )
    login = LoginOptions(
        keys=keys,
        keys_from_anywhere=settings.api.keys is KeysTaken.ANYWHERE,
        people=demo_people(settings),
        flow=flow,
        address=settings.api.address,
    )
    site = Site(app, commanding, feed, what_ifs, SiteOptions(hosts_of(settings.api), login))
    pages = ErrorPages(ZoneInfo(settings.time_zone))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        what_ifs.close()
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


def _issuer(settings: Settings) -> tuple[Tokens | None, CodeFlow | None]:
    """What reads the tokens of the issuer, and how people log in at it, as far as the settings name one."""
    path = settings.api.issuer
    if path is None:
        return None, None
    issuer = read_issuer(path)
    tokens = Tokens(issuer, IssuerKeys(issuer.issuer, time.monotonic))
    if issuer.page is None:
        return tokens, None
    secret = read_client_secret(path, issuer.page)
    endpoints = IssuerEndpoints(issuer.issuer, time.monotonic)
    return tokens, CodeFlow(issuer, issuer.page, secret, tokens, endpoints)
