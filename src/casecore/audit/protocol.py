"""The comparison of log and topics without I/O: which record is next for which event, and what differs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from casecore.audit.records import Describe, ReadRecord, TopicDifference, describe_briefly
from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.relay.messages import Outgoing


class Reached(NamedTuple):
    """How far a partition is compared: the event's position in the log, and the offset of its record."""

    position: int
    offset: int


class LookUp(NamedTuple):
    """A record that is not the one expected next: what the store has at its position says what is wrong."""

    partition: Partition
    offset: int
    event: StoredEvent


class TopicComparison:
    """The log's events and the topics' committed records, each handed in in order, as both grow.

    An event without a record is waited for, unless a later event's record of the same partition is there:
    the relay keeps the log's order in each partition (law 2). A record without an event is waited for until
    the log was read to its end after the record was.
    """

    def __init__(
        self,
        partitions: Iterable[Partition],
        place: Callable[[StoredEvent], Partition],
        in_words: Describe = describe_briefly,
    ) -> None:
        """`place` says in which partition an event belongs, `in_words` what a difference says of it."""
        self._place = place
        self._in_words = in_words
        self._events: dict[Partition, deque[StoredEvent]] = {each: deque() for each in partitions}
        self._records: dict[Partition, deque[ReadRecord]] = {each: deque() for each in self._events}
        self._log_ended = False
        self.read_to = 0
        """The position up to which the log was handed in."""
        self.compared = 0
        self.reached: dict[Partition, Reached] = {}

    @property
    def waiting(self) -> int:
        """How many events have no record yet."""
        return sum(map(len, self._events.values()))

    @property
    def unused(self) -> bool:
        """Whether a record was handed in that waits for its event."""
        return any(self._records.values())

    @property
    def position(self) -> int:
        """The position up to which everything has been compared."""
        heads = [events[0].position for events in self._events.values() if events]
        return min(heads) - 1 if heads else self.read_to

    def wants(self, partition: Partition) -> bool:
        """Whether all records of a partition that were handed in are used."""
        return not self._records[partition]

    def read(self, partition: Partition, records: Iterable[ReadRecord]) -> None:
        """Hand in the next records of a partition, before the log is read on."""
        self._records[partition].extend(records)
        self._log_ended = False

    def stored(self, outgoing: Iterable[Outgoing], read_to: int, *, ended: bool) -> None:
        """Hand in the next events of the log, which was read up to a position, or to its end."""
        for partition, event in outgoing:
            self._events[partition].append(event)
        self.read_to = read_to
        self._log_ended = ended

    def advance(self) -> TopicDifference | LookUp | None:
        """Compare what can be compared: up to a difference, or a question for `judge`, or to the end (None).

        To be called again until it returns None.
        """
        for partition, records in self._records.items():
            if records and (found := self._advance(partition, self._events[partition], records)):
                return found
        return None

    def judge(self, asked: LookUp, stored: StoredEvent | None) -> TopicDifference | None:
        """What is wrong with a record, now that it is known what the store has at its position."""
        events, records = self._events[asked.partition], self._records[asked.partition]
        expected = events[0] if events else None
        is_genuine = stored == asked.event and self._place(asked.event) == asked.partition
        if is_genuine and expected and asked.event.position > expected.position:
            return self._difference(asked, events.popleft(), "it has no record before that of a later event")
        records.popleft()
        if is_genuine:
            return self._difference(
                asked, None, "that event's record had its place before: doubled, or too late"
            )
        if expected and expected.position == asked.event.position:
            return self._difference(asked, events.popleft(), "the record is not what was stored")
        return self._difference(asked, stored, "the store knows no such event of this partition")

    def _advance(
        self, partition: Partition, events: deque[StoredEvent], records: deque[ReadRecord]
    ) -> TopicDifference | LookUp | None:
        while records:
            offset, found = records[0]
            if isinstance(found, str):
                records.popleft()
                return self._stray(partition, offset, found, events)
            if events and events[0] == found:
                self.reached[partition] = Reached(found.position, offset)
                self.compared += 1
                events.popleft()
                records.popleft()
            elif events or found.position <= self.read_to:
                return LookUp(partition, offset, found)
            elif self._log_ended:
                records.popleft()
                unknown = LookUp(partition, offset, found)
                return self._difference(unknown, None, f"the store's log ends at position {self.read_to}")
            else:
                return None
        return None

    def _stray(
        self, partition: Partition, offset: int, found: str, events: deque[StoredEvent]
    ) -> TopicDifference:
        position = events[0].position if events else self.read_to
        place = f"{partition} at offset {offset}: it does not come from the relay"
        return TopicDifference(place, "nothing more", self._in_words(found), position)

    def missing(self) -> TopicDifference | None:
        """The first event that was handed in and has no record, as a difference; None if there is none."""
        heads = [(events[0], partition) for partition, events in self._events.items() if events]
        if not heads:
            return None
        event, partition = min(heads, key=lambda head: head[0].position)
        place = f"the end of {partition}, where the store's position {event.position} belongs"
        return TopicDifference(place, self._in_words(event), self._in_words(None), event.position)

    def _difference(self, at: LookUp, stored: StoredEvent | None, why: str) -> TopicDifference:
        place = f"{at.partition} at offset {at.offset}: {why}"
        position = stored.position if stored else at.event.position
        return TopicDifference(place, self._in_words(stored), self._in_words(at.event), position)
