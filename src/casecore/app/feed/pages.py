"""Reading the feed in pages: a bounded piece of the published log, of which a reader gets what it may see."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol
from uuid import UUID

from casecore.app.feed.judging import FeedReader, Judge
from casecore.contract.wire import StoredEvent

MOST_EXAMINED = 2_000
"""Events that are looked at for one page, however few of them the reader sees: tenths of a second."""

MOST_BYTES = 4 * 1024 * 1024
"""After so much a page ends: an event may have a quarter of a megabyte."""

_ROWS = 200
_LEAST_ROWS = 20


class PublishedEvents(Protocol):
    """Published events, and the streams that they are of as these are now."""

    def read(self, after: int, up_to: int, limit: int) -> list[StoredEvent]:
        """At most `limit` events after a position and not after another, in order, none only at the end."""

    def last_of(self, stream_ids: Collection[UUID]) -> dict[UUID, StoredEvent]:
        """The last event of each of these streams; one without any is missing."""


class ShownEvent(NamedTuple):
    """An event as a reader sees it, in structured form, and its place in the log."""

    position: int
    text: bytes


class FeedPage(NamedTuple):
    """What a reader sees of a piece of the log: all events up to `place` have been looked at.

    `is_level`: the piece ends where it was to be read to.
    """

    events: list[ShownEvent]
    place: int
    is_level: bool


def read_page(
    log: PublishedEvents,
    judge: Judge,
    reader: FeedReader,
    *,
    after: int,
    up_to: int,
    limit: int,
    most_bytes: int = MOST_BYTES,
) -> FeedPage:
    """At most `limit` events that a reader sees, of those after a position and not after another; fewer once
    they have `most_bytes`."""
    shown: list[ShownEvent] = []
    place, examined, size = after, 0, 0
    rows = min(max(limit, _LEAST_ROWS), _ROWS)
    while examined < MOST_EXAMINED:
        events = log.read(place, up_to, rows)
        for event in judge.judge([one for one in events if reader.wants(one.type)], log.last_of):
            text = event.shown_to(reader.viewer)
            if text is None:
                continue
            place = event.stored.position
            shown.append(ShownEvent(place, text))
            size += len(text)
            if len(shown) == limit or size >= most_bytes:
                return FeedPage(shown, place, place >= up_to)
        if not events or events[-1].position >= up_to:
            return FeedPage(shown, max(place, up_to), is_level=True)
        examined += len(events)
        place, rows = events[-1].position, min(_ROWS, MOST_EXAMINED - examined)
    return FeedPage(shown, place, place >= up_to)
