"""Whatever is in a broker's answer is unpacked as the library does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.consumer.fetcher import Fetcher, IsolationLevel
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords
from kafka.record.util import calc_crc32c

from casecore.kafka.unpacking import QuickRecords

AT = TopicPartition("cases", 3)
GZIP, NO_CODEC = 1, 0
ABORT, COMMIT = b"\0\0\0\0", b"\0\0\0\1"

BYTES = st.binary(max_size=20) | st.sampled_from([b"", b"x" * 63, b"x" * 64, b"x" * 9_000])
HEADERS = st.lists(
    st.tuples(st.text(max_size=70, alphabet=st.characters(exclude_categories=["Cs"])), st.none() | BYTES),
    max_size=3,
)
RECORDS = st.lists(st.tuples(st.none() | BYTES, st.none() | BYTES, HEADERS), min_size=1, max_size=3)


class Sent(NamedTuple):
    """A batch on its way to the log; `is_mark`: it ends a transaction."""

    first: int
    producer: int
    codec: int
    is_transactional: bool
    records: Sequence[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]]
    is_mark: bool = False


class Aborted(NamedTuple):
    """What a broker says of an aborted transaction."""

    producer_id: int
    first_offset: int


@st.composite
def answers(draw: st.DrawFn) -> list[Sent]:
    """Batches of one partition in order, with gaps between them as compaction leaves some."""
    found: list[Sent] = []
    first = draw(st.integers(0, 2**40))
    for _ in range(draw(st.integers(1, 4))):
        records = draw(RECORDS)
        producer = draw(st.sampled_from([-1, 7, 8]))
        transactional = producer >= 0 and draw(st.booleans())
        found.append(Sent(first, producer, draw(st.sampled_from([GZIP, NO_CODEC])), transactional, records))
        first += len(records) + draw(st.integers(0, 3))
        if transactional and draw(st.booleans()):
            mark = (draw(st.sampled_from([ABORT, COMMIT])), bytes(6), [])
            found.append(Sent(first, producer, NO_CODEC, True, [mark], is_mark=True))
            first += 1
    return found


def packed(sent: Sent) -> bytes:
    transactional = int(sent.is_transactional)
    builder = DefaultRecordBatchBuilder(2, sent.codec, transactional, sent.producer, 0, 0, 1 << 24)
    for place, (key, value, headers) in enumerate(sent.records):
        builder.append(place, 1_700_000_000_000 + place * 999, key, value, headers)
    data = bytearray(builder.build())
    if sent.is_mark:
        data[22] |= DefaultRecordBatch.CONTROL_MASK
        data[17:21] = calc_crc32c(memoryview(data)[21:]).to_bytes(4, "big")
    data[0:8] = sent.first.to_bytes(8, "big")  # which the broker sets, and no checksum covers
    return bytes(data)


def given_by(kind: Any, data: bytes, start: int, level: IsolationLevel, aborted: list[Aborted]) -> Any:
    """Records as (offset, key, value, headers), in steps of two, and where the next fetch begins."""
    part = kind(start, AT, MemoryRecords(data), isolation_level=level, aborted_transactions=aborted)
    found, steps = [], []
    while part:
        records = part.take(2)
        found += [(r.topic, r.partition, r.offset, r.key, r.value, list(r.headers)) for r in records]
        steps.append(part.next_fetch_offset)
    return found, steps, part.leader_epoch, part.bytes_read > 0


@given(
    answer=answers(),
    skip=st.integers(0, 3),
    level=st.sampled_from([IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED]),
    aborted=st.lists(st.sampled_from([7, 8]), max_size=2, unique=True),
)
def test_the_records_are_those_that_the_library_unpacks(
    answer: list[Sent], skip: int, level: IsolationLevel, aborted: list[int]
) -> None:
    # given: an answer, some of its transactions aborted, that begins before what was asked for
    data = b"".join(packed(sent) for sent in answer)
    start = answer[0].first + skip
    aborts = [Aborted(producer, answer[-1].first) for producer in aborted]
    # then
    ours = given_by(QuickRecords, data, start, level, aborts)
    assert ours == given_by(Fetcher.PartitionRecords, data, start, level, aborts)


def test_a_record_that_does_not_keep_its_form_is_refused() -> None:
    good = packed(Sent(5, -1, NO_CODEC, False, [(b"key", b"value", [("name", b"x")])]))
    # when: any one byte of the record is another, and the checksum was made of that; but for its attributes,
    # which are one byte, and which the library takes for a number of one or more
    for place in (61, *range(63, len(good))):
        bad = bytearray(good)
        bad[place] = 0xFF
        bad[17:21] = calc_crc32c(memoryview(bad)[21:]).to_bytes(4, "big")
        # then: it is refused, or what is read is what the library reads
        try:
            expected = given_by(Fetcher.PartitionRecords, bytes(bad), 5, IsolationLevel.READ_COMMITTED, [])
        except CorruptRecordError:
            with pytest.raises(CorruptRecordError):
                given_by(QuickRecords, bytes(bad), 5, IsolationLevel.READ_COMMITTED, [])
        else:
            assert given_by(QuickRecords, bytes(bad), 5, IsolationLevel.READ_COMMITTED, []) == expected


def test_a_batch_that_fails_its_checksum_is_refused() -> None:
    data = bytearray(packed(Sent(5, -1, NO_CODEC, False, [(b"key", b"value", [])])))
    data[-3] ^= 1
    with pytest.raises(CorruptRecordError, match="checksum"):
        given_by(QuickRecords, bytes(data), 5, IsolationLevel.READ_COMMITTED, [])
