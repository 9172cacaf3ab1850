"""Records unpacked from a broker's answer: what the library does, with half the work for each record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kafka.consumer.fetcher import Fetcher, IsolationLevel
from kafka.errors import CorruptRecordError

from casecore.kafka.records import KafkaRecord


class QuickRecords(Fetcher.PartitionRecords):  # type: ignore[misc]
    """One partition's part of an answer, in the place of the library's own class.

    It follows the library's version that we pin in all that decides which records are given: checksums,
    marks, and what was aborted.
    """

    def _unpack_records(
        self,
        tp: Any,
        records: Any,
        _key_deserializer: object,
        _value_deserializer: object,
    ) -> Iterator[KafkaRecord]:
        while (batch := records.next_batch()) is not None:
            if not batch.validate_crc():
                raise CorruptRecordError(f"the batch at {tp}, {batch.base_offset}, fails its checksum")
            if batch.magic != 2:  # Kafka 4 neither stores nor sends anything older
                raise CorruptRecordError(f"the batch at {tp}, {batch.base_offset}, is of an old form")
            self.leader_epoch = batch.leader_epoch
            if not self._is_left_out(batch):
                self.bytes_read += batch.size_in_bytes
                for record in unpacked(tp.topic, tp.partition, batch):
                    self.next_fetch_offset = record.offset + 1
                    yield record
            # The last record of a batch may have been removed; the next fetch begins after it all the same.
            self.next_fetch_offset = batch.next_offset
        self.drain()

    def _is_left_out(self, batch: Any) -> bool:
        """Whether a batch holds no committed records: it was aborted, or marks a transaction's end."""
        if self.isolation_level == IsolationLevel.READ_COMMITTED and batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return True
        return bool(batch.is_control_batch)


def unpacked(topic: str, partition: int, batch: Any) -> Iterator[KafkaRecord]:
    """The records of a batch (Kafka's documentation, "Record Batch", of version 2).

    Raises CorruptRecordError for one that is not of that form.
    """
    iter(batch)  # which unpacks what is compressed
    data, at, first = bytes(batch._buffer), batch._pos, batch.base_offset
    try:
        for _ in range(batch.records_count):
            length, at = _number(data, at)
            end = at + length
            _, at = _number(data, at + 1)  # past the attributes, of which there are none; the time
            delta, at = _number(data, at)
            key, at = _field(data, at)
            value, at = _field(data, at)
            headers, at = _headers(data, at)
            if at != end:
                raise CorruptRecordError(f"a record of {topic}-{partition} does not end where it says")
            yield KafkaRecord(topic, partition, first + delta, key, value, headers)
    except (IndexError, UnicodeDecodeError) as wrong:
        raise CorruptRecordError(f"a record of {topic}-{partition} cannot be read: {wrong}") from wrong
    if at != len(data):
        raise CorruptRecordError(f"a batch of {topic}-{partition} goes on after its last record")


def _headers(data: bytes, at: int) -> tuple[list[tuple[str, bytes | None]], int]:
    count, at = _number(data, at)
    if count < 0:
        raise CorruptRecordError(f"a record says that it has {count} headers")
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        # A number below 64 is one even byte, as nearly all of these lengths are.
        size = data[at]
        if size & 0x81:
            size, at = _number(data, at)
            if size < 0:
                raise CorruptRecordError("a header has no name")
        else:
            size, at = size >> 1, at + 1
        end = at + size
        name = data[at:end]
        size = data[end]
        if size & 0x81:
            value, at = _field(data, end)
        else:
            at = end + 1 + (size >> 1)
            value = data[end + 1 : at]
        headers.append((_name_of(name), value))
    return headers, at


def _field(data: bytes, at: int) -> tuple[bytes | None, int]:
    size, at = _number(data, at)
    if size < 0:
        return None, at
    return data[at : at + size], at + size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to ten bytes: seven bits in each, the lowest first, and its sign in the lowest one."""
    byte = data[at]
    at += 1
    number = byte & 0x7F
    shift = 7
    while byte & 0x80:
        if shift > 63:
            raise CorruptRecordError("a number is longer than 64 bits")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
    return (number >> 1) ^ -(number & 1), at


@lru_cache(256)  # many times the names there are
def _name_of(name: bytes) -> str:
    return name.decode()
