"""What one reader that follows the feed has not taken yet: bounded, between the follower and the reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from casecore.app.feed.judging import FeedReader, JudgedEvent
from casecore.app.feed.pages import FeedPage, ShownEvent

MOST_WAITING = 1_000
"""Events that wait for a reader: one with more is too slow."""

MOST_WAITING_BYTES = 4 * 1024 * 1024


class Subscription:
    """The events for one reader from a place on. The follower's thread offers them, the reader takes them."""

    def __init__(self, reader: FeedReader, wake: Callable[[], None], *, after: int, starts_at: int) -> None:
        """Of what is offered from `starts_at` on, the reader has had all up to `after`.

        `wake` is called, in any thread, when there is something to take or the subscription has ended.
        """
        self.reader = reader
        self.starts_at = starts_at
        self._wake = wake
        self._after = after
        self._mutex = threading.Lock()
        self._waiting: list[ShownEvent] = []
        self._size = 0
        self._place = self._taken = max(after, starts_at)
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes, since the reader is too slow or the feed ends. What it has not taken is
        lost: it goes on by its last cursor."""
        return self._has_ended

    def offer(self, events: Sequence[JudgedEvent], place: int) -> None:
        """Add those of these events that the reader sees; all up to `place` have been judged."""
        wanted = [
            one for one in events if one.stored.position > self._after and self.reader.wants(one.stored.type)
        ]
        texts = [(one.stored.position, one.shown_to(self.reader.viewer)) for one in wanted]
        shown = [ShownEvent(position, text) for position, text in texts if text is not None]
        with self._mutex:
            if self._has_ended:
                return
            self._waiting += shown
            self._size += sum(len(one.text) for one in shown)
            self._place = max(self._place, place)
            is_slow = len(self._waiting) > MOST_WAITING or self._size > MOST_WAITING_BYTES
        if is_slow:
            self.end()
        elif shown:
            self._wake()

    def take(self) -> FeedPage:
        """What has come since the last time, and up to where everything was judged by then."""
        with self._mutex:
            taken, self._waiting, self._size = self._waiting, [], 0
            self._taken = self._place
            return FeedPage(taken, self._taken, is_level=True)

    def end(self) -> None:
        """Nothing more comes."""
        with self._mutex:
            self._has_ended = True
            self._waiting, self._size, self._place = [], 0, self._taken
        self._wake()
