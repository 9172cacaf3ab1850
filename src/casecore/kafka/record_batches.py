"""A transaction's records, put together as Kafka's record batches and handed to kafka-python whole.

Its own `send` costs a record eight times as much as this, most of the relay's time. It has no public way
in for a batch, so `hand_over` does by hand what `send` does inside; the tests compare the bytes with those
of `send`, and fail where another version of kafka-python does something else.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from kafka import KafkaProducer, TopicPartition
from kafka.producer.future import FutureRecordMetadata
from kafka.producer.producer_batch import ProducerBatch
from kafka.record.memory_records import MemoryRecordsBuilder

from casecore.kafka.partitions import Partition, Span

Headers: TypeAlias = list[tuple[str, bytes]]

BATCH_BYTES = 256 * 1024
"""Where a batch ends, unless a single record is longer; a topic takes four times as much."""

_RECORD_FORMAT = 2
_UNCOMPRESSED = 0
# Attributes, and milliseconds since the batch's own time: its records are all made at once.
_RECORD_START = b"\x00\x00"


def _zigzag(number: int) -> bytes:
    """A number that is not negative, as Kafka's format writes it: zigzag, seven bits a byte, lowest first."""
    rest, found = number << 1, bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    found.append(rest)
    return bytes(found)


_SHORT = tuple(_zigzag(number) for number in range(4_096))  # most lengths, and all offsets in most batches


def _number(number: int) -> bytes:
    return _SHORT[number] if number < len(_SHORT) else _zigzag(number)


@lru_cache(64)  # several times the names there are
def _name(name: str) -> bytes:
    encoded = name.encode()
    return _number(len(encoded)) + encoded


def _record(place: int, key: bytes, value: bytes, headers: Headers) -> bytes:
    """The `place`th record of a batch (https://kafka.apache.org/documentation/#record)."""
    parts = [_RECORD_START, _number(place), _number(len(key)), key, _number(len(value)), value]
    parts.append(_number(len(headers)))
    for name, content in headers:
        parts += (_name(name), _number(len(content)), content)
    body = b"".join(parts)
    return _number(len(body)) + body


class BatchInFlight:
    """A batch that was handed over: `last` is the future of its last record, and so of all of them."""

    def __init__(self, partition: Partition, last: FutureRecordMetadata, count: int) -> None:
        self.partition = partition
        self.last = last
        self._count = count

    def span(self, last_offset: int) -> Span:
        """The offsets of a batch whose last record has this one: a batch has no gaps."""
        return Span(last_offset - self._count + 1, last_offset)


class Batch:
    """Records for one partition, which the broker takes or refuses as a whole."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self._records: list[bytes] = []
        self._bytes = 0

    def add(self, key: bytes, value: bytes, headers: Headers) -> bool:
        """Take one more record; False if the batch is full without it."""
        record = _record(len(self._records), key, value, headers)
        if self._records and self._bytes + len(record) > BATCH_BYTES:
            return False
        self._records.append(record)
        self._bytes += len(record)
        return True

    def encoded(self, at_milliseconds: int) -> MemoryRecordsBuilder:
        """The library's own builder, in the state in which it would be had it made all records at that time.

        The time is in milliseconds since 1970.
        """
        made = MemoryRecordsBuilder(_RECORD_FORMAT, _UNCOMPRESSED, BATCH_BYTES)
        inner = made._builder
        inner._buffer += b"".join(self._records)
        inner._num_records = made._next_offset = len(self._records)
        inner._last_offset = len(self._records) - 1
        inner._first_timestamp = inner._max_timestamp = at_milliseconds
        return made

    def hand_over(self, producer: KafkaProducer) -> BatchInFlight:
        """Give the batch to a producer that is in a transaction and knows the partition; a flush sends it.

        Raises kafka.errors.KafkaError where the producer has failed before.
        """
        place = TopicPartition(*self.partition)
        producer._transaction_manager.maybe_add_partition_to_transaction(place)
        batch = ProducerBatch(place, self.encoded(int(time.time() * 1000)))
        count = len(self._records)
        # A batch that the broker finds too large is divided by the library, and this is never answered. No
        # topic of ours is so narrow; if one were, the flush would time out, and nothing be committed.
        last = FutureRecordMetadata(batch.produce_future, count - 1, None, None, -1, -1, -1)
        accumulator = producer._accumulator
        with accumulator._tp_lock(place):
            accumulator._batches[place].append(batch)
            accumulator._incomplete.add(batch)
        return BatchInFlight(self.partition, last, count)


def batches_of(records: Iterable[tuple[Partition, bytes, bytes, Headers]]) -> list[Batch]:
    """The records, of which partition, key, value and headers are given, in batches, in order."""
    made: list[Batch] = []
    latest: dict[Partition, Batch] = {}
    for partition, key, value, headers in records:
        batch = latest.get(partition)
        if batch is None or not batch.add(key, value, headers):
            batch = latest[partition] = Batch(partition)
            made.append(batch)
            batch.add(key, value, headers)
    return made
