"""Follows the feed of events for as long as it is needed, again after whatever went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from casecore.app.feed.feed import EventFeed
from casecore.app.feed.judging import FeedReader
from casecore.app.feed.subscription import Subscription
from casecore.errors.kinds import CasecoreError

_AGAIN_SECONDS = 2.0

_log = structlog.get_logger(__name__)

Hear = Callable[[Subscription], Awaitable[None]]
"""Takes what was offered."""


async def follow(
    feed: EventFeed, reader: FeedReader, offered: asyncio.Event, began: Callable[[], None], hear: Hear
) -> None:
    """Hear what the feed has for a reader, from now on, until the task is cancelled.

    `offered` is set when there is something to hear. `began` is called each time when it begins: what came
    before was not heard.
    """
    while True:
        try:
            await _follow_once(feed, reader, offered, began, hear)
        except CasecoreError as error:
            _log.warning("page.changes_unknown", error=str(error))
        await asyncio.sleep(_AGAIN_SECONDS)


async def _follow_once(
    feed: EventFeed, reader: FeedReader, offered: asyncio.Event, began: Callable[[], None], hear: Hear
) -> None:
    loop = asyncio.get_running_loop()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(offered.set)

    after = (await loop.run_in_executor(None, feed.published)).position
    subscription = feed.subscribe(reader, after, wake)
    try:
        began()
        while not subscription.has_ended:
            await offered.wait()
            offered.clear()
            await hear(subscription)
    finally:
        feed.unsubscribe(subscription)
