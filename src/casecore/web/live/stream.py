"""Streams that tell open pages of changes (server-sent events): no data in them, a page asks again itself."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from casecore.app.feed.feed import EventFeed
from casecore.app.identities import viewer_for
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.asking import AnswerThreads
from casecore.http.protection.shares import share_of
from casecore.web.door import WebDoor
from casecore.web.live.changes import CASES_CHANGED, OrganisationChanges, PageListener
from casecore.web.live.lost import LostCases
from casecore.web.live.numbers import ToldNumbers
from casecore.web.visitors import NotLoggedIn, Visitor

MOST_LISTENERS = 1_000
"""Open pages that are told of changes by a process; of one organisation half as many."""

_HEARTBEAT_SECONDS = 15.0
_BEATS_TO_REFRESH = 4
"""After so many heartbeats a page asks again: what it shows may depend on the time."""
_QUICK_SECONDS, _STEADY_SECONDS = 0.2, 1.0
_QUICK_ONES = 3
"""Between two changes that a page is told of: a few come quickly, and where there is no end of them one a
second. The page shows all that has happened by then."""

_BEGIN = b"retry: 1000\nid: 1\n\n"
_CHANGED = b"event: changed\ndata: %b\n\n"
_BEAT = b":\n\n"


class TooManyPages(CasecoreError):
    """So many pages are open already that this process tells no more of changes."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            "too many pages are open: this one is not told of changes; load it again to see them"
        )


class _Told:
    """What an open page is told of, and how quickly."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self._number = ""
        self._last: deque[float] = deque(maxlen=_QUICK_ONES)

    def tell(self, number: str) -> None:
        """Something has changed."""
        self._number = number
        self.changed.set()

    def take(self) -> bytes:
        """The number of the last that it is to be told."""
        self.changed.clear()
        return self._number.encode()

    def pause(self, now: float) -> float:
        """How long it is told nothing after what it was told now."""
        self._last.append(now)
        is_quick = len(self._last) < _QUICK_ONES or now - self._last[0] > _QUICK_ONES * _STEADY_SECONDS
        return _QUICK_SECONDS if is_quick else _STEADY_SECONDS


class LiveEndpoint:
    """Tells open pages of changes."""

    def __init__(
        self, door: WebDoor, feed: EventFeed, threads: AnswerThreads, vendor: str, numbers: ToldNumbers
    ) -> None:
        self._door = door
        self._numbers = numbers
        self._feed = feed
        self._threads = threads
        self._vendor = vendor
        self._organisations: dict[str, OrganisationChanges] = {}
        self._listening: Counter[str] = Counter()
        self._lost: LostCases | None = None
        self._has_ended = asyncio.Event()

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/live", self._door.open(self._answer), methods=["GET"])]

    def end(self) -> None:
        """End all streams: browsers come again, elsewhere or later. Called on the event loop's thread."""
        self._has_ended.set()

    async def _answer(self, request: Request) -> Response:
        """The stream. A page whose login has ended hears that, and loads itself again, by the login."""
        try:
            visitor = await self._door.visitors.of(request)
        except NotLoggedIn:
            return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"Cache-Control": "no-store"})
        return await self._listen(request, visitor)

    async def _listen(self, request: Request, visitor: Visitor) -> Response:
        organisation = visitor.identity.actor.organisation
        all_of_it = self._listening[organisation] >= share_of(MOST_LISTENERS)
        if all_of_it or self._listening.total() >= MOST_LISTENERS:
            raise TooManyPages
        about = request.query_params.get("about", CASES_CHANGED)
        pieces = self._pieces(request, organisation, about, is_again="last-event-id" in request.headers)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(pieces, HTTPStatus.OK, headers, "text/event-stream")

    async def _pieces(
        self, request: Request, organisation: str, about: str, *, is_again: bool
    ) -> AsyncIterator[bytes]:
        loop, told = asyncio.get_running_loop(), _Told()
        listener = PageListener(about, told.tell)
        changes = self._add(organisation, listener)
        try:
            yield _BEGIN
            if is_again:
                told.tell("")  # what came while it was cut off
            beats, checked_at = 0, loop.time()
            while not self._has_ended.is_set():
                is_told = await self._heard(told.changed)
                if loop.time() - checked_at >= _HEARTBEAT_SECONDS:
                    checked_at = loop.time()
                    if not await self._is_still_in(request):
                        yield _CHANGED % b""  # which leads to the login
                        return
                if is_told:
                    yield _CHANGED % told.take()
                    await asyncio.sleep(told.pause(loop.time()))
                    continue
                beats += 1
                yield _BEAT if beats % _BEATS_TO_REFRESH else _CHANGED % b""
        finally:
            self._remove(organisation, changes, listener)

    async def _heard(self, changed: asyncio.Event) -> bool:
        """Wait for a change, or the end; False after a heartbeat's time."""
        waits = [asyncio.ensure_future(one.wait()) for one in (changed, self._has_ended)]
        try:
            await asyncio.wait(waits, timeout=_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        return changed.is_set()

    async def _is_still_in(self, request: Request) -> bool:
        try:
            await self._door.visitors.of(request)
        except NotLoggedIn:
            return False
        except CasecoreError:
            return True
        return True

    def _add(self, organisation: str, listener: PageListener) -> OrganisationChanges:
        changes = self._organisations.get(organisation)
        if changes is None:
            viewer = viewer_for(organisation, self._vendor)
            changes = OrganisationChanges(self._feed, self._threads, viewer, self._numbers)
            self._organisations[organisation] = changes
        if self._lost is None:
            self._lost = LostCases(self._feed, self._threads, self._organisations)
        changes.add(listener)
        self._listening[organisation] += 1
        return changes

    def _remove(self, organisation: str, changes: OrganisationChanges, listener: PageListener) -> None:
        changes.remove(listener)
        self._listening -= Counter([organisation])
        if changes.is_idle:
            changes.end()
            self._organisations.pop(organisation, None)
        if self._lost is not None and not self._organisations:
            self._lost.end()
            self._lost = None
