"""Server-sent events: the feed as a stream that goes on by Last-Event-ID wherever it was cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, suppress
from http import HTTPStatus

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from casecore.api.feed.live import AsyncFeed, LiveEvents
from casecore.app.feed.judging import FeedReader
from casecore.app.feed.pages import FeedPage
from casecore.errors.kinds import CasecoreError

EVENT_STREAM = "text/event-stream"

HEARTBEAT_SECONDS = 15.0
"""After so much silence a comment is sent: the reader sees that the stream lives, and this side whether the
reader is there, and its identity the same."""

TAKES_SECONDS = 20.0
"""How long a reader may take for one piece: one that is slower is cut off, and goes on by Last-Event-ID."""

_COMES_AGAIN_MILLISECONDS = 2_000
_HEADERS = {"Cache-Control": "no-store"}

_log = structlog.get_logger(__name__)


class StreamedFeed:
    """The feed from a place on, as the pieces of a stream."""

    def __init__(
        self,
        feed: AsyncFeed,
        reader: FeedReader,
        after: int,
        is_same_identity: Callable[[], Awaitable[bool]],
    ) -> None:
        """`is_same_identity` is whether the request still shows the same identity; raises why it does not."""
        self._feed = feed
        self._reader = reader
        self._place = after
        self._is_same_identity = is_same_identity
        self._beats_at = 0.0

    async def pieces(self) -> AsyncIterator[bytes]:
        """All that there is, then all that comes.

        It ends for a reader that is too slow, or whose identity is not the same any more.
        """
        yield b"retry: %d\n\n" % _COMES_AGAIN_MILLISECONDS
        write_cursor = (await self._feed.cursors()).write
        self._beats_at = asyncio.get_running_loop().time() + HEARTBEAT_SECONDS
        is_level = False
        while not is_level:
            page = await self._feed.piece(self._reader, self._place)
            yield self._written(page, write_cursor) or _cursor(write_cursor(page.place))
            is_level = page.is_level
            if self._seconds_to_heartbeat() <= 0:
                if not await self._is_same_identity():
                    return
                yield await self._heartbeat(write_cursor)
        async with LiveEvents(self._feed, self._reader, self._place) as live:
            while not live.has_ended:
                page = await live.next(max(0.0, self._seconds_to_heartbeat()))
                if piece := self._written(page, write_cursor):
                    yield piece
                if self._seconds_to_heartbeat() <= 0:
                    if not await self._is_same_identity():
                        return
                    yield await self._heartbeat(write_cursor)

    def _seconds_to_heartbeat(self) -> float:
        return self._beats_at - asyncio.get_running_loop().time()

    def _written(self, page: FeedPage, write_cursor: Callable[[int], str]) -> bytes:
        """A page's events; the last one's cursor is behind all that was looked at."""
        self._place = page.place
        places = [*(event.position for event in page.events[:-1]), page.place]
        return b"".join(
            _event(write_cursor(place), event.text) for place, event in zip(places, page.events, strict=False)
        )

    async def _heartbeat(self, write_cursor: Callable[[int], str]) -> bytes:
        """A comment that says how new the stream is; and a cursor, always, so that it tells nothing of
        others."""
        self._beats_at = asyncio.get_running_loop().time() + HEARTBEAT_SECONDS
        published = await self._feed.lately_published()
        as_of = published.as_of.isoformat() if published.as_of else "never"
        return f": as_of {as_of} behind {published.behind}\n".encode() + _cursor(write_cursor(self._place))


def _event(cursor: str, text: bytes) -> bytes:
    # A line end is no part of a JSON text's strings, so only layout is changed.
    data = text.replace(b"\r", b" ").replace(b"\n", b" ")
    return b"id: %s\ndata: %s\n\n" % (cursor.encode(), data)


def _cursor(cursor: str) -> bytes:
    """A cursor without an event: a reader keeps it, and hears nothing."""
    return b"id: %s\n\n" % cursor.encode()


def stream_head() -> Response:
    """The head of a stream, without its length: it has none."""
    response = Response(status_code=HTTPStatus.OK, headers=_HEADERS, media_type=EVENT_STREAM)
    del response.headers["content-length"]
    return response


class EventStream(Response):
    """The response that sends a feed until it ends, or the reader is gone or too slow."""

    media_type = EVENT_STREAM

    def __init__(self, streamed: StreamedFeed, counted: AbstractContextManager[None]) -> None:
        """`counted` is held while it is sent; it raises where there are too many."""
        super().__init__(status_code=HTTPStatus.OK, headers=_HEADERS)
        del self.headers["content-length"]
        self._streamed = streamed
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        with self._counted:
            gone = asyncio.create_task(_until_gone(receive))
            sending = asyncio.create_task(self._send_all(send))
            try:
                await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
            finally:
                for task in (gone, sending):
                    task.cancel()
                    with suppress(asyncio.CancelledError, Exception):
                        await task

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(start)
        async with aclosing(self._streamed.pieces()) as pieces:  # type: ignore[type-var]
            try:
                async for piece in pieces:
                    async with asyncio.timeout(TAKES_SECONDS):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            except TimeoutError:
                return  # without an end: the server closes the connection
            except CasecoreError as error:
                _log.warning("feed.stream_ended", error=str(error))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
