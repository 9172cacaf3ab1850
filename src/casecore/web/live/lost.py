"""Cases that an organisation has a part in no more: its open pages hear of that, and of nothing after it.

The feed shows an event to those who see the case after it. Whoever was taken out of the case by it does not
see it, and would look at what it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import msgspec

from casecore.app.application import Application
from casecore.app.feed.feed import EventFeed
from casecore.app.feed.judging import FeedReader
from casecore.app.feed.subscription import Subscription
from casecore.contract.cases import CaseReclassified
from casecore.contract.types import EVENT_TYPES, split_wire_name
from casecore.contract.wire import StoredEvent
from casecore.http.asking import AnswerThreads
from casecore.visibility.cases import parts_of
from casecore.web.live.changes import OrganisationChanges
from casecore.web.live.following import follow
from casecore.web.live.unshown import HeardEvent, heard_of

_RECLASSIFIED = frozenset(split_wire_name(name)[0] for name in EVENT_TYPES.names_ever(CaseReclassified))
"""The events by which somebody may lose a part in a case: the partner."""
_NO_ORGANISATION = ""


class LostCases:
    """Tells organisations of cases that they lost, for as long as any of them listens."""

    def __init__(
        self, feed: EventFeed, threads: AnswerThreads, organisations: Mapping[str, OrganisationChanges]
    ) -> None:
        self._threads = threads
        self._organisations = organisations
        reader = FeedReader(None, _RECLASSIFIED)
        self._task = asyncio.create_task(
            follow(feed, reader, asyncio.Event(), began=lambda: None, hear=self._hear)
        )

    def end(self) -> None:
        """Follow no more."""
        self._task.cancel()

    async def _hear(self, subscription: Subscription) -> None:
        for event in heard_of(subscription.take().events):
            look = partial(lost_by, event=event)
            for organisation in await self._threads.ask(_NO_ORGANISATION, 0, look):
                if organisation in self._organisations:
                    self._organisations[organisation].hear(event)


def lost_by(app: Application, event: HeardEvent) -> frozenset[str]:
    """The organisations that had a part in a case before an event, and have none after it."""
    around = {one.version: one for one in app.stream(event.stream_id)}
    return _parties(around.get(event.version - 1)) - _parties(around.get(event.version))


def _parties(stored: StoredEvent | None) -> frozenset[str]:
    if stored is None:
        return frozenset()
    try:
        return frozenset(str(one) for one in parts_of(stored.body).values() if one is not None)
    except msgspec.DecodeError:
        return frozenset()
