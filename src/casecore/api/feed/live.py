"""The feed for requests: what needs the database happens in threads, and waiting costs none."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from contextlib import suppress
from types import TracebackType
from typing import Self

from casecore.app.feed.cursors import FeedCursors
from casecore.app.feed.feed import EventFeed
from casecore.app.feed.judging import FeedReader
from casecore.app.feed.pages import FeedPage
from casecore.app.feed.subscription import Subscription
from casecore.http.protection.shares import Turns
from casecore.relay.published_log import PublishedPart

PIECE_BYTES = 256 * 1024
"""After so much a piece of a stream ends: a thousand readers that take nothing have as many in memory."""

_PAGE = 200
_LATELY_SECONDS = 5.0


class AsyncFeed:
    """The event feed, read in threads."""

    def __init__(self, feed: EventFeed, threads: Executor, most_at_once: int) -> None:
        """`threads` are so many."""
        self.source = feed
        self._threads = threads
        self._turns = Turns(most_at_once)
        self._published: PublishedPart | None = None
        self._asked_at = 0.0

    async def page(
        self, reader: FeedReader, after: int, limit: int, up_to: int | None = None, *, most_bytes: int
    ) -> FeedPage:
        """See EventFeed.page; of one organisation half of the threads read at a time."""
        loop = asyncio.get_running_loop()
        organisation = reader.viewer.organisation if reader.viewer else ""
        async with self._turns.of(organisation):
            return await loop.run_in_executor(
                self._threads, self.source.page, reader, after, limit, up_to, most_bytes
            )

    async def piece(self, reader: FeedReader, after: int, up_to: int | None = None) -> FeedPage:
        """A page for a stream, of which there may be many: each has a piece in memory until it is taken."""
        return await self.page(reader, after, _PAGE, up_to, most_bytes=PIECE_BYTES)

    async def published(self) -> PublishedPart:
        """See EventFeed.published."""
        loop = asyncio.get_running_loop()
        self._published = await loop.run_in_executor(self._threads, self.source.published)
        self._asked_at = loop.time()
        return self._published

    async def lately_published(self) -> PublishedPart:
        """The same, as it was some seconds ago at most: all streams of a process ask together."""
        loop = asyncio.get_running_loop()
        if self._published is None or loop.time() - self._asked_at > _LATELY_SECONDS:
            self._asked_at = loop.time()
            return await self.published()
        return self._published

    async def check_place(self, place: int) -> None:
        """See EventFeed.check_place."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self.source.check_place, place)

    async def cursors(self) -> FeedCursors:
        """The feed's cursors."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.source.cursors)


class LiveEvents:
    """What is published from now on, for one reader that has all up to a place; in an `async with`."""

    def __init__(self, feed: AsyncFeed, reader: FeedReader, after: int) -> None:
        self._feed = feed
        self._reader = reader
        self._place = after
        self._something = asyncio.Event()
        self._subscription: Subscription

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes: the reader is too slow, or the feed ends."""
        return self._subscription.has_ended

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._something.set)

        self._subscription = self._feed.source.subscribe(self._reader, self._place, wake)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._feed.source.unsubscribe(self._subscription)

    async def next(self, limit_seconds: float) -> FeedPage:
        """The next events, once there are any; none after a limit."""
        if self._place < self._subscription.starts_at:
            # Others are further already, and what is between is not offered again.
            page = await self._feed.piece(self._reader, self._place, self._subscription.starts_at)
            self._place = page.place
            if page.events or self._place < self._subscription.starts_at:
                return page
        self._something.clear()
        page = self._subscription.take()
        if not page.events and not self.has_ended:
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_seconds):
                    await self._something.wait()
            page = self._subscription.take()
        self._place = page.place
        return page
