"""The event feed over HTTP: pages as JSON, for which one may wait, and a stream of server-sent events."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import json_response, read_asked
from casecore.api.authentication import Authentication, check_scope
from casecore.api.feed.live import AsyncFeed, LiveEvents
from casecore.api.feed.stream import EVENT_STREAM, EventStream, StreamedFeed, stream_head
from casecore.api.questions.question import Asked
from casecore.api.requests.given import read_wait
from casecore.app.feed.feed import EventFeed
from casecore.app.feed.judging import FeedReader
from casecore.app.feed.pages import MOST_BYTES, FeedPage
from casecore.app.identities import viewer_of
from casecore.contract.types import EVENT_TYPES
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.problems import InvalidRequest
from casecore.http.protection.shares import share_of
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Identity, Scope

LONGEST_POLL_SECONDS = 30
MOST_READERS = 1_000
"""Who waits or hears a stream at a time, in one process; of one organisation half as many."""

_THREADS = 8
_NOW = "now"
_NAMES = frozenset(one.name for one in EVENT_TYPES.all)
_CLOUD_EVENT = {
    "type": "object",
    "description": "A CloudEvent 1.0 in structured form; asyncapi.yaml describes the data of each type.",
}


class EventsOf(Asked, frozen=True, kw_only=True):
    """Where the feed goes on, and what of it is wanted.

    `after` is a cursor, `now` for what is yet to come, or absent for all from the first event on. `types` are
    names without version, with commas between them; absent for all. `limit` is for an answer as JSON.
    """

    after: str | None = None
    types: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100


class EventsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the order of the log, and where the feed goes on: `next`, also where there are none.

    All that was recorded by `as_of` is published. The store has `behind` events that are not yet, or 10,000
    at least: they come once the relay has published them.
    """

    events: list[Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema=_CLOUD_EVENT)]]
    next: str
    as_of: datetime | None
    behind: int


class TooManyReaders(CasecoreError):
    """So many wait for events already that this process takes no more."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("too many wait for events: try again later, or ask without waiting")


class EventEndpoints:
    """Answers requests for events."""

    def __init__(self, feed: EventFeed, authentication: Authentication, vendor: str) -> None:
        self._source = feed
        self._threads = ThreadPoolExecutor(_THREADS, "events")
        self._feed = AsyncFeed(feed, self._threads, _THREADS)
        self._authentication = authentication
        self._vendor = vendor
        self._readers: Counter[str] = Counter()

    @property
    def readers(self) -> int:
        """Who waits or hears a stream now."""
        return self._readers.total()

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/v1/events", self._events, methods=["GET"])]

    def end(self) -> None:
        """End all streams and waits: whoever reads goes on elsewhere, by its last cursor."""
        self._source.end()

    def close(self) -> None:
        """The same, and leave the servers."""
        self._source.close()
        self._threads.shutdown()

    async def _events(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), Scope.SERVICE)
        asked: EventsOf = read_asked(request, EventsOf)
        reader = FeedReader(viewer_of(identity, self._vendor), read_types(asked.types))
        if EVENT_STREAM in request.headers.get("accept", ""):
            after = request.headers.get("last-event-id", asked.after)
            return await self._stream(request, identity, reader, after)
        after_position = await self._position(asked.after)
        wait_seconds = read_wait(request, LONGEST_POLL_SECONDS) or 0
        page = await self._feed.page(reader, after_position, asked.limit, most_bytes=MOST_BYTES)
        if wait_seconds and page.is_level and not page.events:
            with self._counted(identity):
                page = await self._await_events(reader, page, wait_seconds)
            # It may have been revoked meanwhile, or have expired.
            if await self._authentication.identify(request) != identity:
                raise NotAuthenticated("The identity is not the one that began to wait.")
        return await self._answer(page, asked.limit)

    async def _stream(
        self, request: Request, identity: Identity, reader: FeedReader, after: str | None
    ) -> Response:
        position = await self._position(after)

        async def is_same_identity() -> bool:
            return await self._authentication.identify(request) == identity

        if request.method == "HEAD":  # it ends with its head, and so does the request
            return stream_head()
        streamed = StreamedFeed(self._feed, reader, position, is_same_identity)
        return EventStream(streamed, self._counted(identity))

    async def _await_events(self, reader: FeedReader, page: FeedPage, seconds: float) -> FeedPage:
        ends_at = asyncio.get_running_loop().time() + seconds
        async with LiveEvents(self._feed, reader, page.place) as live:
            while not page.events and not live.has_ended:
                left = ends_at - asyncio.get_running_loop().time()
                page = await live.next(max(left, 0))
                if left <= 0:
                    break
        return page

    async def _answer(self, page: FeedPage, limit: int) -> Response:
        given = page.events[:limit]
        place = given[-1].position if len(given) < len(page.events) else page.place
        published, cursors = await self._feed.published(), await self._feed.cursors()
        answer = EventsAnswer(
            events=[msgspec.Raw(event.text) for event in given],
            next=cursors.write(place),
            as_of=published.as_of,
            behind=published.behind,
        )
        return json_response(answer)

    async def _position(self, after: str | None) -> int:
        if after is None:
            return 0
        if after == _NOW:
            return (await self._feed.published()).position
        found = (await self._feed.cursors()).read(after)
        if found is None:
            raise InvalidRequest(
                "the cursor is not one of this feed: send the last one that it answered, or none to begin"
            )
        await self._feed.check_place(found)
        return found

    @contextmanager
    def _counted(self, identity: Identity) -> Iterator[None]:
        organisation = identity.actor.organisation
        if self.readers >= MOST_READERS or self._readers[organisation] >= share_of(MOST_READERS):
            raise TooManyReaders
        self._readers[organisation] += 1
        try:
            yield
        finally:
            self._readers -= Counter([organisation])


def read_types(given: str | None) -> frozenset[str]:
    """The names of types in a parameter; raises InvalidRequest for a name that no type has."""
    if given is None:
        return frozenset()
    names = frozenset(name.strip() for name in given.split(","))
    unknown = sorted(names - _NAMES)
    if unknown:
        raise InvalidRequest(
            f"there is no type of event called {unknown[0][:100]!r}: give names without version, such as "
            "casecore.case.escalated, with commas between them"
        )
    return names
