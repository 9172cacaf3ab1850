"""What a view lacks of the log, found from its end backwards: pure rules over streams and partitions.

A view folds each partition in order. So where it has the latest event of a partition, it has all before it;
and of a partition that lacks something, it is enough to wait for the latest event. Parked keys are left out:
their events wait in quarantine until somebody decides, and nobody waits for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from casecore.contract.streams import PARTITIONS, StreamKind, kind_of
from projections.kit.reading.standing import StreamStanding

WINDOWS = (500, 20_000)
"""Events at the log's end that are looked at before all streams are. The first window has an event of each
partition where the view's streams are at work; a store with few events is read whole."""

MOST_INCOMPLETE = 10_000
"""Streams that are looked at of those that a view lacks something of: some tenths of a second."""


class PartitionOfKind(NamedTuple):
    """A partition of a kind's topic, whatever the topic's prefix is."""

    kind: StreamKind
    number: int


class LogAndView(Protocol):
    """A log up to its end at one moment, and a view as it is now."""

    @property
    def partitions(self) -> int:
        """How many partitions the view's topics have together."""

    def position_before(self, events: int) -> int:
        """The position of the event so many events before the log's end; 0 where there are not so many."""

    def since(self, position: int) -> list[StreamStanding]:
        """The view's streams that have an event after a position."""

    def incomplete(self) -> list[StreamStanding]:
        """The streams of which the view lacks something, MOST_INCOMPLETE at most, without those in
        quarantine."""


def partitions_of(kinds: Sequence[StreamKind]) -> int:
    """How many partitions the topics of these kinds have."""
    return PARTITIONS * len(kinds)


def partition_of_stream(stream: StreamStanding) -> PartitionOfKind:
    """The partition that has a stream's records."""
    # Imported here: Kafka's client loads slowly, and a small store that a view holds whole does not need it.
    from casecore.relay.place import partition_number

    return PartitionOfKind(kind_of(stream.type), partition_number(stream.stream_id))


def find_awaited(view: LogAndView, windows: Sequence[int] = WINDOWS) -> list[StreamStanding]:
    """The stream whose event comes last, of what the view lacks in each partition; empty if it lacks nothing.

    Once it has all of these, it has all that was in the log, but what is parked.
    """
    for events in windows:
        after = view.position_before(events)
        streams = view.since(after)
        if after == 0:
            return list(_last_by_partition(lacking(streams), view.partitions).values())
        last = _last_by_partition(unparked(streams), view.partitions)
        if len(last) == view.partitions:
            return lacking(last.values())
    return list(_last_by_partition(lacking(view.incomplete()), view.partitions).values())


def unparked(streams: Iterable[StreamStanding]) -> list[StreamStanding]:
    """The streams that are not in quarantine."""
    return [stream for stream in streams if not stream.is_parked]


def lacking(streams: Iterable[StreamStanding]) -> list[StreamStanding]:
    """The streams of which the view lacks something that it will have without anybody's decision."""
    return [stream for stream in unparked(streams) if stream.missing]


def _last_by_partition(
    streams: Iterable[StreamStanding], partitions: int
) -> dict[PartitionOfKind, StreamStanding]:
    """Of each partition the stream whose event comes last. It ends with the last partition that is found."""
    found: dict[PartitionOfKind, StreamStanding] = {}
    for stream in sorted(streams, key=lambda one: one.position, reverse=True):
        found.setdefault(partition_of_stream(stream), stream)
        if len(found) == partitions:
            break
    return found
