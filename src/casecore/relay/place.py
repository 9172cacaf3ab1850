"""Pure rules over positions and partitions: where an event goes, and where a relay continues."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from casecore.contract.streams import PARTITIONS, kind_of, topic_name
from casecore.contract.wire import StoredEvent
from casecore.kafka import partitions
from casecore.kafka.partitions import Partition
from casecore.relay.errors import EventUnpublishable, RelayRefused, TailDiffers, TopicAhead, TopicRecreated

# A case's events come close together, and the hash is the most expensive step for an event.
_STREAMS_KEPT = 10_000


@lru_cache(maxsize=_STREAMS_KEPT)
def partition_number(stream_id: UUID) -> int:
    """The partition of a stream, as Kafka's own clients choose it from the key: the stream's id as text."""
    return partitions.partition_of_key(str(stream_id).encode(), PARTITIONS)


def partition_of(prefix: str, event: StoredEvent) -> Partition:
    """The partition of an event; raises EventUnpublishable for a type without a topic."""
    try:
        kind = kind_of(event.type)
    except KeyError:
        raise EventUnpublishable(
            f"the store's event at position {event.position} has the type {event.type!r}, which belongs to "
            "no topic of this program; start the version of the relay that knows it"
        ) from None
    return Partition(topic_name(prefix, kind), partition_number(event.stream_id))


def refusal_of_topics(ids: Mapping[str, str], remembered: Mapping[str, str]) -> RelayRefused | None:
    """The refusal if these are not the topics into which the store was published so far, or None."""
    for topic, topic_id in ids.items():
        known = remembered.get(topic, topic_id)
        if known != topic_id:
            return TopicRecreated(
                f"the topic {topic} was deleted and created again: its id is {topic_id}, and this store was "
                f"published into {known}. If that was on purpose, let the relay forget the old topics, and "
                "start it again: it publishes every event from the store into the new topic. Views build "
                "themselves again from it; if it was not on purpose, restore the topic first"
            )
    return None


def refusal_of_tails(
    tails: Mapping[Partition, StoredEvent | None], stored: Mapping[int, StoredEvent], last_position: int
) -> RelayRefused | None:
    """The refusal if the topics' last events do not come from this store, or None.

    `stored` has the store's events at the tails' positions. A restored store is recognised by what was
    already published, since that cannot be taken back.
    """
    for partition, tail in tails.items():
        if tail is None:
            continue
        if tail.position > last_position:
            return TopicAhead(
                f"{partition} ends with the event at position {tail.position}, but the store's last position "
                f"is {last_position}: the store was restored from an older backup, or is another one. "
                "Restore a newer backup; or, to publish this store again, delete the topics, create "
                "them, and let the relay forget the old ones"
            )
        found = stored.get(tail.position)
        if found is None or _identity(found) != _identity(tail):
            return TailDiffers(
                f"{partition} ends with {_described(tail)}, but the store holds "
                f"{_described(found) if found else 'nothing'} at that position: topic and store do not "
                "belong together. Point the relay at the right store or prefix; or, to publish this store "
                "again, delete the topics, create them, and let the relay forget the old ones"
            )
    return None


def starting_place(
    tails: Mapping[Partition, StoredEvent | None], one_transaction_before: Mapping[str, int]
) -> int:
    """The position after which the log is read, so that no unpublished event is skipped.

    Only the last transaction can be missing from some partitions and not from others. So in each topic
    everything is published up to one longest transaction before its highest event, and everything up to
    the lowest of its partitions' last events. A topic may have been created later than the others.
    """
    lowest = {topic: min(positions.values()) for topic, positions in _positions_by_topic(tails).items()}
    return min(max(lowest[topic], one_transaction_before.get(topic, 0)) for topic in lowest)


def highest_positions(tails: Mapping[Partition, StoredEvent | None]) -> dict[str, int]:
    """The highest published position of each topic; 0 for an empty topic."""
    return {topic: max(positions.values()) for topic, positions in _positions_by_topic(tails).items()}


def _positions_by_topic(tails: Mapping[Partition, StoredEvent | None]) -> dict[str, dict[int, int]]:
    positions: dict[str, dict[int, int]] = {}
    for partition, tail in tails.items():
        positions.setdefault(partition.topic, {})[partition.number] = tail.position if tail else 0
    return positions


def _identity(event: StoredEvent) -> tuple[UUID, int, str, bytes]:
    return event.stream_id, event.version, event.type, event.body


def _described(event: StoredEvent) -> str:
    return f"{event.type} of stream {event.stream_id}, version {event.version}, at position {event.position}"
