"""The last committed event of each partition, read backwards in growing windows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from casecore.contract.wire import RecordMalformed, StoredEvent, from_record
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader
from casecore.kafka.records import KafkaRecord
from casecore.relay.errors import TailsTooSlow, TailUnreadable

_FIRST_WINDOW = 64
_WINDOW_GROWTH = 4
_POLL_MS = 200


class Tail(NamedTuple):
    """The last event in a partition that a reader of committed records finds, and its offset."""

    offset: int
    event: StoredEvent


class _Range(NamedTuple):
    """The offsets to search: from `start`, and before `end`."""

    start: int
    end: int


def read_tails(
    reader: Reader, partitions: Iterable[Partition], limit_seconds: float = 60.0
) -> dict[Partition, Tail | None]:
    """The tail of each partition, None for one without events.

    Changes the assignment of `reader`, which must not belong to a group. The last offset of a partition
    proves nothing, since markers and aborted records take offsets too. So this reads a window before the
    end, and where the window has no event, a window four times as large before that. Raises TailsTooSlow
    after the limit, TailUnreadable for a record that is not an event, and kafka.errors.KafkaError.
    """
    give_up_at = time.monotonic() + limit_seconds
    wanted = list(partitions)
    begins, ends = reader.beginnings(wanted), reader.ends(wanted)
    tails: dict[Partition, Tail | None] = dict.fromkeys(wanted)
    window = _FIRST_WINDOW
    ranges = {p: _Range(max(begins[p], ends[p] - window), ends[p]) for p in wanted if ends[p] > begins[p]}
    while ranges:
        found = _last_records(reader, ranges, give_up_at)
        for partition, record in found.items():
            tails[partition] = _tail(record)
        window *= _WINDOW_GROWTH
        ranges = {
            p: _Range(max(begins[p], searched.start - window), searched.start)
            for p, searched in ranges.items()
            if p not in found and searched.start > begins[p]
        }
    return tails


def _last_records(
    reader: Reader, ranges: Mapping[Partition, _Range], give_up_at: float
) -> dict[Partition, KafkaRecord]:
    reader.assign(ranges)
    for partition, searched in ranges.items():
        reader.seek(partition, searched.start)
    last: dict[Partition, KafkaRecord] = {}
    while any(reader.position(p) < searched.end for p, searched in ranges.items()):
        if time.monotonic() > give_up_at:
            raise TailsTooSlow(
                "the last events of the topics could not be read in time; is a broker unavailable?"
            )
        for record in reader.poll(_POLL_MS):
            partition = Partition(record.topic, record.partition)
            if record.offset < ranges[partition].end:
                last[partition] = record
    return last


def _tail(record: KafkaRecord) -> Tail:
    try:
        return Tail(record.offset, from_record(record.key, record.value, record.headers))
    except RecordMalformed as error:
        raise TailUnreadable(
            f"{record.topic}[{record.partition}] ends, at offset {record.offset}, with a record that is not "
            f"an event: {error}. Only this relay may write into the topic: find out what else does, then "
            "delete the topic, create it, and let the relay forget the old one"
        ) from error
