"""Reading topics: only what is committed, by offsets of one's own, and never creating a topic."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import UnknownTopicOrPartitionError

from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import TopicUnanswered
from casecore.kafka.explaining import explained
from casecore.kafka.partitions import Partition
from casecore.kafka.records import KafkaRecord
from casecore.kafka.settings import ANSWER_LIMIT_MS, LOOK_LIMIT_MS, REQUEST_LIMIT_MS, connection
from casecore.kafka.unpacking import QuickRecords

# The library's defaults would start at the end, commit by time, and show what was never committed.
_COMMITTED: Mapping[str, Any] = {
    "auto_offset_reset": "none",
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    # A partition that is paused while a part of its answer waits to be polled is never fetched again by
    # kafka-python 3.0.12, so every answer is polled whole; its bytes are what bounds it.
    "max_poll_records": 10_000_000,
    "metrics_enabled": False,
}


class Reader:
    """A consumer of committed records, by partitions. One thread's.

    Its methods raise kafka.errors.KafkaError where the brokers do not answer in time.
    """

    def __init__(self, cluster: Cluster, bounds: Mapping[str, int], group: str | None = None) -> None:
        """`bounds` are settings of kafka-python: how much an answer holds, and how long it may take."""
        self._cluster = cluster
        settings = connection(cluster)
        with explained(cluster):
            self._consumer = KafkaConsumer(group_id=group, **settings, **_COMMITTED, **bounds)
        # The library has no public way to it.
        self._consumer._fetcher.PartitionRecords = QuickRecords

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Read these, each from where `seek` says."""
        self._consumer.assign(_theirs(partitions))

    def join(self, topics: Iterable[str], changed: Callable[[], None]) -> None:
        """Share these topics' partitions with the other members of the group.

        `changed` is called within `poll` when partitions were given or taken; those that are given are paused
        until `resume`. Raises TopicUnanswered.
        """
        names = list(topics)
        self._learn_partitions(names)
        self._consumer.subscribe(names, listener=_Assignment(self._consumer, changed))

    def assignment(self) -> list[Partition]:
        """The partitions that are read now."""
        return [Partition(found.topic, found.partition) for found in self._consumer.assignment()]

    def poll(self, limit_ms: int) -> list[KafkaRecord]:
        """The next records, partition after partition, each in order; none where none came in time.

        A broker that is unavailable cannot be distinguished from one that has nothing.
        """
        with explained(self._cluster, greets=False):
            polled: Mapping[Any, list[KafkaRecord]] = self._consumer.poll(timeout_ms=limit_ms)
        return [record for records in polled.values() for record in records]

    def seek(self, partition: Partition, offset: int) -> None:
        """Read a partition on from an offset."""
        self._consumer.seek(TopicPartition(*partition), offset)

    def position(self, partition: Partition, limit_ms: int = REQUEST_LIMIT_MS) -> int:
        """The offset from which a partition is read on; it passes marks that are not records."""
        with explained(self._cluster, greets=False):
            return int(self._consumer.position(TopicPartition(*partition), timeout_ms=limit_ms) or 0)

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Fetch nothing of these for now."""
        self._consumer.pause(*_theirs(partitions))

    def resume(self, partitions: Iterable[Partition]) -> None:
        """Fetch them again."""
        self._consumer.resume(*_theirs(partitions))

    def beginnings(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The offset of the first record that is still there."""
        with explained(self._cluster, greets=False):
            return _ours(self._consumer.beginning_offsets(_theirs(partitions), timeout_ms=ANSWER_LIMIT_MS))

    def ends(self, partitions: Iterable[Partition], limit_ms: int = REQUEST_LIMIT_MS) -> dict[Partition, int]:
        """The last stable offset: committed records are read up to there, and no further."""
        try:
            with explained(self._cluster, greets=False):
                return _ours(self._consumer.end_offsets(_theirs(partitions), timeout_ms=limit_ms))
        except KeyError as error:  # what kafka-python 3 raises for a topic that is deleted while it asks
            raise UnknownTopicOrPartitionError(f"{error} has no last offset") from error

    def topic_id(self, topic: str) -> str | None:
        """The id by which the topic is fetched now; None before one is known.

        Fetches name the topic by it, so a record of a topic that was created again cannot come before it
        changes here.
        """
        found = self._consumer._client.cluster.topic_id(topic)  # the library has no public way to it
        return None if found is None else str(found)

    def close(self) -> None:
        """Leave the group, if any, and close the connections."""
        self._consumer.close(autocommit=False, timeout_ms=LOOK_LIMIT_MS)

    def _learn_partitions(self, topics: Iterable[str]) -> None:
        # The library's join races with its first look at the topics: it may share out no partition at all,
        # and not notice that it has to share them out again.
        give_up_at = time.monotonic() + ANSWER_LIMIT_MS / 1000
        for topic in topics:
            while not self._consumer.partitions_for_topic(topic):
                if time.monotonic() > give_up_at:
                    raise TopicUnanswered(topic, "Kafka does not say which partitions it has")


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """What the group gives to this member. Runs inside poll(), so it only notes."""

    def __init__(self, consumer: Any, changed: Callable[[], None]) -> None:
        self._consumer = consumer
        self._changed = changed

    def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002
        self._changed()

    def on_partitions_assigned(self, assigned: Any) -> None:
        # Nothing may be fetched before somebody has said from where; a position must exist meanwhile.
        for partition in assigned:
            self._consumer.seek(partition, 0)
            self._consumer.pause(partition)
        self._changed()


def committed_reader(cluster: Cluster, **bounds: int) -> Reader:
    """A reader without a group, for looks at what is in topics."""
    # A partition without anything new must not hold up the answer of the others for half a second.
    looks = {"request_timeout_ms": REQUEST_LIMIT_MS, "fetch_max_wait_ms": 50, "retry_backoff_ms": 10}
    return Reader(cluster, {**looks, **bounds})


def group_reader(cluster: Cluster, group: str, answer_bytes: int) -> Reader:
    """A member of a group, which shares the partitions with the others."""
    # A member that dies is replaced after the session's time-out; brokers take no shorter one.
    membership = {"session_timeout_ms": 6_000, "heartbeat_interval_ms": 2_000}
    return Reader(cluster, {**membership, **_answers_of(answer_bytes)}, group)


def whole_reader(cluster: Cluster, answer_bytes: int) -> Reader:
    """A reader without a group, for much at a time."""
    return Reader(cluster, _answers_of(answer_bytes))


def _answers_of(size: int) -> dict[str, int]:
    return {"fetch_max_bytes": size, "max_partition_fetch_bytes": size, "fetch_max_wait_ms": 100}


def _theirs(partitions: Iterable[Partition]) -> list[TopicPartition]:
    return [TopicPartition(*partition) for partition in partitions]


def _ours(offsets: Mapping[TopicPartition, int]) -> dict[Partition, int]:
    return {Partition(found.topic, found.partition): int(offset) for found, offset in offsets.items()}
