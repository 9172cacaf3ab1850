"""Where in each partition the events begin that are wanted, found without reading what lies before them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import NamedTuple, TypeAlias

from casecore.app.subscribing.wanted import Beginning, FromNow, FromZero, precedes
from casecore.audit.records import read_record
from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import CasecoreError, Kind
from casecore.kafka.cluster import Cluster
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader

SMALL_OFFSETS = 256
"""So many offsets are not halved any more: whoever reads them leaves out those that come before."""

LIMIT_SECONDS = 30.0
"""For one step, in which all partitions are halved at once: some 10 ms."""

_POLL_MS = 200
_ANSWER_BYTES = 16 * 1024
"""Of a partition; a broker gives one batch at least, however large that is."""

Precedes: TypeAlias = Callable[[StoredEvent], bool]


class BeginningTooSlow(CasecoreError):
    """Kafka does not give the records among which the beginning is in time."""

    kind = Kind.UNAVAILABLE


class Range(NamedTuple):
    """The offsets from `begin` and before `end`."""

    begin: int
    end: int


def first_places(
    cluster: Cluster, ranges: Mapping[Partition, Range], beginning: Beginning
) -> dict[Partition, int]:
    """The offset of each partition at which to begin; at most SMALL_OFFSETS of what it gives come before.

    `ranges` are all the offsets that there are. Raises BeginningTooSlow, and kafka.errors.KafkaError.
    """
    match beginning:
        case FromNow():
            return {partition: range_.end for partition, range_ in ranges.items()}
        case FromZero():
            return {partition: range_.begin for partition, range_ in ranges.items()}
        case _:
            with closing(committed_reader(cluster, max_partition_fetch_bytes=_ANSWER_BYTES)) as reader:
                return _halve(reader, dict(ranges), lambda event: precedes(event, beginning))


def _halve(reader: Reader, ranges: dict[Partition, Range], is_before: Precedes) -> dict[Partition, int]:
    while large := {at: one for at, one in ranges.items() if one.end - one.begin > SMALL_OFFSETS}:
        middles = {at: (one.begin + one.end) // 2 for at, one in large.items()}
        before = _read_one_each(reader, {at: Range(middles[at], large[at].end) for at in large}, is_before)
        for at, read_to in before.items():
            # Nothing lies between the middle and the first event that was read.
            ranges[at] = Range(read_to, large[at].end) if read_to else Range(large[at].begin, middles[at])
    return {at: one.begin for at, one in ranges.items()}


def _read_one_each(
    reader: Reader, ranges: Mapping[Partition, Range], is_before: Precedes
) -> dict[Partition, int | None]:
    """The offset after the first event of each range if that comes before the beginning; else None."""
    reader.assign(ranges)
    for at, one in ranges.items():
        reader.seek(at, one.begin)
    found: dict[Partition, int | None] = {}
    give_up_at = time.monotonic() + LIMIT_SECONDS
    while len(found) < len(ranges):
        if time.monotonic() > give_up_at:
            raise BeginningTooSlow("the records could not be read in time; is a broker unavailable?")
        for record in reader.poll(_POLL_MS):
            at = Partition(record.topic, record.partition)
            event = read_record(record).event
            if at not in found and record.offset < ranges[at].end and isinstance(event, StoredEvent):
                found[at] = record.offset + 1 if is_before(event) else None
        for at, one in ranges.items():
            if at not in found and reader.position(at) >= one.end:
                found[at] = None  # there is no event in it
    return found
