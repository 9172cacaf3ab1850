"""Comparing the store's log with the topics, record by record, in bounded memory (law 2)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition

from casecore.contract.wire import RecordMalformed, StoredEvent, from_record
from casecore.relay.messages import Partition
from casecore.relay.place import partition_of, partitions_of
from casecore.relay.reading import committed_reader, stable_offsets
from casecore.store.log import LogReader

_LOG_BATCH = 2_000
_BUFFERED = 5_000  # records of one partition that may wait for the log to come to them; about 5 MB
_POLL_MS = 200
_SILENCE_SECONDS = 30.0  # a broker that gives nothing for so long, where there is more, does not answer
_CATCH_UP_SECONDS = 30.0  # how long a relay that runs may take to publish what the store has


class Difference(NamedTuple):
    """The first place where topic and store disagree: where, and what each of them has there."""

    place: str
    store: str
    topic: str


class TopicAudit(NamedTuple):
    """How many events were compared up to which position, and the first difference, if any."""

    events: int
    position: int
    difference: Difference | None


class TopicSilent(Exception):
    """Kafka gives no records although the topic has more; check the broker, and run the audit again."""


def audit_topics(
    database: str, bootstrap: str, prefix: str, on_progress: Callable[[int, int], None] | None = None
) -> TopicAudit:
    """Compare the log, as it ends now, with the committed records of all topics.

    A relay that runs gets some seconds to publish the log's end. `on_progress` hears the position that
    was reached, and the last one. Raises StoreUnavailable, kafka.errors.KafkaError, TopicSilent.
    """
    reader = committed_reader(bootstrap)
    try:
        with LogReader(database) as log:
            last = log.last_position()
            topics = _Topics(reader, prefix)
            return _compare(log, topics, last, prefix, on_progress)
    finally:
        reader.close()


class _Topics:
    """The records of each partition, in order, read ahead by a bounded number."""

    def __init__(self, reader: KafkaConsumer, prefix: str) -> None:
        self._reader = reader
        self._partitions = [TopicPartition(*partition) for partition in partitions_of(prefix)]
        self._buffers: Mapping[Partition, deque[StoredEvent | str]] = {
            Partition(*partition): deque() for partition in self._partitions
        }
        reader.assign(self._partitions)
        for partition, offset in reader.beginning_offsets(self._partitions).items():
            reader.seek(partition, offset)

    def next(self, partition: Partition, limit_seconds: float) -> StoredEvent | str | None:
        """The partition's next event, the reason why its next record is none, or None at its end."""
        buffer = self._buffers[partition]
        ends_at = time.monotonic() + limit_seconds
        while not buffer:
            if not self._read_on(partition) and time.monotonic() > ends_at:
                return None
        return buffer.popleft()

    def left_over(self) -> tuple[Partition, StoredEvent | str] | None:
        """A record that nobody asked for, if there is one."""
        for partition in self._buffers:
            found = self.next(partition, 0)
            if found is not None:
                return partition, found
        return None

    def _read_on(self, wanted: Partition) -> bool:
        """Poll once; False if the wanted partition has no more committed records now."""
        end = stable_offsets(self._reader, [wanted])[wanted]
        at_end = bool(self._reader.position(TopicPartition(*wanted)) >= end)
        self._pause_full()
        silent_at = time.monotonic() + _SILENCE_SECONDS
        while not at_end and not self._poll(wanted):
            at_end = bool(self._reader.position(TopicPartition(*wanted)) >= end)
            if time.monotonic() > silent_at:
                raise TopicSilent(
                    f"{wanted}: no record for {_SILENCE_SECONDS:.0f} seconds, although it has more"
                )
        return not at_end

    def _poll(self, wanted: Partition) -> bool:
        for partition, records in self._reader.poll(timeout_ms=_POLL_MS).items():
            self._buffers[Partition(*partition)].extend(map(_event, records))
        return bool(self._buffers[wanted])

    def _pause_full(self) -> None:
        for partition in self._partitions:
            if len(self._buffers[Partition(*partition)]) > _BUFFERED:
                self._reader.pause(partition)
            else:
                self._reader.resume(partition)


def _event(record: object) -> StoredEvent | str:
    try:
        return from_record(record.key, record.value, record.headers)  # type: ignore[attr-defined]
    except RecordMalformed as malformed:
        return str(malformed)


def _compare(
    log: LogReader,
    topics: _Topics,
    last: int,
    prefix: str,
    on_progress: Callable[[int, int], None] | None,
) -> TopicAudit:
    position = compared = 0
    while position < last:
        for event in log.read(position, _LOG_BATCH):
            if event.position > last:
                break
            partition = partition_of(prefix, event)
            found = topics.next(partition, _CATCH_UP_SECONDS)
            if found != event:
                place = f"{partition}, where the store's position {event.position} belongs"
                return TopicAudit(compared, position, Difference(place, _told(event), _told(found)))
            compared += 1
            position = event.position
        else:
            if on_progress:
                on_progress(position, last)
            continue
        break
    return TopicAudit(compared, position, _beyond(topics, last))


def _beyond(topics: _Topics, last: int) -> Difference | None:
    """A record that the log does not explain; what was stored since the audit began is none."""
    left = topics.left_over()
    if left is None or (isinstance(left[1], StoredEvent) and left[1].position > last):
        return None
    return Difference(f"{left[0]}, after all that the store has", "nothing", _told(left[1]))


def _told(found: StoredEvent | str | None) -> str:
    match found:
        case None:
            return "nothing"
        case str():
            return f"a record that is no event: {found}"
        case _:
            body = found.body if len(found.body) <= 200 else found.body[:200] + b"..."
            return (
                f"{found.type}, version {found.version} of stream {found.stream_id}, at {found.position}, "
                f"recorded at {found.recorded_at.isoformat()}: {body.decode(errors='replace')}"
            )
