"""What has changed for an organisation, once the views show it: one follower for all its open pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import NamedTuple
from uuid import UUID

from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.feed.judging import FeedReader
from casecore.app.feed.subscription import Subscription
from casecore.app.views import find_view
from casecore.http.asking import AnswerThreads
from casecore.store.latest import last_of_streams
from casecore.visibility.rules import Viewer
from casecore.web.live.following import follow
from casecore.web.live.numbers import ToldNumbers
from casecore.web.live.unshown import HeardEvent, UnshownCases, heard_of
from projections.kit.reading.beside_log import StreamBesideLog, look_beside_log

CASES_CHANGED = "cases"
"""What a list of cases hears of: any case that the organisation sees."""

_VIEWS = ("workload", "timeline", "sla")
_LOOK_SECONDS, _BUSY_LOOK_SECONDS = 0.1, 0.3
_BUSY_AFTER_SECONDS = 1.0
"""Between two looks at the views: fewer where changes come without an end."""

_LISTS_SECONDS = 1.0
"""Between two changes that lists are told of: all lists at the same time, of all that has changed by then."""


class PageListener(NamedTuple):
    """Somebody who looks at something: `about` says at what.

    `wake` is called when that has changed, with the number of what is told: the same for all that are told at
    the same time.
    """

    about: str
    wake: Callable[[str], None]


class OrganisationChanges:
    """The changes for one organisation, for as long as anybody listens; all on the event loop's thread."""

    def __init__(self, feed: EventFeed, threads: AnswerThreads, viewer: Viewer, numbers: ToldNumbers) -> None:
        self._numbers = numbers
        self._lists_told_at = -_LISTS_SECONDS
        self._lists_to_tell: asyncio.TimerHandle | None = None
        self._threads = threads
        self._viewer = viewer
        self._listeners: set[PageListener] = set()
        self._offered = asyncio.Event()
        self._also: list[HeardEvent] = []
        self._task = asyncio.create_task(
            follow(feed, FeedReader(viewer), self._offered, began=self._tell_all, hear=self._tell_of)
        )

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens."""
        return not self._listeners

    def add(self, listener: PageListener) -> None:
        """Somebody listens from now on."""
        self._listeners.add(listener)

    def remove(self, listener: PageListener) -> None:
        """And no more."""
        self._listeners.discard(listener)

    def end(self) -> None:
        """Follow no more."""
        self._task.cancel()
        if self._lists_to_tell is not None:
            self._lists_to_tell.cancel()

    def hear(self, event: HeardEvent) -> None:
        """Something happened to a case that the feed does not show to the organisation."""
        self._also.append(event)
        self._offered.set()

    async def _tell_of(self, subscription: Subscription) -> None:
        """Tell who listens of all that was offered, as soon as the views show it; more may come meanwhile."""
        loop, unshown = asyncio.get_running_loop(), UnshownCases()
        began_at = loop.time()
        unshown.hear(self._take(subscription), began_at)
        while unshown.ids:
            look = partial(_folded, stream_ids=unshown.ids)
            folded = await self._threads.ask(self._viewer.organisation, 0, look)
            self._tell(unshown.take_shown(folded, loop.time()))
            if unshown.ids:
                is_busy = loop.time() - began_at > _BUSY_AFTER_SECONDS
                await asyncio.sleep(_BUSY_LOOK_SECONDS if is_busy else _LOOK_SECONDS)
            unshown.hear(self._take(subscription), loop.time())

    def _take(self, subscription: Subscription) -> list[HeardEvent]:
        also, self._also = self._also, []
        return [*heard_of(subscription.take().events), *also]

    def _tell(self, cases: Collection[str]) -> None:
        if not cases:
            return
        number = self._numbers.next()
        for listener in tuple(self._listeners):
            if listener.about in cases:
                listener.wake(number)
        if self._lists_to_tell is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time(), self._lists_told_at + _LISTS_SECONDS)
            self._lists_to_tell = loop.call_at(at, self._tell_lists)

    def _tell_lists(self) -> None:
        self._lists_to_tell = None
        self._lists_told_at = asyncio.get_running_loop().time()
        number = self._numbers.next()
        for listener in tuple(self._listeners):
            if listener.about == CASES_CHANGED:
                listener.wake(number)

    def _tell_all(self) -> None:
        number = self._numbers.next()
        for listener in tuple(self._listeners):
            listener.wake(number)


def _folded(app: Application, stream_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Up to which version every view shows each of these cases; all of it where it is in quarantine."""
    last = last_of_streams(stream_ids)
    folded: dict[UUID, int] = {}
    for view in _VIEWS:
        found: list[StreamBesideLog[tuple[object, ...]]] = app.ask(
            look_beside_log, find_view(view), last.query, last.given
        )
        for one in found:
            reached = one.version if one.is_parked else one.folded
            folded[one.stream_id] = min(reached, folded.get(one.stream_id, reached))
    return folded
