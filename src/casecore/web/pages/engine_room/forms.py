"""What operators decide about the quarantine by forms: each leads back to what is parked then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from casecore.app.application import Application
from casecore.app.engine_room.quarantine import ParkedPlace, retry_as_operator, skip_as_operator
from casecore.http.asking import AnswerThreads
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.door import WebDoor
from casecore.web.forms import read_sent
from casecore.web.pages.endpoints import PageEndpoints
from casecore.web.pages.engine_room import parked, room
from casecore.web.visitors import Visitor
from projections.kit.errors import KeyNewer, NotFirstParked
from projections.kit.fold.records import RecordPlace
from projections.kit.quarantine.retrying import Retried

_LONGEST_REASON = 2_000


class QuarantineForms:
    """Does what operators decide."""

    def __init__(self, door: WebDoor, pages: PageEndpoints, threads: AnswerThreads) -> None:
        self._door = door
        self._pages = pages
        self._threads = threads

    def routes(self) -> list[Route]:
        """A route for each decision."""
        place = "/engine-room/quarantine/{view}"
        return [
            Route(f"{place}/retry", self._door.inside(self._retry), methods=["POST"]),
            Route(f"{place}/skip", self._door.inside(self._skip), methods=["POST"]),
        ]

    async def _retry(self, request: Request, visitor: Visitor) -> Response:
        fields, view = await read_sent(request, visitor, (Scope.OPERATOR,)), request.path_params["view"]
        key = fields.get("key") or None

        def retry(app: Application) -> list[Retried]:
            return retry_as_operator(app, visitor.viewer, visitor.identity.actor, view, key)

        return await self._done(visitor, view, retry)

    async def _skip(self, request: Request, visitor: Visitor) -> Response:
        fields, view = await read_sent(request, visitor, (Scope.OPERATOR,)), request.path_params["view"]
        place = ParkedPlace(view, fields.get("key", ""))
        try:
            first, because = _record(fields), _because(fields)

            def skip(app: Application) -> list[Retried]:
                by = visitor.identity.actor
                return [skip_as_operator(app, visitor.viewer, by, place, first, because)]

            return await self._done(visitor, view, skip)
        except (InvalidRequest, NotFirstParked, KeyNewer) as refused:
            asked = parked.ParkedOf(view=place.view, key=place.key)
            return await self._pages.refused(
                request, visitor, parked.PAGES[0], asked, "skip", fields, refused
            )

    async def _done(
        self, visitor: Visitor, view: str, decide: Callable[[Application], list[Retried]]
    ) -> Response:
        done = await self._threads.ask(visitor.viewer.organisation, 0, decide)
        counts = {
            "released": sum(one.released for one in done),
            "remain": sum(one.remaining for one in done),
        }
        if len(done) == 1 and done[0].remaining:
            path = parked.parked_path(view, done[0].key, **counts)
        else:
            path = f"{room.PATH}?{urlencode(counts)}#quarantine"
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _record(fields: Mapping[str, str]) -> RecordPlace:
    """The record that was looked at when the form was shown; raises InvalidRequest."""
    try:
        return RecordPlace(fields["topic"], int(fields["partition"]), int(fields["offset"]))
    except (KeyError, ValueError):
        raise InvalidRequest("the form does not say which record: open its page again") from None


def _because(fields: Mapping[str, str]) -> str:
    """Why the record is left out, which must be meant; raises InvalidRequest."""
    because = fields.get("because", "").replace("\r\n", "\n").strip()
    if not because:
        raise InvalidRequest("say why the record may be left out: the reason is kept with it", "because")
    if len(because) > _LONGEST_REASON or "\0" in because:
        raise InvalidRequest(f"give a reason of at most {_LONGEST_REASON:,} characters", "because")
    if fields.get("sure") != "yes":
        raise InvalidRequest("it cannot be taken back: tick that you know this", "sure")
    return because
