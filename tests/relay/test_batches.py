"""Record batches: byte for byte what kafka-python itself would make, and refused as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from casecore.contract.streams import CASES, topic_name
from casecore.contract.wire import Headers, StoredEvent, to_record
from casecore.kafka.cluster import Cluster
from casecore.kafka.partitions import Partition, Span
from casecore.kafka.reader import Reader, committed_reader
from casecore.kafka.record_batches import BATCH_BYTES, Batch, batches_of
from casecore.kafka.records import KafkaRecord
from casecore.relay.messages import Outgoing
from casecore.relay.place import partition_of
from casecore.relay.published_topics import create_topics, partitions_of
from casecore.relay.publisher import Publisher
from casecore.relay.watchdog import Watchdog
from projections.timeline.projection import TIMELINE
from tests.projections.histories import ESCALATE, TAKE, Sent, history
from tests.projections.memory import folded
from tests.waiting import wait_until

HERE, THERE = Partition("casecore.cases", 3), Partition("casecore.cases", 4)
NOW = 1_770_000_000_000
NAMES = st.sampled_from(["ce_id", "ce_time", "content-type", "größe", "n" * 70])
# Around the lengths at which a number takes one byte more.
LENGTHS = st.one_of(st.integers(0, 300), st.sampled_from([63, 64, 4_095, 4_096, 8_191, 8_192, 300_000]))
CONTENTS = LENGTHS.map(lambda length: b"x" * length)
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=80)), max_size=12)
RECORDS = st.tuples(st.binary(max_size=40), CONTENTS, HEADERS)


def by_the_library(records: list[tuple[bytes, bytes, Headers]]) -> MemoryRecordsBuilder:
    """The batch of these records as `KafkaProducer.send` makes it."""
    made = MemoryRecordsBuilder(2, 0, 2**30)
    for key, value, headers in records:
        made.append(NOW, key, value, headers)
    return made


def finished(batch: MemoryRecordsBuilder) -> bytes:
    """The bytes that are sent, after a producer has put its number into them."""
    batch.set_producer_state(17, 2, 400, True)
    batch.close()
    return bytes(batch.buffer())


@given(records=st.lists(RECORDS, min_size=1, max_size=8))
def test_a_batch_is_what_kafka_python_makes_of_the_same_records(
    records: list[tuple[bytes, bytes, Headers]],
) -> None:
    # Given records that fit one batch
    ours = Batch(HERE)
    taken = [record for record in records if ours.add(*record)]
    # When both have made their batch of them, then it has the same bytes, and both count alike
    encoded, theirs = ours.encoded(NOW), by_the_library(taken)
    assert encoded.next_offset() == theirs.next_offset() == len(taken)
    assert encoded.size_in_bytes() == theirs.size_in_bytes()
    assert finished(encoded) == finished(theirs)


def test_a_batch_of_many_small_records_is_what_kafka_python_makes() -> None:
    # Given so many records that their places take one, two and three bytes
    ours = Batch(HERE)
    records: list[tuple[bytes, bytes, Headers]] = [(b"k", b"", [])] * 9_000
    assert all(ours.add(*record) for record in records)
    # Then the bytes are the same
    assert finished(ours.encoded(NOW)) == finished(by_the_library(records))


@given(places=st.lists(st.tuples(st.sampled_from([HERE, THERE]), CONTENTS), max_size=12))
def test_each_record_is_in_one_batch_of_its_partition_in_order(
    places: list[tuple[Partition, bytes]],
) -> None:
    # Given records for two partitions, some of them longer than a batch
    records: list[tuple[Partition, bytes, bytes, Headers]] = [
        (place, b"%d" % number, value, []) for number, (place, value) in enumerate(places)
    ]
    # When they are put into batches
    found: dict[Partition, list[bytes]] = {HERE: [], THERE: []}
    for batch in batches_of(records):
        keys = [record.key for record in read(batch)]
        found[batch.partition] += keys
        # Then a batch is within its bound unless it has one record only
        size = len(finished(batch.encoded(NOW)))
        assert len(keys) == 1 or size <= BATCH_BYTES + 61  # the header of a batch
    # and each partition has its records, once and in order
    for partition in found:
        assert found[partition] == [key for place, key, _, _ in records if place == partition]


def read(batch: Batch) -> list[KafkaRecord]:
    return [record for part in MemoryRecords(finished(batch.encoded(NOW))) for record in part]


def test_what_happened_before_1970_is_published_with_the_time_of_publishing() -> None:
    # Given an imported case from 1960: Kafka takes no time before 1970
    batch = Batch(HERE)
    for one in history("C-1960", [TAKE, ESCALATE], start=datetime(1960, 2, 29, 12, tzinfo=UTC)):
        assert batch.add(*to_record(one))
    # When it is published, then its records have the time at which that is done, and headers the time at
    # which it happened
    records = read(batch)
    assert {record.timestamp for record in records} == {NOW}
    happened = [dict(record.headers)["ce_time"].decode() for record in records]
    assert happened == ["1960-02-29T12:00:00Z", "1960-02-29T13:00:00Z", "1960-02-29T14:00:00Z"]
    # And a reader has the events as they are stored
    timeline = folded(
        TIMELINE, [Sent("cases", 3, at, *record) for at, record in enumerate(map(parts, records))]
    )
    assert [row.occurred_at.year for row in timeline.rows["events"].values()] == [1960] * 3
    assert timeline.parked == []


def parts(record: KafkaRecord) -> tuple[bytes | None, bytes | None, Headers]:
    return record.key, record.value, list(record.headers)


def event(position: int, size: int = 10) -> StoredEvent:
    body = b'{"occurred_at":"2026-01-01T00:00:00Z","n":"' + b"x" * size + b'"}'
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return StoredEvent(position, UUID(int=position % 5), position, "casecore.case.opened.v1", at, body)


def outgoing(prefix: str, *events: StoredEvent) -> list[Outgoing]:
    return [Outgoing(partition_of(prefix, one), one) for one in events]


@pytest.fixture
def publisher(kafka_server: Cluster, topic_prefix: str) -> Iterator[Publisher]:
    """A publisher that has shut out all others, on topics of its own."""
    create_topics(kafka_server, topic_prefix, 1)
    made = Publisher(kafka_server, topic_prefix, Watchdog())
    made.fence(partitions_of(topic_prefix))
    yield made
    made.close()


@pytest.fixture
def reader(kafka_server: Cluster) -> Iterator[Reader]:
    """A reader of committed records."""
    made = committed_reader(kafka_server)
    yield made
    made.close()


def wait_until_visible(reader: Reader, spans: list[Mapping[Partition, Span]]) -> None:
    """A commit is answered a moment before its records can be read."""
    lasts = {partition: span.last for transaction in spans for partition, span in transaction.items()}
    wait_until(
        lambda: all(end > lasts[place] for place, end in reader.ends(lasts).items()),
        "the transactions are visible",
    )


def committed(reader: Reader, prefix: str) -> dict[Partition, list[KafkaRecord]]:
    """All committed records of the cases' topic, by partition."""
    places = [p for p in partitions_of(prefix) if p.topic == topic_name(prefix, CASES)]
    ends = reader.ends(places)
    reader.assign(places)
    for place, offset in reader.beginnings(places).items():
        reader.seek(place, offset)
    found: dict[Partition, list[KafkaRecord]] = {place: [] for place in places}
    while any(reader.position(place) < ends[place] for place in places):
        for record in reader.poll(200):
            found[Partition(record.topic, record.partition)].append(record)
    return found


def test_a_transaction_in_many_batches_is_read_back_as_it_was_sent(
    publisher: Publisher, reader: Reader, topic_prefix: str
) -> None:
    # Given events of five streams, too large together for one batch of a partition
    sent = outgoing(topic_prefix, *(event(n, size=30_000) for n in range(1, 121)))
    # When they are published in two transactions
    spans = []
    for part in (sent[:90], sent[90:]):
        spans.append(publisher.send(part))
        publisher.commit()
    wait_until_visible(reader, spans)
    # Then a reader finds each partition's records as they were sent
    found = committed(reader, topic_prefix)
    for partition, records in found.items():
        wanted = [to_record(one, topic_prefix) for place, one in sent if place == partition]
        assert [(r.key, r.value, list(r.headers)) for r in records] == wanted
    # and at the offsets that the publisher returned
    for span, part in zip(spans, (sent[:90], sent[90:]), strict=True):
        positions = {one.position for _, one in part}
        assert span == {
            partition: Span(offsets[0], offsets[-1])
            for partition, records in found.items()
            if (offsets := [r.offset for r in records if int(dict(r.headers)["ce_position"]) in positions])
        }


def test_a_transaction_with_a_batch_that_kafka_refuses_is_not_committed(
    publisher: Publisher, reader: Reader, topic_prefix: str
) -> None:
    # Given an event that is larger than a record of the topic may be, among others that are not
    sent = outgoing(topic_prefix, event(1), event(2), event(3, size=2_000_000), event(4), event(5))
    # When they are published
    with pytest.raises(MessageSizeTooLargeError):
        publisher.send(sent)
    # Then none of them can be read
    assert not any(committed(reader, topic_prefix).values())


def test_a_batch_outside_a_transaction_is_refused(publisher: Publisher, topic_prefix: str) -> None:
    # Given a producer between two transactions
    producer: KafkaProducer = publisher._producer
    batch = Batch(partition_of(topic_prefix, event(1)))
    batch.add(*to_record(event(1), topic_prefix))
    # When it is handed a batch, then it says so
    with pytest.raises((KafkaError, RuntimeError)):
        batch.hand_over(producer)
