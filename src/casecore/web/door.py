"""What holds for every request to the page: its host, who looks, and how errors look to people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from urllib.parse import quote
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from casecore.app.failures import is_of_installation
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.problems import TooManyRequests, kind_of, problem_of
from casecore.web.errors import ProblemPage, problem_response
from casecore.web.frame import frame_of
from casecore.web.origins import address_of, check_host
from casecore.web.rendering.refusals import said
from casecore.web.visitors import NotLoggedIn, Visitor, Visitors

Endpoint = Callable[[Request], Awaitable[Response]]

_log = structlog.get_logger()


class WebDoor:
    """Wraps the endpoints of the page."""

    def __init__(self, visitors: Visitors, hosts: Collection[str], zone: ZoneInfo) -> None:
        """`hosts` are the names under which browsers reach it, with their ports."""
        self.visitors = visitors
        self.zone = zone
        self._hosts = frozenset(hosts)

    def open(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint for everybody."""

        async def answer(request: Request) -> Response:
            try:
                check_host(request, self._hosts)
                return await endpoint(request)
            except NotLoggedIn as error:
                if request.method == "GET":
                    return self._to_login(request)
                return self.problem(request, None, error)
            except TooManyRequests:
                raise
            except CasecoreError as error:
                return self.problem(request, None, error)

        return answer

    def inside(self, endpoint: Callable[[Request, Visitor], Awaitable[Response]]) -> Endpoint:
        """An endpoint for those who are logged in; others are led to the login."""

        async def answer(request: Request) -> Response:
            visitor = await self.visitors.of(request)
            try:
                return await endpoint(request, visitor)
            except (NotLoggedIn, TooManyRequests):
                raise
            except CasecoreError as error:
                return self.problem(request, visitor, error)

        return self.open(answer)

    def problem(self, request: Request, visitor: Visitor | None, error: CasecoreError) -> Response:
        """An error as a page: what was wrong, and what would be right."""
        if kind_of(error) is Kind.DEFECT or is_of_installation(error):
            _log.warning("page_failed", path=request.url.path, error=str(error), code=error.code)
        problem = problem_of(error)
        frame = frame_of(request, visitor, self.zone)
        text = said(frame.language, error, problem.detail, self.zone)
        return problem_response(frame, ProblemPage(problem, text, kind_of(error).value))

    def _to_login(self, request: Request) -> Response:
        return RedirectResponse(f"/login?back={quote(address_of(request))}", HTTPStatus.SEE_OTHER)
