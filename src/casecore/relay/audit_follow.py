"""Following the log and the topics as both grow, in small turns, and saying where they disagree (law 2)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import groupby
from typing import NamedTuple

import structlog

from casecore.contract.wire import StoredEvent
from casecore.kafka.errors import OffsetOutOfRangeError
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader
from casecore.relay.audit_logic import Comparison, LookUp, Reached
from casecore.relay.audit_records import Difference, read_record, told_briefly
from casecore.relay.errors import EventUnpublishable
from casecore.relay.messages import Outgoing
from casecore.relay.place import partition_of
from casecore.relay.published_topics import partitions_of, topic_ids
from casecore.store.log import LogReader

WAITING_EVENTS = 4_000
"""Events kept while their records are awaited, some 6 MB: more than two of the relay's transactions."""

_LOG_BATCH = 500  # some 10 ms of this process, so that a turn ends close to its limit
_POLL_MS = 100
_FETCH_BYTES = 1024 * 1024  # of all partitions in one answer, so that a turn stays short
_PARTITION_FETCH_BYTES = 128 * 1024

_log = structlog.get_logger(__name__)


class Found(NamedTuple):
    """What some turns have found: the events that were read from the log, and where something differs."""

    events: list[StoredEvent]
    differences: list[Difference]


class TopicFollower:
    """Compares from the first event on, at most so many a turn, and then each new one. One thread's.

    It begins again with the first event when a topic was made anew, and when the log is another one.
    """

    def __init__(self, database: str, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._log = LogReader(database)
        self._reader: Reader | None = None
        self._found = Found([], [])
        self._compared_before = 0
        self.beginnings = 0
        """How often it began with the first event."""
        self._begin()

    def turn(self, limit: int) -> None:
        """Compare on by about `limit` events, fewer if there are no more yet.

        Raises DatabaseUnavailable, TopicMissing and kafka.errors.KafkaError: the next turn goes on.
        """
        compared_before, read = self._comparison.compared, 0
        while read < limit:
            reader = self._reader or self._open()
            if not self._poll(reader):
                return
            events = self._read_log(min(limit - read, _LOG_BATCH))
            self._settle()
            read += events
            if not events:
                break
        if self._comparison.compared == compared_before and self._reader is not None:
            # A broker that is away hands out nothing; asked for its ends, it raises.
            self._reader.ends(partitions_of(self._prefix))

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

    def lag(self) -> int:
        """Positions of the log that are not compared yet; raises DatabaseUnavailable."""
        return max(0, self._log.last_position() - self.position)

    def close(self) -> None:
        """Leave both servers."""
        self._log.close()
        self._leave()

    def _begin_anew(self) -> None:
        self._compared_before = self.compared
        self._begin()

    def _begin(self) -> None:
        self._comparison = Comparison(partitions_of(self._prefix), partial(partition_of, self._prefix))
        self._last_read: StoredEvent | None = None
        self._topic_ids: dict[str, str] = {}
        self._leave()

    def _leave(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> Reader:
        self._topic_ids = topic_ids(self._bootstrap, self._prefix)
        reader = committed_reader(
            self._bootstrap, fetch_max_bytes=_FETCH_BYTES, max_partition_fetch_bytes=_PARTITION_FETCH_BYTES
        )
        try:
            partitions = partitions_of(self._prefix)
            reader.assign(partitions)
            for partition, offset in reader.beginnings(partitions).items():
                reader.seek(partition, offset)
        except BaseException:
            reader.close()
            raise
        self.beginnings += 1
        self._reader = reader
        return reader

    def _poll(self, reader: Reader) -> bool:
        """Hand in the records that have come; False if nothing can be said of them, and all begins anew."""
        for partition in partitions_of(self._prefix):
            (reader.resume if self._comparison.wants(partition) else reader.pause)([partition])
        try:
            polled = reader.poll(_POLL_MS)
        except OffsetOutOfRangeError as lost:
            if not self._is_made_anew(topic_ids(self._bootstrap, self._prefix)):
                told = f"records are gone that were there: {lost}"
                self._found.differences.append(Difference(f"{self._prefix}.*", "all events", told))
                self._begin_anew()
            return False
        # Before an id changes here, no record of another topic can come.
        now = {topic: reader.topic_id(topic) for topic in self._topic_ids}
        if self._is_made_anew({topic: found for topic, found in now.items() if found}):
            return False
        for partition, records in groupby(polled, lambda record: Partition(record.topic, record.partition)):
            self._comparison.read(partition, [read_record(record) for record in records])
        return True

    def _is_made_anew(self, ids: Mapping[str, str]) -> bool:
        """Begin anew if a topic is another one: what was compared stood in one that is gone.

        That is no difference. A relay publishes everything again into the new one, and is waited for.
        """
        anew = [topic for topic, topic_id in ids.items() if self._topic_ids[topic] != topic_id]
        if anew:
            _log.warning("audit.topics_made_anew", topics=anew)
            self._begin_anew()
        return bool(anew)

    def _read_log(self, limit: int) -> int:
        """Hand in the next events; returns how many, 0 also where too many wait for their records."""
        wanted = min(limit, WAITING_EVENTS - self._comparison.waiting)
        if wanted <= 0:
            return 0
        last = self._last_read
        events = self._log.read(last.position - 1 if last else 0, wanted + bool(last))
        if last is not None:
            if not events or events[0] != last:
                place = f"the store's log at position {last.position}"
                before = f"{told_briefly(last)} stood there before"
                self._found.differences.append(
                    Difference(place, told_briefly(events[0] if events else None), before)
                )
                _log.warning("audit.log_is_another", position=last.position)
                self._begin_anew()
                return 0
            del events[0]
        self._hand_in(events, ended=len(events) < wanted)
        return len(events)

    def _hand_in(self, events: list[StoredEvent], *, ended: bool) -> None:
        outgoing: list[Outgoing] = []
        for event in events:
            try:
                outgoing.append(Outgoing(partition_of(self._prefix, event), event))
            except EventUnpublishable as unknown:
                place = f"the store's log at position {event.position}"
                self._found.differences.append(Difference(place, told_briefly(event), str(unknown)))
        if events:
            self._last_read = events[-1]
            self._found.events.extend(events)
        read_to = self._last_read.position if self._last_read else 0
        self._comparison.stored(outgoing, read_to, ended=ended)

    def _settle(self) -> None:
        """Compare what has been handed in, as far as that goes."""
        while (found := self._comparison.advance()) is not None:
            difference = found if isinstance(found, Difference) else self._judge(found)
            if difference is not None:
                self._found.differences.append(difference)

    def _judge(self, asked: LookUp) -> Difference | None:
        events = self._log.read(asked.event.position - 1, 1)
        at = events[0] if events and events[0].position == asked.event.position else None
        return self._comparison.judge(asked, at)
