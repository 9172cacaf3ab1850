"""The last committed event of a partition is found, whatever lies behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest
from kafka import KafkaProducer

from casecore.contract.streams import CASES, PARTITIONS, STREAM_KINDS, topic_name
from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.cluster import Cluster
from casecore.kafka.partitions import Partition
from casecore.kafka.producer import transactional_producer
from casecore.kafka.reader import Reader, committed_reader
from casecore.relay.place import partition_number
from casecore.relay.published_topics import create_topics, partitions_of
from casecore.relay.publisher import transactional_id
from casecore.relay.tails import Tail, read_tails


@pytest.fixture
def topic(kafka_server: Cluster, topic_prefix: str) -> str:
    create_topics(kafka_server, topic_prefix, 1)
    return topic_name(topic_prefix, CASES)


@pytest.fixture
def producer(kafka_server: Cluster, topic_prefix: str, topic: str) -> Iterator[KafkaProducer]:
    producer = transactional_producer(kafka_server, transactional_id(topic_prefix))
    producer.init_transactions()
    yield producer
    producer.close(timeout=2)


@pytest.fixture
def reader(kafka_server: Cluster) -> Iterator[Reader]:
    reader = committed_reader(kafka_server)
    yield reader
    reader.close()


def event(position: int, partition: int) -> StoredEvent:
    """An event of a stream that belongs to a partition."""
    stream = next(UUID(int=n) for n in count(1) if partition_number(UUID(int=n)) == partition)
    recorded_at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    body = b'{"occurred_at":"2026-01-01T11:00:00Z"}'
    return StoredEvent(position, stream, position, "casecore.case.opened.v1", recorded_at, body)


def send(producer: KafkaProducer, topic: str, partition: int, *positions: int) -> None:
    """Send what a relay would send."""
    for position in positions:
        key, value, headers = to_record(event(position, partition), topic.removesuffix(".cases"))
        producer.send(topic, value, key, headers, partition)
    producer.flush()


def wait_until_committed(broker: str, prefix: str) -> None:
    """Waits as a starting relay does: a new producer of the same name is given its epoch only after
    every transaction before it has ended in all partitions, which the answer to a commit does not say."""
    successor = transactional_producer(broker, transactional_id(prefix))
    successor.init_transactions()
    successor.close(timeout=2)


def test_tails_are_found_behind_aborted_records_and_markers(
    producer: KafkaProducer, reader: Reader, kafka_server: Cluster, topic_prefix: str, topic: str
) -> None:
    # Given one partition that ends with an event, one with many aborted ones behind its last event,
    # one with aborted ones only, and the others empty
    producer.begin_transaction()
    send(producer, topic, 0, 1, 4)
    send(producer, topic, 1, 2, 3)
    producer.commit_transaction()
    producer.begin_transaction()
    send(producer, topic, 1, *range(5, 805))
    send(producer, topic, 2, 900)
    producer.abort_transaction()
    wait_until_committed(kafka_server, topic_prefix)

    # When the tails are read
    tails = read_tails(reader, partitions_of(topic_prefix)).tails

    # Then they are the last committed events, with their offsets
    found = {partition.number: tail for partition, tail in tails.items() if tail}
    assert {number: (tail.offset, tail.event) for number, tail in found.items()} == {
        0: (1, event(4, 0)),
        1: (1, event(3, 1)),
    }
    assert len(tails) == PARTITIONS * len(STREAM_KINDS)
    # and reading them again gives the same
    assert read_tails(reader, partitions_of(topic_prefix)) == (tails, {})


def test_records_that_something_else_wrote_are_passed_over(
    producer: KafkaProducer, reader: Reader, topic_prefix: str, kafka_server: Cluster, topic: str
) -> None:
    # Given two events, and behind them more records of somebody else than a window holds,
    producer.begin_transaction()
    send(producer, topic, 5, 7, 8)
    for _ in range(100):
        producer.send(topic, b"hello", b"key", partition=5)
    # of which some read as events, of another source
    key, value, headers = to_record(event(9, 5), "other")
    for _ in range(100):
        producer.send(topic, value, key, headers, 5)
    producer.send(topic, b"hello", b"key", partition=6)
    producer.commit_transaction()
    wait_until_committed(kafka_server, topic_prefix)

    # When the tails are read
    found = read_tails(reader, [Partition(topic, 5), Partition(topic, 6)])

    # Then the last event is found, and a partition without any has none, and the others are counted
    assert found.tails == {Partition(topic, 5): Tail(1, event(8, 5)), Partition(topic, 6): None}
    assert found.foreign == {Partition(topic, 5): 200, Partition(topic, 6): 1}
