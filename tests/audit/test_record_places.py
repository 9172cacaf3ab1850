"""Where the records of some events are in a real partition, with what else it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from kafka import KafkaProducer

from casecore.audit.record_places import LocatedRecords, digested, locate_records
from casecore.contract.streams import CASES, topic_name
from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.cluster import Cluster
from casecore.kafka.partitions import Partition
from casecore.kafka.producer import transactional_producer
from casecore.relay.published_topics import create_topics
from casecore.relay.publisher import transactional_id

RECORDED_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
BODY = b'{"occurred_at":"2026-01-01T11:00:00Z"}'


@pytest.fixture
def partition(kafka_server: Cluster, topic_prefix: str) -> Partition:
    create_topics(kafka_server, topic_prefix, 1)
    return Partition(topic_name(topic_prefix, CASES), 3)


@pytest.fixture
def producer(kafka_server: Cluster, topic_prefix: str, partition: Partition) -> Iterator[KafkaProducer]:
    producer = transactional_producer(kafka_server, transactional_id(topic_prefix))
    producer.init_transactions()
    yield producer
    producer.close(timeout=2)


def event(position: int, body: bytes = BODY) -> StoredEvent:
    return StoredEvent(position, UUID(int=position), 1, "casecore.case.opened.v1", RECORDED_AT, body)


def publish(producer: KafkaProducer, partition: Partition, *positions: int, aborted: bool = False) -> None:
    """One transaction with the records of these events, as the relay writes them."""
    producer.begin_transaction()
    for position in positions:
        key, value, headers = to_record(event(position))
        producer.send(partition.topic, value, key, headers, partition.number)
    producer.flush()
    (producer.abort_transaction if aborted else producer.commit_transaction)()


def wait_until_committed(broker: str, prefix: str) -> None:
    """A successor is given its epoch only after every transaction before it has ended in all partitions."""
    successor = transactional_producer(broker, transactional_id(prefix))
    successor.init_transactions()
    successor.close(timeout=2)


def located(cluster: Cluster, partition: Partition, *events: StoredEvent) -> LocatedRecords:
    return locate_records(cluster, partition, map(digested, events), 10_000)


def test_records_are_found_between_marks_and_aborted_ones(
    producer: KafkaProducer, partition: Partition, kafka_server: Cluster, topic_prefix: str
) -> None:
    # Given many transactions of one event, a large one that was aborted, and one after it
    for position in range(10, 1_210, 10):
        publish(producer, partition, position)
    publish(producer, partition, *range(2_000, 2_500), aborted=True)
    publish(producer, partition, 3_000, 3_010)
    wait_until_committed(kafka_server, topic_prefix)
    # When an early and a late event are looked for, one that is not there, and one that is not there yet
    wanted = [event(10), event(700), event(2_100), event(3_010), event(3_020)]
    found, error = located(kafka_server, partition, *wanted)
    # Then each has its offset, or is said to be missing or to come
    assert error is None
    assert [found[one.position] for one in wanted] == [
        ("published", 0),
        ("published", 2 * 69),  # each event before it has a mark behind it
        ("missing", None),
        ("published", 2 * 120 + 501 + 1),
        ("not_published", None),
    ]


def test_a_record_that_is_not_what_was_stored_differs(
    producer: KafkaProducer, partition: Partition, kafka_server: Cluster, topic_prefix: str
) -> None:
    publish(producer, partition, 10)
    wait_until_committed(kafka_server, topic_prefix)
    found, _ = located(kafka_server, partition, event(10, body=b'{"occurred_at":"2026-01-01T11:00:01Z"}'))
    assert found[10] == ("differs", 0)


def test_an_empty_partition_has_nothing_yet(partition: Partition, kafka_server: Cluster) -> None:
    assert located(kafka_server, partition, event(10)) == ({10: ("not_published", None)}, None)


def test_what_cannot_be_read_is_unknown(partition: Partition, kafka_server: Cluster) -> None:
    # Given no broker, no topic, no time
    gone = Partition(f"{partition.topic}-gone", 3)
    for answer, says in (
        (located(Cluster("127.0.0.1:1"), partition, event(10)), "nobody listens at 127.0.0.1:1"),
        (located(kafka_server, gone, event(10)), f"the topic {gone.topic} does not exist"),
    ):
        assert answer.places == {10: ("unknown", None)}
        assert says in (answer.error or "")


def test_a_search_without_time_says_so(
    producer: KafkaProducer, partition: Partition, kafka_server: Cluster, topic_prefix: str
) -> None:
    publish(producer, partition, 10)
    wait_until_committed(kafka_server, topic_prefix)
    found, error = locate_records(kafka_server, partition, [digested(event(10))], 10_000, limit_seconds=0)
    assert found == {10: ("unknown", None)}
    assert "could not be read in time" in (error or "")
