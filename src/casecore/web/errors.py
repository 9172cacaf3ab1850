"""Errors as pages, for people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from casecore.http.problems import RETRY_AFTER_SECONDS, Problem
from casecore.web.frame import Frame, frame_of, page_response, rendered
from casecore.web.origins import FromElsewhere
from casecore.web.pages.page import Shown
from casecore.web.rendering.refusals import said_of
from casecore.web.rendering.words import N_

_TITLES: Mapping[int, str] = MappingProxyType(
    {
        HTTPStatus.FORBIDDEN: N_("This is not for you"),
        HTTPStatus.NOT_FOUND: N_("This is not here"),
        HTTPStatus.SERVICE_UNAVAILABLE: N_("This is not possible right now"),
    }
)


class ProblemPage(NamedTuple):
    """A problem, what it says in the reader's language, and its kind, empty if it has none."""

    problem: Problem
    said: str
    kind: str


def problem_response(frame: Frame, page: ProblemPage) -> Response:
    """A page that says what was wrong, and what would be right."""
    title = N_("This did not work")
    if page.problem.code != FromElsewhere.code:  # it may be sent again
        title = _TITLES.get(page.problem.status, title)
    body = rendered(frame, "problem.html", Shown(title, page))
    waits = page.problem.status == HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if waits else {}
    return page_response(body, HTTPStatus(page.problem.status), headers=headers)


class ErrorPages:
    """Makes pages of problems."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def answer(self, scope: Scope, problem: Problem) -> Response:
        """The page that says what went wrong."""
        frame = frame_of(Request(scope), None, self._zone)
        kind = "not_found" if problem.status == HTTPStatus.NOT_FOUND else ""
        text = said_of(frame.language, problem.code, problem.detail)
        return problem_response(frame, ProblemPage(problem, text, kind))
