"""Errors that happen before a page is found: as pages, for people."""

from __future__ import annotations

from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from casecore.http.problems import RETRY_AFTER_SECONDS, Problem
from casecore.web.frame import frame_of, page_response, rendered
from casecore.web.pages.page import Shown
from casecore.web.rendering.words import N_


class ErrorPages:
    """Makes pages of problems."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def answer(self, scope: Scope, problem: Problem) -> Response:
        """The page that says what went wrong."""
        frame = frame_of(Request(scope), None, self._zone)
        kind = "not_found" if problem.status == HTTPStatus.NOT_FOUND else ""
        given = {"problem": problem, "said": problem.detail, "kind": kind}
        body = rendered(frame, "problem.html", Shown(N_("This did not work"), given))
        waits = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if waits else {}
        return page_response(body, HTTPStatus(problem.status), headers=headers)
