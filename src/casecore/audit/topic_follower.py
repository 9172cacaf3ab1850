"""Following the log and the topics as both grow, in small turns, and saying where they disagree (law 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import groupby
from typing import NamedTuple

import structlog

from casecore.audit.protocol import LookUp, Reached, TopicComparison
from casecore.audit.records import Describe, TopicDifference, describe_briefly, read_record
from casecore.contract.wire import StoredEvent
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import OffsetOutOfRangeError
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader
from casecore.relay.errors import EventUnpublishable
from casecore.relay.messages import Outgoing
from casecore.relay.place import partition_of
from casecore.relay.published_topics import partitions_of, topic_ids
from casecore.store.log import LogReader

WAITING_EVENTS = 4_000
"""Events kept while their records are awaited, some 6 MB: more than two of the relay's transactions."""

_POLL_MS = 100

_log = structlog.get_logger(__name__)


class Pace(NamedTuple):
    """How much is read at once: events of the log, and bytes of all partitions and of one in an answer."""

    log_events: int
    fetch_bytes: int
    partition_bytes: int


GENTLE = Pace(500, 1024 * 1024, 128 * 1024)
"""Some 10 ms of this process a step, so that a turn ends close to its limit."""

SWIFT = Pace(2_000, 8 * 1024 * 1024, 1024 * 1024)
"""For a comparison that has the process for itself."""


class Found(NamedTuple):
    """What some turns have found: the events that were read from the log, and where something differs."""

    events: list[StoredEvent]
    differences: list[TopicDifference]


class TopicFollower:
    """Compares from the first event on, at most so many a turn, and then each new one. One thread's.

    It begins again with the first event when a topic was created again, and when the log is another one.
    """

    def __init__(
        self,
        database: str,
        cluster: Cluster,
        prefix: str,
        in_words: Describe = describe_briefly,
        pace: Pace = GENTLE,
    ) -> None:
        self._cluster = cluster
        self._partitions = partitions_of(prefix)
        self._prefix = prefix
        self._in_words = in_words
        self._pace = pace
        self._log = LogReader(database)
        self._reader: Reader | None = None
        self._found = Found([], [])
        self._compared_before = 0
        self.beginnings = 0
        """How often it began with the first event."""
        self._begin()

    def turn(self, limit: int, up_to: int | None = None) -> bool:
        """Compare on by about `limit` events, fewer if there are no more yet; returns whether it moved on.

        `up_to` is the position after which the log is not read. Raises DatabaseUnavailable, TablesMissing,
        TopicMissing and kafka.errors.KafkaError: the next turn goes on.
        """
        before, read = (self.beginnings, self._comparison.compared, self._comparison.read_to), 0
        while read < limit:
            reader = self._reader or self._open()
            if not self._poll(reader):
                return True
            events = self._read_log(min(limit - read, self._pace.log_events), up_to)
            self._settle()
            read += events
            if not events:
                break
        moved = before != (self.beginnings, self._comparison.compared, self._comparison.read_to)
        if not moved and self._reader is not None:
            # A broker that is unavailable hands out nothing; asked for its ends, it raises.
            self._reader.ends(self._partitions)
        return moved

    def take(self) -> Found:
        """What was found since the last call, also by a turn that was broken off."""
        found, self._found = self._found, Found([], [])
        return found

    @property
    def position(self) -> int:
        """The position of the log up to which everything has been compared."""
        return self._comparison.position

    @property
    def compared(self) -> int:
        """How many events have been compared, over all beginnings."""
        return self._compared_before + self._comparison.compared

    @property
    def waiting(self) -> int:
        """How many events that were read from the log have no record yet."""
        return self._comparison.waiting

    @property
    def reached(self) -> Mapping[Partition, Reached]:
        """How far each partition is compared."""
        return self._comparison.reached

    @property
    def topic_ids(self) -> Mapping[str, str]:
        """The ids of the topics that are compared, by name."""
        return self._topic_ids

    def log_end(self) -> int:
        """The position at which the log ends now."""
        return self._log.last_position()

    def lag(self) -> int:
        """Positions of the log that are not compared yet; raises DatabaseUnavailable."""
        return max(0, self.log_end() - self.position)

    def topic_ends(self) -> dict[Partition, int]:
        """The offsets up to which the topics can be read now; raises kafka.errors.KafkaError."""
        return (self._reader or self._open()).ends(self._partitions)

    def has_used(self, ends: Mapping[Partition, int]) -> bool:
        """Whether all records before these offsets were read and compared."""
        reader = self._reader
        if reader is None or self._comparison.unused:
            return False
        return all(reader.position(partition) >= end for partition, end in ends.items())

    def missing(self) -> TopicDifference | None:
        """The first event that was read from the log and has no record; None if there is none."""
        return self._comparison.missing()

    def close(self) -> None:
        """Leave both servers."""
        self._log.close()
        self._leave()

    def _begin_again(self) -> None:
        self._compared_before = self.compared
        self._begin()

    def _begin(self) -> None:
        place = partial(partition_of, self._prefix)
        self._comparison = TopicComparison(self._partitions, place, self._in_words)
        self._last_read: StoredEvent | None = None
        self._topic_ids: dict[str, str] = {}
        self._leave()

    def _leave(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> Reader:
        self._topic_ids = topic_ids(self._cluster, self._prefix)
        pace = self._pace
        reader = committed_reader(
            self._cluster,
            fetch_max_bytes=pace.fetch_bytes,
            max_partition_fetch_bytes=pace.partition_bytes,
        )
        try:
            reader.assign(self._partitions)
            for partition, offset in reader.beginnings(self._partitions).items():
                reader.seek(partition, offset)
        except BaseException:
            reader.close()
            raise
        self.beginnings += 1
        self._reader = reader
        return reader

    def _poll(self, reader: Reader) -> bool:
        """Hand in the records that have come; False if nothing can be said of them, and all begins again."""
        for partition in self._partitions:
            (reader.resume if self._comparison.wants(partition) else reader.pause)([partition])
        try:
            polled = reader.poll(0 if self._comparison.unused else _POLL_MS)
        except OffsetOutOfRangeError as lost:
            if not self._begins_for_new_topics(topic_ids(self._cluster, self._prefix)):
                gone = f"records are gone that were there: {lost}"
                self._found.differences.append(TopicDifference(f"{self._prefix}.*", "all events", gone))
                self._begin_again()
            return False
        # Before an id changes here, no record of another topic can come.
        now = {topic: reader.topic_id(topic) for topic in self._topic_ids}
        if self._begins_for_new_topics({topic: found for topic, found in now.items() if found}):
            return False
        for partition, records in groupby(polled, lambda record: Partition(record.topic, record.partition)):
            self._comparison.read(partition, [read_record(record) for record in records])
        return True

    def _begins_for_new_topics(self, ids: Mapping[str, str]) -> bool:
        """Begin again if a topic is another one: what was compared was in one that is gone.

        That is not a difference. A relay publishes everything again into the new one, and is waited for.
        """
        new = [topic for topic, topic_id in ids.items() if self._topic_ids[topic] != topic_id]
        if new:
            _log.warning("audit.topics_created_again", topics=new)
            self._begin_again()
        return bool(new)

    def _read_log(self, limit: int, up_to: int | None) -> int:
        """Hand in the next events; returns how many, 0 also where too many wait for their records."""
        wanted = min(limit, WAITING_EVENTS - self._comparison.waiting)
        last = self._last_read
        if wanted <= 0 or (up_to is not None and last is not None and last.position >= up_to):
            return 0
        events = self._log.read(last.position - 1 if last else 0, wanted + bool(last))
        if last is not None:
            if not events or events[0] != last:
                self._note_another_log(last, events)
                return 0
            del events[0]
        ended = len(events) < wanted
        if up_to is not None and events and events[-1].position > up_to:
            events, ended = [event for event in events if event.position <= up_to], False
        self._hand_in(events, ended=ended)
        return len(events)

    def _note_another_log(self, last: StoredEvent, events: list[StoredEvent]) -> None:
        place = f"the store's log at position {last.position}"
        before = f"{self._in_words(last)} was there before"
        now = self._in_words(events[0] if events else None)
        self._found.differences.append(TopicDifference(place, now, before, last.position))
        _log.warning("audit.log_is_another", position=last.position)
        self._begin_again()

    def _hand_in(self, events: Iterable[StoredEvent], *, ended: bool) -> None:
        outgoing: list[Outgoing] = []
        for event in events:
            self._last_read = event
            self._found.events.append(event)
            try:
                outgoing.append(Outgoing(partition_of(self._prefix, event), event))
            except EventUnpublishable as unknown:
                place = f"the store's log at position {event.position}"
                difference = TopicDifference(place, self._in_words(event), str(unknown), event.position)
                self._found.differences.append(difference)
        read_to = self._last_read.position if self._last_read else 0
        self._comparison.stored(outgoing, read_to, ended=ended)

    def _settle(self) -> None:
        """Compare what has been handed in, as far as that goes."""
        while (found := self._comparison.advance()) is not None:
            difference = found if isinstance(found, TopicDifference) else self._judge(found)
            if difference is not None:
                self._found.differences.append(difference)

    def _judge(self, asked: LookUp) -> TopicDifference | None:
        events = self._log.read(asked.event.position - 1, 1)
        at = events[0] if events and events[0].position == asked.event.position else None
        return self._comparison.judge(asked, at)
