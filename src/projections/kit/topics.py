"""Kafka as the projections read it: consumers with our settings, and which topic a name stands for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from projections.kit.errors import TopicMissing

Partition: TypeAlias = tuple[str, int]
AnyRecord: TypeAlias = Any  # the library has no types

BATCH_RECORDS = 2_000
"""Records in one transaction: enough to make its fixed cost small, few enough to take a tenth of a second."""

ANSWER_LIMIT_MS = 10_000

_SETTINGS: Mapping[str, Any] = {
    # The library's defaults would start at the end, commit by time, and show what was never committed.
    "auto_offset_reset": "none",
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    "max_poll_records": BATCH_RECORDS,
    "fetch_max_wait_ms": 100,
    "reconnect_backoff_max_ms": 1_000,
    "metrics_enabled": False,
}


def group_consumer(bootstrap: str, group: str) -> Any:
    """A consumer that shares the partitions with the other runners of its view."""
    # A runner that dies is replaced after the session's time-out; brokers take no shorter one.
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        session_timeout_ms=6_000,
        heartbeat_interval_ms=2_000,
        **_SETTINGS,
    )


def whole_consumer(bootstrap: str) -> Any:
    """A consumer of its own, that belongs to no group."""
    return KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, **_SETTINGS)


def partitions_of(bootstrap: str, topics: Iterable[str]) -> tuple[dict[str, str], list[Partition]]:
    """The id of each topic, and all their partitions. Raises TopicMissing."""
    ids: dict[str, str] = {}
    partitions: list[Partition] = []
    with KafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ANSWER_LIMIT_MS) as admin:
        for topic in topics:
            try:
                found = admin.describe_topics([topic])[0]
            except KafkaError as error:
                raise TopicMissing(topic, str(error)) from error
            if found["error_code"]:
                raise TopicMissing(topic, f"Kafka answers with error {found['error_code']}")
            ids[topic] = str(found["topic_id"])
            partitions += [(topic, int(each["partition_index"])) for each in found["partitions"]]
    return ids, sorted(partitions)


def learn_partitions(consumer: Any, names: Iterable[str]) -> None:
    """Let a consumer learn its topics' partitions before it joins a group. Raises TopicMissing.

    The library's join races with its first look at the topics: it may share out no partition at all, and
    not notice that it has to share them out again.
    """
    give_up_at = time.monotonic() + ANSWER_LIMIT_MS / 1000
    for topic in names:
        while not consumer.partitions_for_topic(topic):
            if time.monotonic() > give_up_at:
                raise TopicMissing(topic, "Kafka does not say which partitions it has")


def known_topic_id(consumer: Any, topic: str) -> str | None:
    """The id by which this consumer fetches the topic now; None before it knows one."""
    # Fetches name the topic by this id, so a record of a topic made anew cannot come before it changes.
    # The library has no public way to it.
    found = consumer._client.cluster.topic_id(topic)
    return None if found is None else str(found)


def ends(consumer: Any, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The offset after the last committed record; raises KafkaError when Kafka does not answer in time."""
    found = consumer.end_offsets([TopicPartition(*p) for p in partitions], timeout_ms=ANSWER_LIMIT_MS)
    return {(tp.topic, tp.partition): int(offset) for tp, offset in found.items()}


def beginnings(consumer: Any, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The offset of the first record still there; raises KafkaError when Kafka does not answer in time."""
    found = consumer.beginning_offsets([TopicPartition(*p) for p in partitions], timeout_ms=ANSWER_LIMIT_MS)
    return {(tp.topic, tp.partition): int(offset) for tp, offset in found.items()}


def flat(polled: Mapping[Any, list[AnyRecord]]) -> list[AnyRecord]:
    """The records of one poll, partition after partition, each in order."""
    return [record for records in polled.values() for record in records]
