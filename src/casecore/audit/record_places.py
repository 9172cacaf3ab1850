"""Where the records of some events are in their partition, read from Kafka."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

from casecore.audit.record_search import RecordSearch, RecordWindow
from casecore.audit.records import read_record
from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import CasecoreError, Kind
from casecore.kafka.admin import describe_topics
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import KafkaError, TopicMissing
from casecore.kafka.greeting import greet
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader

SEARCH_LIMIT_SECONDS = 30.0
"""For one partition: a search takes some 10 ms for each time that it halves what is left."""

_ANSWER_BYTES = 64 * 1024
"""A broker gives one batch of the relay at least, however large that is."""

_POLL_MS = 200


RecordState: TypeAlias = Literal["published", "not_published", "missing", "differs", "unknown"]
"""`missing`: a later event of the partition is published, and this one is not. `differs`: the record is not
what was stored. `unknown`: it was not looked for to the end."""


class LocatedRecord(NamedTuple):
    """What the topic has of an event, and the record's offset if it has one."""

    state: RecordState
    offset: int | None


class LocatedRecords(NamedTuple):
    """What the topic has of each event, by position; `error` says why some are unknown."""

    places: dict[int, LocatedRecord]
    error: str | None


NOT_KNOWN = LocatedRecord("unknown", None)


class SearchTooSlow(CasecoreError):
    """Kafka does not give the records in time."""

    kind = Kind.UNAVAILABLE


def digested(event: StoredEvent) -> StoredEvent:
    """The event with the SHA-256 of its body in the body's place."""
    return event._replace(body=hashlib.sha256(event.body).digest())


def locate_records(
    cluster: Cluster,
    partition: Partition,
    events: Iterable[StoredEvent],
    newest: int,
    limit_seconds: float = SEARCH_LIMIT_SECONDS,
) -> LocatedRecords:
    """Where the committed records of some digested events of one partition are; never raises for Kafka.

    `newest` is the store's last position when the events were read.
    """
    wanted = list(events)
    search = RecordSearch((event.position for event in wanted), newest)
    error = None
    try:
        _search(cluster, partition, search, time.monotonic() + limit_seconds)
    except (KafkaError, TopicMissing, SearchTooSlow) as unavailable:
        error = str(unavailable)
    return LocatedRecords({event.position: _located(event, search) for event in wanted}, error)


def _located(event: StoredEvent, search: RecordSearch) -> LocatedRecord:
    record = search.found.get(event.position)
    if record is not None:
        is_same = isinstance(record.event, StoredEvent) and digested(record.event) == event
        return LocatedRecord("published" if is_same else "differs", record.offset)
    if event.position not in search.absent:
        return NOT_KNOWN
    return LocatedRecord("missing" if event.position < search.highest else "not_published", None)


def _search(cluster: Cluster, partition: Partition, search: RecordSearch, give_up_at: float) -> None:
    greet(cluster)
    describe_topics(cluster, [partition.topic])
    bounds = {"fetch_max_bytes": _ANSWER_BYTES, "max_partition_fetch_bytes": _ANSWER_BYTES}
    with closing(committed_reader(cluster, **bounds)) as reader:
        reader.assign([partition])
        begin, end = reader.beginnings([partition])[partition], reader.ends([partition])[partition]
        search.run(partial(_read, reader, partition, give_up_at), begin, end)


def _read(reader: Reader, partition: Partition, give_up_at: float, start: int, before: int) -> RecordWindow:
    reader.seek(partition, start)
    while time.monotonic() < give_up_at:
        records = [read_record(record) for record in reader.poll(_POLL_MS)]
        read_to = min(reader.position(partition), before)
        if read_to > start:  # marks and aborted records are passed without being given
            return RecordWindow([record for record in records if start <= record.offset < read_to], read_to)
    raise SearchTooSlow(f"the records of {partition} could not be read in time; is a broker unavailable?")
