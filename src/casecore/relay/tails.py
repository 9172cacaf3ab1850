"""The last committed event of each partition, read backwards in growing windows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from math import inf
from typing import NamedTuple

from casecore.contract.wire import StoredEvent
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import KafkaError
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader
from casecore.relay.errors import TailsTooSlow
from casecore.relay.own_records import event_of_relay

_FIRST_WINDOW = 64
_WINDOW_GROWTH = 4
_POLL_MS = 200
_LOOK_SECONDS = 5.0


class Tail(NamedTuple):
    """The last event in a partition that a reader of committed records finds, and its offset."""

    offset: int
    event: StoredEvent


class TailsFound(NamedTuple):
    """The tail of each partition, None for one without events; how many records of others lie behind it."""

    tails: dict[Partition, Tail | None]
    foreign: Mapping[Partition, int]


class _Range(NamedTuple):
    """The offsets to search: from `start`, and before `end`."""

    start: int
    end: int


class _RangeRead(NamedTuple):
    """What was read of ranges: the last event of each, and the number of records of others behind it."""

    last: dict[Partition, Tail]
    foreign: Counter[Partition]


def read_tails(
    reader: Reader, partitions: Iterable[Partition], limit_seconds: float = 60.0, most_seconds: float = inf
) -> TailsFound:
    """The tail of each partition, and what was passed over behind it.

    Changes the assignment of `reader`, which must not belong to a group. The last offset of a partition
    proves nothing, since markers, aborted records and records that no relay wrote take offsets too. So this
    reads a window before the end, and where the window has no event, a window four times as large before
    that. It keeps one event of each partition, however many records it reads. Raises TailsTooSlow after
    `limit_seconds` without a record, and after `most_seconds` in all; and kafka.errors.KafkaError.
    """
    wanted = list(partitions)
    begins, ends = reader.beginnings(wanted), reader.ends(wanted)
    tails: dict[Partition, Tail | None] = dict.fromkeys(wanted)
    window = _FIRST_WINDOW
    ranges = {p: _Range(max(begins[p], ends[p] - window), ends[p]) for p in wanted if ends[p] > begins[p]}
    foreign: Counter[Partition] = Counter()
    ends_at = time.monotonic() + most_seconds
    while ranges:
        read = _read_ranges(reader, ranges, limit_seconds, ends_at)
        tails.update(read.last)
        foreign.update(read.foreign)
        window *= _WINDOW_GROWTH
        ranges = {
            p: _Range(max(begins[p], searched.start - window), searched.start)
            for p, searched in ranges.items()
            if p not in read.last and searched.start > begins[p]
        }
    return TailsFound(tails, +foreign)


def published_position(cluster: Cluster, partitions: Iterable[Partition]) -> int | None:
    """The highest position that is published, 0 for none; None if the brokers do not say within seconds."""
    try:
        with closing(committed_reader(cluster)) as reader:
            tails = read_tails(reader, partitions, _LOOK_SECONDS, _LOOK_SECONDS).tails
    except (KafkaError, TailsTooSlow):
        return None
    return max((tail.event.position for tail in tails.values() if tail), default=0)


def _read_ranges(
    reader: Reader, ranges: Mapping[Partition, _Range], limit_seconds: float, ends_at: float
) -> _RangeRead:
    reader.assign(ranges)
    for partition, searched in ranges.items():
        reader.seek(partition, searched.start)
    read = _RangeRead({}, Counter())
    give_up_at = min(time.monotonic() + limit_seconds, ends_at)
    while any(reader.position(p) < searched.end for p, searched in ranges.items()):
        if time.monotonic() > give_up_at:
            raise TailsTooSlow(
                "the last events of the topics could not be read in time; is a broker unavailable?"
            )
        for record in reader.poll(_POLL_MS):
            give_up_at = min(time.monotonic() + limit_seconds, ends_at)
            partition = Partition(record.topic, record.partition)
            if record.offset >= ranges[partition].end:
                continue
            event = event_of_relay(record)
            if event is None:
                read.foreign[partition] += 1
            else:
                read.last[partition] = Tail(record.offset, event)
                read.foreign[partition] = 0
    return read
