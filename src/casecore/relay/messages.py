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


# What happened.


class LockTaken(msgspec.Struct, frozen=True):
    """No other relay runs, and none will start while our session lives."""


class LockBusy(msgspec.Struct, frozen=True):
    """Another relay runs."""


class StoreAway(msgspec.Struct, frozen=True):
    """PostgreSQL does not answer, and we hold no lock yet."""


class TopicsRead(msgspec.Struct, frozen=True):
    """The ids that the topics have, and those that they had when this store was last published."""

    ids: Mapping[str, str]
    remembered: Mapping[str, str]


class Fenced(msgspec.Struct, frozen=True):
    """Earlier relays can write no more; the fillers of our aborted transaction have these offsets."""

    fillers: Mapping[Partition, int]
    at_seconds: float


class StableSeen(msgspec.Struct, frozen=True):
    """The last stable offset of each partition asked for: below it nothing can change any more."""

    offsets: Mapping[Partition, int]
    at_seconds: float


class HangingAborted(msgspec.Struct, frozen=True):
    """What the brokers listed as open was told to abort."""

    at_seconds: float


class TailsRead(msgspec.Struct, frozen=True):
    """The last committed event of each partition, and what the store has at those positions.

    `stored` lacks a position at which the store holds nothing; `last_position` is the store's last.
    """

    tails: Mapping[Partition, StoredEvent | None]
    stored: Mapping[int, StoredEvent]
    last_position: int


class PlacesFound(msgspec.Struct, frozen=True):
    """For each topic asked for, the position one longest transaction before the one that was given."""

    before: Mapping[str, int]


class TopicsRemembered(msgspec.Struct, frozen=True):
    """The topics' ids are kept in the store."""


class EventsRead(msgspec.Struct, frozen=True):
    """The next events of the log, by position; none if the relay has reached its end."""

    events: tuple[StoredEvent, ...]


class Sent(msgspec.Struct, frozen=True):
    """Kafka has the records, at these offsets; their transaction is open, so nobody reads them yet."""

    spans: Mapping[Partition, Span]


class Committed(msgspec.Struct, frozen=True):
    """The open transaction was committed."""

    at_seconds: float


class Woken(msgspec.Struct, frozen=True):
    """Something may be new in the store, or the wait has lasted long enough."""

    at_seconds: float


class TopicsSeen(msgspec.Struct, frozen=True):
    """The ids that the topics have now; None if Kafka does not say."""

    ids: Mapping[str, str] | None
    at_seconds: float


class StopAsked(msgspec.Struct, frozen=True):
    """Somebody wants the relay to end. Told instead of the report that was due."""


StartReport: TypeAlias = (
    LockTaken
    | LockBusy
    | StoreAway
    | TopicsRead
    | Fenced
    | HangingAborted
    | TailsRead
    | PlacesFound
    | TopicsRemembered
)
"""Reports that come only before the first event is read."""

PublishReport: TypeAlias = EventsRead | Sent | Committed | Woken | TopicsSeen
"""Reports that come only after the start."""

Report: TypeAlias = StartReport | PublishReport | StableSeen | StopAsked


# What to do.


class TakeLock(msgspec.Struct, frozen=True):
    """Try for the lock, after a pause. Answered by LockTaken, LockBusy or StoreAway."""

    pause_seconds: float


class ReadTopics(msgspec.Struct, frozen=True):
    """Check the topics' configuration and read their ids. Answered by TopicsRead."""


class Fence(msgspec.Struct, frozen=True):
    """Shut earlier relays out, and write and abort a filler in each partition. Answered by Fenced."""


class LookAtStable(msgspec.Struct, frozen=True):
    """Ask for last stable offsets, after a pause. Answered by StableSeen."""

    partitions: tuple[Partition, ...]
    pause_seconds: float


class AbortHanging(msgspec.Struct, frozen=True):
    """Abort what is open in these partitions and began before these offsets. Answered by HangingAborted."""

    before: Mapping[Partition, int]


class ReadTails(msgspec.Struct, frozen=True):
    """Read the last committed events and what the store has there. Answered by TailsRead."""


class FindPlaces(msgspec.Struct, frozen=True):
    """Find the position that lies `events` events before each topic's. Answered by PlacesFound."""

    highest: Mapping[str, int]
    events: int


class RememberTopics(msgspec.Struct, frozen=True):
    """Keep these ids in the store. Answered by TopicsRemembered."""

    ids: Mapping[str, str]


class ReadLog(msgspec.Struct, frozen=True):
    """Read at most `limit` events after a position. Answered by EventsRead."""

    after: int
    limit: int


class Send(msgspec.Struct, frozen=True):
    """Send these in one transaction, and leave it open. Answered by Sent."""

    outgoing: tuple[Outgoing, ...]


class Commit(msgspec.Struct, frozen=True):
    """Commit the open transaction. Answered by Committed, and by nothing else: no stop comes before it."""


class AwaitNews(msgspec.Struct, frozen=True):
    """Wait until the store has something new, but not longer than this. Answered by Woken."""

    limit_seconds: float


class LookAtTopics(msgspec.Struct, frozen=True):
    """Ask for the topics' ids again. Answered by TopicsSeen."""


class Stop(msgspec.Struct, frozen=True):
    """End: because somebody asked for it (None), or because of this."""

    because: RelayError | None


StartRequest: TypeAlias = (
    TakeLock | ReadTopics | Fence | AbortHanging | ReadTails | FindPlaces | RememberTopics
)
"""Requests that are made only before the first event is read."""

Request: TypeAlias = StartRequest | LookAtStable | ReadLog | Send | Commit | AwaitNews | LookAtTopics | Stop
