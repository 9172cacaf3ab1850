"""What comes on the topics, as it comes: without a consumer group, and through times without Kafka."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import NamedTuple, TypeAlias

from casecore.app.application import Application
from casecore.app.subscribing.places import Range, first_places
from casecore.app.subscribing.wanted import Wanted
from casecore.audit.records import read_record
from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import CasecoreError, Kind
from casecore.kafka.admin import topic_ids
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import (
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicUnanswered,
)
from casecore.kafka.greeting import greet
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader
from casecore.kafka.records import KafkaRecord
from casecore.kafka.settings import LOOK_LIMIT_MS

_POLL_MS = 200
_LOOK_SECONDS = 2.0
"""Silence after which the brokers are asked whether they are there: a poll cannot tell."""
_RETRY_SECONDS = 1.0
_BOUNDS = {"fetch_max_bytes": 4 * 1024 * 1024, "max_partition_fetch_bytes": 256 * 1024}


class TailEvent(NamedTuple):
    """An event that is wanted."""

    event: StoredEvent


class UnreadableRecord(NamedTuple):
    """A record that is not an event of ours, where it is, and why."""

    partition: Partition
    offset: int
    reason: str


class Silence(NamedTuple):
    """Nothing came for a moment."""


class KafkaWentAway(NamedTuple):
    """Kafka does not answer; it is waited for."""

    reason: str


class KafkaCameBack(NamedTuple):
    """It answers again, and nothing was lost."""


Heard: TypeAlias = TailEvent | UnreadableRecord | Silence | KafkaWentAway | KafkaCameBack


class TailLost(CasecoreError):
    """What would come next is not in the topic any more."""

    kind = Kind.UNAVAILABLE

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: the topic was deleted, or created again, or its records were. Subscribe again, from "
            "zero or from the last position that you have seen"
        )


def subscribe(app: Application, wanted: Wanted, stop: Event, until_end: bool = False) -> Iterator[Heard]:
    """Hear the events that are wanted until `stop` is set; `until_end`: until what is there now was heard.

    Those that come together are in the order of the log; beyond that there is an order within each stream
    only. It belongs to no consumer group, and keeps no place. Raises TopicMissing and
    kafka.errors.KafkaError where Kafka does not answer at the start, and TailLost; once it has begun, it
    waits for a Kafka that is away.
    """
    tail = _Tail(app.kafka, wanted, wanted.partitions(app.settings.topic_prefix))
    yield from tail.heard(stop, until_end)


class _Tail:
    """Some partitions, and up to where they were heard."""

    def __init__(self, cluster: Cluster, wanted: Wanted, partitions: tuple[Partition, ...]) -> None:
        self._cluster = cluster
        self._wanted = wanted
        greet(cluster)
        self._ids = topic_ids(cluster, dict.fromkeys(one.topic for one in partitions))
        with closing(committed_reader(cluster)) as reader:
            begins, ends = reader.beginnings(partitions), reader.ends(partitions)
        ranges = {at: Range(begins[at], ends[at]) for at in partitions}
        self._ends = ends
        self._places = first_places(cluster, ranges, wanted.beginning)

    def heard(self, stop: Event, until_end: bool) -> Iterator[Heard]:
        """See `subscribe`."""
        is_away = False
        while not (stop.is_set() or (until_end and self._is_at_end())):
            try:
                greet(self._cluster)
                for one in self._read(stop, until_end):
                    if is_away:
                        is_away = False
                        yield KafkaCameBack()
                    yield one
            except (OffsetOutOfRangeError, NoOffsetForPartitionError) as lost:
                raise TailLost(str(lost)) from lost
            except (KafkaError, TopicUnanswered) as unavailable:
                if not is_away:
                    is_away = True
                    yield KafkaWentAway(str(unavailable))
                yield Silence()
                stop.wait(_RETRY_SECONDS)

    def _read(self, stop: Event, until_end: bool) -> Iterator[Heard]:
        """Read on by one reader until Kafka is away."""
        with closing(committed_reader(self._cluster, **_BOUNDS)) as reader:
            reader.assign(self._places)
            for partition, offset in self._places.items():
                reader.seek(partition, offset)
            self._check_brokers(reader)
            heard_at = time.monotonic()
            while not (stop.is_set() or (until_end and self._is_at_end())):
                records = reader.poll(_POLL_MS)
                self._check_topics(reader)
                yield from self._in_order(records, until_end)
                self._places = {partition: reader.position(partition) for partition in self._places}
                if records:
                    heard_at = time.monotonic()
                elif time.monotonic() - heard_at > _LOOK_SECONDS:
                    self._check_brokers(reader)
                    heard_at = time.monotonic()
                if not records:
                    yield Silence()

    def _in_order(self, records: list[KafkaRecord], until_end: bool) -> Iterator[Heard]:
        """What the records of an answer carry, in the order of the log."""
        events: list[StoredEvent] = []
        for record in records:
            partition = Partition(record.topic, record.partition)
            if until_end and record.offset >= self._ends[partition]:
                continue
            event = read_record(record).event
            if not isinstance(event, StoredEvent):
                if self._wanted.is_wanted_key(record.key):
                    yield UnreadableRecord(partition, record.offset, event)
            elif self._wanted.is_wanted(event):
                events.append(event)
        for event in sorted(events, key=_position):
            yield TailEvent(event)

    def _check_brokers(self, reader: Reader) -> None:
        """Raise KafkaError unless they answer: a poll does not tell."""
        reader.ends(list(self._places)[:1], LOOK_LIMIT_MS)

    def _check_topics(self, reader: Reader) -> None:
        for topic, known in self._ids.items():
            if (found := reader.topic_id(topic)) is not None and found != known:
                raise TailLost(f"the topic {topic} is another one than at the start")

    def _is_at_end(self) -> bool:
        return all(place >= self._ends[partition] for partition, place in self._places.items())


def _position(event: StoredEvent) -> int:
    return event.position
