"""Kafka as the projections read it: consumers with our settings, and which topic a name stands for."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaConnectionError, KafkaError

from projections.kit.errors import TopicMissing, TopicUnanswered
from projections.kit.unpacking import QuickRecords

Partition: TypeAlias = tuple[str, int]
AnyRecord: TypeAlias = Any  # the library has no types

BATCH_BYTES = 8 * 1024 * 1024
"""What one answer of a broker holds: some 9,000 events. All answers there are fold in one transaction, so
its bound is this times the number of brokers.

A view that shows what follows from a whole case (`shows`) does so once for each case of a batch. So it gains
by large ones, and by one partition at a time while it catches up: the events of a case lie closer together
there than in as many bytes of all partitions. Brokers give each partition its turn."""

REBUILD_BATCH_BYTES = 2 * BATCH_BYTES
"""The same for a rebuild, which has far to go: the more events of a case at once, the more seldom it is
shown."""

ANSWER_LIMIT_MS = 10_000

LOOK_LIMIT_MS = 2_000
"""For what a runner asks on its way: a stop, and a health check, wait for it."""

_SETTINGS: Mapping[str, Any] = {
    # The library's defaults would start at the end, commit by time, and show what was never committed.
    "auto_offset_reset": "none",
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    # A partition that is paused while a part of its answer waits to be polled is never fetched again, so
    # every answer is polled whole; its bytes are what bounds it.
    "max_poll_records": 1_000_000,
    "fetch_max_wait_ms": 100,
    "bootstrap_timeout_ms": 5_000,
    "reconnect_backoff_max_ms": 1_000,
    "metrics_enabled": False,
}


def group_consumer(bootstrap: str, group: str) -> Any:
    """A consumer that shares the partitions with the other runners of its view."""
    # A runner that dies is replaced after the session's time-out; brokers take no shorter one.
    return _quick(
        KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=group,
            session_timeout_ms=6_000,
            heartbeat_interval_ms=2_000,
            **_answers_of(BATCH_BYTES),
        )
    )


def whole_consumer(bootstrap: str) -> Any:
    """A consumer of its own for a rebuild, that belongs to no group."""
    return _quick(
        KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, **_answers_of(REBUILD_BATCH_BYTES))
    )


def _answers_of(size: int) -> dict[str, Any]:
    return {**_SETTINGS, "fetch_max_bytes": size, "max_partition_fetch_bytes": size}


def _quick(consumer: Any) -> Any:
    # The library has no public way to it.
    consumer._fetcher.PartitionRecords = QuickRecords
    return consumer


def knock(bootstrap: str) -> None:
    """Raise KafkaConnectionError unless somebody listens at one of these addresses.

    The library would try for long, and leave a socket open for each try.
    """
    for address in bootstrap.split(","):
        host, colon, port = address.strip().rpartition(":")
        if not colon:
            return  # at the port that the library knows
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
        except (OSError, ValueError):
            continue
        return
    raise KafkaConnectionError(f"nobody listens at {bootstrap}")


def partitions_of(bootstrap: str, topics: Iterable[str]) -> tuple[dict[str, str], list[Partition]]:
    """The id of each topic, and all their partitions. Raises TopicMissing, TopicUnanswered and KafkaError."""
    ids: dict[str, str] = {}
    partitions: list[Partition] = []
    with KafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ANSWER_LIMIT_MS) as admin:
        for topic in topics:
            try:
                found = admin.describe_topics([topic])[0]
            except KafkaError as error:
                raise TopicUnanswered(topic, f"Kafka does not answer about it: {error}") from error
            if found["error_code"]:
                raise TopicMissing(topic, f"Kafka answers with error {found['error_code']}")
            ids[topic] = str(found["topic_id"])
            partitions += [(topic, int(each["partition_index"])) for each in found["partitions"]]
    return ids, sorted(partitions)


def learn_partitions(consumer: Any, names: Iterable[str]) -> None:
    """Let a consumer learn its topics' partitions before it joins a group. Raises TopicUnanswered.

    The library's join races with its first look at the topics: it may share out no partition at all, and
    not notice that it has to share them out again.
    """
    give_up_at = time.monotonic() + ANSWER_LIMIT_MS / 1000
    for topic in names:
        while not consumer.partitions_for_topic(topic):
            if time.monotonic() > give_up_at:
                raise TopicUnanswered(topic, "Kafka does not say which partitions it has")


def known_topic_id(consumer: Any, topic: str) -> str | None:
    """The id by which this consumer fetches the topic now; None before it knows one."""
    # Fetches name the topic by this id, so a record of a topic made anew cannot come before it changes.
    # The library has no public way to it.
    found = consumer._client.cluster.topic_id(topic)
    return None if found is None else str(found)


def ends(
    consumer: Any, partitions: Iterable[Partition], limit_ms: int = ANSWER_LIMIT_MS
) -> dict[Partition, int]:
    """The offset after the last committed record; raises KafkaError when Kafka does not answer in time."""
    found = consumer.end_offsets([TopicPartition(*p) for p in partitions], timeout_ms=limit_ms)
    return {(tp.topic, tp.partition): int(offset) for tp, offset in found.items()}


def beginnings(consumer: Any, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The offset of the first record still there; raises KafkaError when Kafka does not answer in time."""
    found = consumer.beginning_offsets([TopicPartition(*p) for p in partitions], timeout_ms=ANSWER_LIMIT_MS)
    return {(tp.topic, tp.partition): int(offset) for tp, offset in found.items()}


def flat(polled: Mapping[Any, list[AnyRecord]]) -> list[AnyRecord]:
    """The records of one poll, partition after partition, each in order."""
    return [record for records in polled.values() for record in records]
