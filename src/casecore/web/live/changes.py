"""What has changed for an organisation, once the views show it: one follower for all its open pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import NamedTuple
from uuid import UUID

import msgspec
import structlog

from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.feed.judging import FeedReader
from casecore.app.feed.pages import ShownEvent
from casecore.app.feed.subscription import Subscription
from casecore.app.views import find_view
from casecore.contract.streams import CASES, case_stream_id
from casecore.errors.kinds import CasecoreError
from casecore.http.asking import AnswerThreads
from casecore.store.latest import last_of_streams
from casecore.visibility.rules import Viewer
from casecore.web.live.numbers import ToldNumbers
from casecore.web.live.unshown import HeardEvent, UnshownCases
from projections.kit.reading.beside_log import StreamBesideLog, look_beside_log

CASES_CHANGED = "cases"
"""What a list of cases hears of: any case that the organisation sees."""

_VIEWS = ("workload", "timeline", "sla")
_LOOK_SECONDS = 0.1
_AGAIN_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class _Event(msgspec.Struct):
    type: str
    subject: str = ""
    streamversion: int = 0


_decode = msgspec.json.Decoder(_Event).decode


_LISTS_SECONDS = 1.0
"""Between two changes that lists are told of: all lists at the same time, of all that has changed by then."""


class Listener(NamedTuple):
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
        self._feed = feed
        self._threads = threads
        self._viewer = viewer
        self._listeners: set[Listener] = set()
        self._offered = asyncio.Event()
        self._task = asyncio.create_task(self._follow())

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens."""
        return not self._listeners

    def add(self, listener: Listener) -> None:
        """Somebody listens from now on."""
        self._listeners.add(listener)

    def remove(self, listener: Listener) -> None:
        """And no more."""
        self._listeners.discard(listener)

    def end(self) -> None:
        """Follow no more."""
        self._task.cancel()
        if self._lists_to_tell is not None:
            self._lists_to_tell.cancel()

    async def _follow(self) -> None:
        while True:
            try:
                await self._follow_once()
            except CasecoreError as error:
                _log.warning("page.changes_unknown", error=str(error))
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow_once(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._offered.set)

        after = (await loop.run_in_executor(None, self._feed.published)).position
        subscription = self._feed.subscribe(FeedReader(self._viewer), after, wake)
        try:
            self._tell_all()  # of what came before
            while not subscription.has_ended:
                await self._offered.wait()
                self._offered.clear()
                await self._tell_of(subscription)
        finally:
            self._feed.unsubscribe(subscription)

    async def _tell_of(self, subscription: Subscription) -> None:
        """Tell who listens of all that was offered, as soon as the views show it; more may come meanwhile."""
        loop, unshown = asyncio.get_running_loop(), UnshownCases()
        unshown.hear(_heard(subscription.take().events), loop.time())
        while unshown.ids:
            look = partial(_folded, stream_ids=unshown.ids)
            folded = await self._threads.ask(self._viewer.organisation, 0, look)
            self._tell(unshown.take_shown(folded, loop.time()))
            if unshown.ids:
                await asyncio.sleep(_LOOK_SECONDS)
            unshown.hear(_heard(subscription.take().events), loop.time())

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


def about_case(case: str) -> str:
    """What a page about a case hears of."""
    return f"case:{case}"


def _heard(events: Collection[ShownEvent]) -> Iterator[HeardEvent]:
    """What these events say of cases."""
    for event in events:
        found = _decode(event.text)
        if found.type.startswith(CASES.type_prefix):
            yield HeardEvent(
                stream_id=case_stream_id(found.subject),
                version=found.streamversion,
                about=about_case(found.subject),
            )


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
