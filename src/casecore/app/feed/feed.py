"""The event feed of an installation: pages of it, following it, and its cursors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from casecore.app.application import Application
from casecore.app.feed.cursors import FeedCursors
from casecore.app.feed.follower import Follower
from casecore.app.feed.judging import FeedReader, Judge
from casecore.app.feed.pages import MOST_BYTES, FeedPage, read_page
from casecore.app.feed.subscription import Subscription
from casecore.app.idle_readers import IdleReaders
from casecore.errors.kinds import CasecoreError, Kind
from casecore.relay.published_log import PublishedLog, PublishedPart


class CursorAhead(CasecoreError):
    """A cursor is behind the last event of the store, which was restored from an older backup."""

    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "the cursor is behind all that is stored: the store was restored from an older backup, and what "
            "was heard since may not have happened; begin again without a cursor"
        )


class EventFeed:
    """What is published, for many readers: its methods may be called in any thread.

    They raise DatabaseUnavailable and TablesMissing.
    """

    def __init__(self, app: Application) -> None:
        self._app = app
        self._judge = Judge(app.settings.topic_prefix)
        self._follower = Follower(lambda: self._open_log(waits=True), self._judge)
        self._logs = IdleReaders(self._open_log)

    @cached_property
    def cursors(self) -> FeedCursors:
        """The feed's cursors."""
        with self._logs.borrowed() as log:
            return FeedCursors(log.cursor_key())

    def published(self) -> PublishedPart:
        """Up to where the log is published, as far as the relay has noted it."""
        with self._logs.borrowed() as log:
            return log.published()

    def check_place(self, place: int) -> None:
        """Raise CursorAhead for a place behind the last event: others are stored there in time, unheard."""
        with self._logs.borrowed() as log:
            if place > log.place() and place > log.last_position():
                raise CursorAhead

    def page(
        self,
        reader: FeedReader,
        after: int,
        limit: int,
        up_to: int | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> FeedPage:
        """At most `limit` events that a reader sees after a place, up to another or to what is published."""
        with self._logs.borrowed() as log:
            end = log.place() if up_to is None else up_to
            return read_page(
                log, self._judge, reader, after=after, up_to=end, limit=limit, most_bytes=most_bytes
            )

    def subscribe(self, reader: FeedReader, after: int, wake: Callable[[], None]) -> Subscription:
        """Follow the feed from a place on: see Subscriptions.subscribe."""
        return self._follower.subscribe(reader, after, wake)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Follow it no more."""
        self._follower.unsubscribe(subscription)

    def end(self) -> None:
        """End all that follow it, so that the process can end."""
        self._follower.end()

    def close(self) -> None:
        """End all that follow it, and leave the database."""
        self._follower.close()
        self._logs.close()

    def _open_log(self, *, waits: bool = False) -> PublishedLog:
        return PublishedLog(self._app.database, self._app.settings.topic_prefix, waits=waits)
