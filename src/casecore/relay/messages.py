"""The messages between the relay's protocol and its driver: requests of the protocol, reports of the driver.

The docstring of a request names the reports that may answer it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition, Span
from casecore.relay.errors import RelayError


class Outgoing(NamedTuple):
    """An event, and the partition into which it goes."""

    partition: Partition
    event: StoredEvent


# Reports of the driver.


class LockTaken(msgspec.Struct, frozen=True):
    """No other relay runs, and none can start while this relay's session lives."""


class LockBusy(msgspec.Struct, frozen=True):
    """Another relay runs, or somebody else who may write has the lock."""

    at_seconds: float


class LagMeasured(msgspec.Struct, frozen=True):
    """It was asked how far the other relay is; the answer is in the health report of this one."""

    at_seconds: float


class StoreUnavailable(msgspec.Struct, frozen=True):
    """PostgreSQL does not answer; this relay does not hold the lock yet."""


class TopicsRead(msgspec.Struct, frozen=True):
    """The ids that the topics have now, and the ids that they had when this store was last published."""

    ids: Mapping[str, str]
    remembered: Mapping[str, str]


class EarlierRelaysFenced(msgspec.Struct, frozen=True):
    """Earlier relays can no longer write; the fillers of the aborted transaction have these offsets."""

    fillers: Mapping[Partition, int]
    at_seconds: float


class StableSeen(msgspec.Struct, frozen=True):
    """The last stable offset of each requested partition: below it nothing can change any more."""

    offsets: Mapping[Partition, int]
    at_seconds: float


class HangingAborted(msgspec.Struct, frozen=True):
    """The transactions that the brokers listed as open have been aborted, if the relay is allowed to."""

    at_seconds: float
    allowed: bool = True


class TailsRead(msgspec.Struct, frozen=True):
    """The last committed event of each partition, and what the store has at those positions.

    `stored` lacks a position at which the store holds nothing; `last_position` is the store's last.
    """

    tails: Mapping[Partition, StoredEvent | None]
    stored: Mapping[int, StoredEvent]
    last_position: int


class PlacesFound(msgspec.Struct, frozen=True):
    """For each requested topic, the position that lies one longest transaction before the given one."""

    before: Mapping[str, int]


class TopicsRemembered(msgspec.Struct, frozen=True):
    """The topics' ids are stored."""


class EventsRead(msgspec.Struct, frozen=True):
    """The next events of the log, by position; none if the relay has reached the end of the log."""

    events: tuple[StoredEvent, ...]


class Sent(msgspec.Struct, frozen=True):
    """Kafka has the records at these offsets; their transaction is open, so no consumer reads them yet."""

    spans: Mapping[Partition, Span]


class Committed(msgspec.Struct, frozen=True):
    """The open transaction was committed."""

    at_seconds: float


class Woken(msgspec.Struct, frozen=True):
    """The store may have new events, or the time limit has passed."""

    at_seconds: float


class TopicsSeen(msgspec.Struct, frozen=True):
    """The ids that the topics have now; None if Kafka does not answer."""

    ids: Mapping[str, str] | None
    at_seconds: float


class StopAsked(msgspec.Struct, frozen=True):
    """The relay is asked to end. Reported instead of the report that was due."""


StartReport: TypeAlias = (
    LockTaken
    | LockBusy
    | LagMeasured
    | StoreUnavailable
    | TopicsRead
    | EarlierRelaysFenced
    | HangingAborted
    | TailsRead
    | PlacesFound
    | TopicsRemembered
)
"""Reports that are made only before the first event is read."""

PublishReport: TypeAlias = EventsRead | Sent | Committed | Woken | TopicsSeen
"""Reports that are made only after the start."""

RelayReport: TypeAlias = StartReport | PublishReport | StableSeen | StopAsked


# Requests of the protocol.


class TakeLock(msgspec.Struct, frozen=True):
    """Try for the lock, after a pause. Answered by LockTaken, LockBusy or StoreUnavailable."""

    pause_seconds: float


class MeasureLag(msgspec.Struct, frozen=True):
    """On stand-by, ask what the store holds and what is published. Answered by LagMeasured."""


class ReadTopics(msgspec.Struct, frozen=True):
    """Check the topics' configuration and read their ids. Answered by TopicsRead."""


class Fence(msgspec.Struct, frozen=True):
    """Fence earlier relays, and abort a filler in each partition. Answered by EarlierRelaysFenced."""


class LookAtStable(msgspec.Struct, frozen=True):
    """Ask for last stable offsets, after a pause. Answered by StableSeen."""

    partitions: tuple[Partition, ...]
    pause_seconds: float


class AbortHanging(msgspec.Struct, frozen=True):
    """Abort the open transactions that began before these offsets. Answered by HangingAborted."""

    before: Mapping[Partition, int]


class ReadTails(msgspec.Struct, frozen=True):
    """Read each partition's last committed event, and the store's at its position. Answered by TailsRead."""


class FindPlaces(msgspec.Struct, frozen=True):
    """Find the position `events` events before each topic's highest. Answered by PlacesFound."""

    highest: Mapping[str, int]
    events: int


class RememberTopics(msgspec.Struct, frozen=True):
    """Store these ids. Answered by TopicsRemembered."""

    ids: Mapping[str, str]


class ReadLog(msgspec.Struct, frozen=True):
    """Read at most `limit` events after a position. Answered by EventsRead."""

    after: int
    limit: int


class Send(msgspec.Struct, frozen=True):
    """Send these in one transaction, and leave it open. Answered by Sent."""

    outgoing: tuple[Outgoing, ...]


class Commit(msgspec.Struct, frozen=True):
    """Commit the open transaction. Answered by Committed only: StopAsked never answers it."""


class AwaitNews(msgspec.Struct, frozen=True):
    """Wait until the store has new events, but not longer than this. Answered by Woken."""

    limit_seconds: float


class LookAtTopics(msgspec.Struct, frozen=True):
    """Ask for the topics' ids again. Answered by TopicsSeen."""


class Stop(msgspec.Struct, frozen=True):
    """End the relay: on request (None), or because of this error."""

    because: RelayError | None


StartRequest: TypeAlias = (
    TakeLock | MeasureLag | ReadTopics | Fence | AbortHanging | ReadTails | FindPlaces | RememberTopics
)
"""Requests that are made only before the first event is read."""

RelayRequest: TypeAlias = (
    StartRequest | LookAtStable | ReadLog | Send | Commit | AwaitNews | LookAtTopics | Stop
)
