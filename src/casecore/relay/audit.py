"""Comparing the store's log with the topics, record by record, in bounded memory (law 2)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader
from casecore.kafka.unpacking import KafkaRecord
from casecore.relay.audit_records import Difference as Difference
from casecore.relay.audit_records import Record, read_record, told
from casecore.relay.errors import RelayError
from casecore.relay.place import partition_of
from casecore.relay.published_topics import partitions_of, topic_ids
from casecore.store.log import LogReader

CATCH_UP_SECONDS = 30.0
"""How long an audit waits, all in all, for a relay to publish what the store has had since it began."""

_LOG_BATCH = 2_000
_POLL_MS = 200
_SILENCE_SECONDS = 30.0  # a broker that gives nothing for so long, where there is more, does not answer


class TopicAudit(NamedTuple):
    """How many events were compared up to which position, and the first difference, if any."""

    events: int
    position: int
    difference: Difference | None


class TopicSilent(RelayError):
    """Kafka gives no records although the topic has more; check the broker, and run the audit again."""


def audit_topics(
    database: str,
    bootstrap: str,
    prefix: str,
    on_progress: Callable[[int, int], None] | None = None,
    catch_up_seconds: float = CATCH_UP_SECONDS,
) -> TopicAudit:
    """Compare the log, as it ends now, with the committed records of all topics, while both may grow.

    `on_progress` hears the position that was reached, and the last one. `catch_up_seconds` is how long
    the whole audit may wait for a relay that has yet to publish the log's end. Raises DatabaseUnavailable,
    kafka.errors.KafkaError, TopicMissing, TopicSilent, and EventUnpublishable for a stored event of a
    type that has no topic.
    """
    # Kafka's client would ask for a topic that does not exist until its time is up, and name no topic.
    topic_ids(bootstrap, prefix)
    reader = committed_reader(bootstrap)
    try:
        with LogReader(database) as log:
            # The topics' ends are read first: what stands before them was stored before it was
            # published, so the log, which ends later, has to explain all of it.
            topics = _Topics(reader, prefix, catch_up_seconds)
            last = log.last_position()
            return _compare(_stored(log, last, on_progress), topics, last, prefix)
    finally:
        reader.close()


class _Topics:
    """The committed records of each partition, in order; of each, what one answer of Kafka held is kept."""

    def __init__(self, reader: Reader, prefix: str, patience_seconds: float) -> None:
        self._reader = reader
        self._patience_seconds = patience_seconds
        self._kept: dict[Partition, deque[KafkaRecord]] = {p: deque() for p in partitions_of(prefix)}
        self.first_ends = reader.ends(self._kept)
        """Before these offsets stands what was visible when the audit began."""
        reader.assign(self._kept)
        for partition, offset in reader.beginnings(self._kept).items():
            reader.seek(partition, offset)

    def next(self, partition: Partition) -> Record | None:
        """The partition's next record; None if it ends here, also after a wait for the relay."""
        kept = self._kept[partition]
        if not kept:
            self._read_on(partition, self.first_ends[partition])
            self._wait(partition)
        if not kept:
            # A broker that is away says so here: it must not pass for a topic that lacks something.
            self._read_on(partition, self._reader.ends([partition])[partition])
        return read_record(kept.popleft()) if kept else None

    def rest(self) -> Iterator[tuple[Partition, Record]]:
        """All records that nobody asked for, partition by partition, up to the topics' present ends."""
        ends = self._reader.ends(self._kept)
        for partition, kept in self._kept.items():
            self._read_on(partition, ends[partition])
            while kept:
                yield partition, read_record(kept.popleft())
                self._read_on(partition, ends[partition])

    def _read_on(self, partition: Partition, end: int) -> None:
        """Poll until a record of the partition is kept, or none stands between it and the offset `end`."""
        silent_at = time.monotonic() + _SILENCE_SECONDS
        while not self._kept[partition] and self._reader.position(partition) < end:
            if time.monotonic() > silent_at:
                raise TopicSilent(
                    f"{partition}: no record for {_SILENCE_SECONDS:.0f} seconds, although it has more; "
                    "check the broker, and run the audit again"
                )
            self._poll(_POLL_MS)

    def _wait(self, partition: Partition) -> None:
        """Poll until a record of the partition is kept, or the whole audit's patience is at its end."""
        while not self._kept[partition] and self._patience_seconds > 0:
            began_at = time.monotonic()
            self._poll(min(_POLL_MS, 1 + int(self._patience_seconds * 1_000)))
            self._patience_seconds -= time.monotonic() - began_at

    def _poll(self, limit_ms: int) -> None:
        # A partition is read on when all that is kept of it was used, and Kafka gives 1 MB of each at most
        # (or one batch): so nothing piles up where the log comes late to a partition or events are large.
        for partition, kept in self._kept.items():
            (self._reader.pause if kept else self._reader.resume)([partition])
        for record in self._reader.poll(limit_ms):
            self._kept[Partition(record.topic, record.partition)].append(record)


def _stored(
    log: LogReader, last: int, on_progress: Callable[[int, int], None] | None
) -> Iterator[StoredEvent]:
    """The log's events up to the position `last`."""
    position = 0
    while position < last and (events := log.read(position, _LOG_BATCH)):
        yield from (event for event in events if event.position <= last)
        position = min(events[-1].position, last)
        if on_progress:
            on_progress(position, last)


def _compare(stored: Iterator[StoredEvent], topics: _Topics, last: int, prefix: str) -> TopicAudit:
    position = compared = 0
    for event in stored:
        partition = partition_of(prefix, event)
        found = topics.next(partition)
        if found is None or found.event != event:
            where = f"{partition} at offset {found.offset}" if found else f"the end of {partition}"
            place = f"{where}, where the store's position {event.position} belongs"
            return TopicAudit(
                compared, position, Difference(place, told(event), told(found.event if found else None))
            )
        compared += 1
        position = event.position
    return TopicAudit(compared, position, _beyond(topics, last))


def _beyond(topics: _Topics, last: int) -> Difference | None:
    """The first record that the log up to `last` does not explain.

    One that came since the audit began may carry a later event; one that was there before may not.
    """
    for partition, record in topics.rest():
        is_new = record.offset >= topics.first_ends[partition]
        if is_new and isinstance(record.event, StoredEvent) and record.event.position > last:
            continue
        where = f"{partition} at offset {record.offset}"
        place = f"{where}, after all that the store has for it up to position {last}"
        return Difference(place, "nothing more", told(record.event))
    return None
