"""The last committed event of a partition is found, whatever lies behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from kafka import KafkaProducer

from casecore.contract.streams import CASES, PARTITIONS, STREAM_KINDS, topic_name
from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.partitions import Partition
from casecore.kafka.producer import transactional_producer
from casecore.kafka.reader import Reader, committed_reader
from casecore.relay.errors import TailUnreadable
from casecore.relay.published_topics import create_topics, partitions_of
from casecore.relay.publisher import transactional_id
from casecore.relay.tails import read_tails


@pytest.fixture
def topic(kafka_server: str, topic_prefix: str) -> str:
    create_topics(kafka_server, topic_prefix, 1)
    return topic_name(topic_prefix, CASES)


@pytest.fixture
def producer(kafka_server: str, topic_prefix: str, topic: str) -> Iterator[KafkaProducer]:
    producer = transactional_producer(kafka_server, transactional_id(topic_prefix))
    producer.init_transactions()
    yield producer
    producer.close(timeout=2)


@pytest.fixture
def reader(kafka_server: str) -> Iterator[Reader]:
    reader = committed_reader(kafka_server)
    yield reader
    reader.close()


def event(position: int) -> StoredEvent:
    recorded_at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    body = b'{"occurred_at":"2026-01-01T11:00:00Z"}'
    return StoredEvent(position, UUID(int=position), 1, "casecore.case.opened.v1", recorded_at, body)


def send(producer: KafkaProducer, topic: str, partition: int, events: list[StoredEvent]) -> None:
    for one in events:
        key, value, headers = to_record(one)
        producer.send(topic, value, key, headers, partition)
    producer.flush()


def wait_until_committed(broker: str, prefix: str) -> None:
    """Waits as a starting relay does: a new producer of the same name is given its epoch only after
    every transaction before it has ended in all partitions, which the answer to a commit does not say."""
    successor = transactional_producer(broker, transactional_id(prefix))
    successor.init_transactions()
    successor.close(timeout=2)


def test_tails_are_found_behind_aborted_records_and_markers(
    producer: KafkaProducer, reader: Reader, kafka_server: str, topic_prefix: str, topic: str
) -> None:
    # Given one partition that ends with an event, one with many aborted ones behind its last event,
    # one with aborted ones only, and the others empty
    producer.begin_transaction()
    send(producer, topic, 0, [event(1), event(4)])
    send(producer, topic, 1, [event(2), event(3)])
    producer.commit_transaction()
    producer.begin_transaction()
    send(producer, topic, 1, [event(position) for position in range(5, 805)])
    send(producer, topic, 2, [event(900)])
    producer.abort_transaction()
    wait_until_committed(kafka_server, topic_prefix)

    # When the tails are read
    tails = read_tails(reader, partitions_of(topic_prefix))

    # Then they are the last committed events, with their offsets
    found = {partition.number: tail for partition, tail in tails.items() if tail}
    assert {number: (tail.offset, tail.event) for number, tail in found.items()} == {
        0: (1, event(4)),
        1: (1, event(3)),
    }
    assert len(tails) == PARTITIONS * len(STREAM_KINDS)
    # and reading them again gives the same
    assert read_tails(reader, partitions_of(topic_prefix)) == tails


def test_a_record_that_something_else_wrote_is_refused(
    producer: KafkaProducer, reader: Reader, kafka_server: str, topic_prefix: str, topic: str
) -> None:
    producer.begin_transaction()
    producer.send(topic, b"hello", b"key", partition=5)
    producer.commit_transaction()
    wait_until_committed(kafka_server, topic_prefix)
    with pytest.raises(TailUnreadable, match=r"cases\[5\] ends, at offset 0, .* not an event"):
        read_tails(reader, [Partition(topic, 5)])
