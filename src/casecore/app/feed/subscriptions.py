"""All who follow the feed in a process, and the place up to which the log was read for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from casecore.app.feed.judging import FeedReader, Judge
from casecore.app.feed.pages import PublishedEvents
from casecore.app.feed.subscription import Subscription

_ROWS = 200


class GrowingLog(PublishedEvents, Protocol):
    """A log of which more and more is published."""

    def place(self) -> int:
        """The position up to which the log is published."""


class Subscriptions:
    """Readers come and go in any thread; one thread reads the log for them, by `step`."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._all: set[Subscription] = set()
        self._place = 0
        self._has_ended = False
        self.changed = threading.Condition()
        """Notified when a reader has come, or the feed has ended."""

    @property
    def has_ended(self) -> bool:
        """Whether the feed has ended for all."""
        return self._has_ended

    @property
    def is_idle(self) -> bool:
        """Whether nobody follows, and somebody may come."""
        return not self._all and not self._has_ended

    def subscribe(self, reader: FeedReader, after: int, wake: Callable[[], None]) -> Subscription:
        """Follow for a reader that has had all up to `after`.

        What comes begins after `starts_at` of the subscription: if that is greater than `after`, the reader
        reads the piece between them itself.
        """
        with self.changed:
            if not self._all:
                self._place = after
            subscription = Subscription(reader, wake, after=after, starts_at=self._place)
            if not self._has_ended:
                self._all.add(subscription)
            self.changed.notify_all()
        if self._has_ended:
            subscription.end()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Follow for this reader no more."""
        with self.changed:
            self._all.discard(subscription)

    def step(self, log: GrowingLog) -> bool:
        """Give the next published events to all; returns whether there were any."""
        with self.changed:
            began_at = self._place
        up_to = log.place()
        events = log.read(began_at, up_to, _ROWS) if up_to > began_at else []
        if not events:
            return False
        judged, place = self._judge.judge(events, log.last_of), events[-1].position
        with self.changed:
            if self._place == began_at:  # else all have left meanwhile, and somebody came who is elsewhere
                self._place = place
                for subscription in self._all:
                    subscription.offer(judged, place)
        return True

    def end_all(self) -> None:
        """End all that there are: they come again, and go on by their cursors."""
        with self.changed:
            ended, self._all = self._all, set()
        for subscription in ended:
            subscription.end()

    def end(self) -> None:
        """The same, for those to come, too."""
        with self.changed:
            self._has_ended = True
            self.changed.notify_all()
        self.end_all()
