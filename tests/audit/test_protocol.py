"""The following audit's rules: what is right, in whatever pieces, is no difference; each harm is one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.audit.protocol import LookUp, TopicComparison
from casecore.audit.records import ReadRecord, TopicDifference
from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.relay.messages import Outgoing

PARTITIONS = [Partition("casecore.cases", number) for number in range(3)]
EVENTS = 24
Topics = dict[Partition, list[ReadRecord]]


def place(event: StoredEvent) -> Partition:
    return PARTITIONS[event.stream_id.int % len(PARTITIONS)]


def event(position: int, stream: int, body: bytes = b"{}") -> StoredEvent:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return StoredEvent(position, UUID(int=stream), position, "casecore.case.taken.v1", at, body)


def log_of(streams: Iterable[int]) -> list[StoredEvent]:
    # Positions have gaps, as in a store where an append was refused.
    return [event(3 * n, stream) for n, stream in enumerate(streams, start=1)]


def published(log: Iterable[StoredEvent]) -> Topics:
    """The records as a relay writes them; marks of transactions take offsets too."""
    topics: Topics = {each: [] for each in PARTITIONS}
    for each in log:
        records = topics[place(each)]
        records.append(ReadRecord(2 * len(records), each))
    return topics


class Scene:
    """A log and topics that are handed in piece by piece, as they grow."""

    def __init__(self, log: list[StoredEvent], topics: Topics) -> None:
        self.log = log
        self.topics = topics
        self.visible = dict.fromkeys(PARTITIONS, 0)
        self.stored = self.handed_in = 0
        self.comparison = TopicComparison(PARTITIONS, place)
        self.differences: list[TopicDifference] = []

    def turn(self, stored: int, read: int, records: dict[Partition, int]) -> None:
        """So many events are stored by now, and so many records published; then `read` events are read."""
        self.stored = max(self.stored, stored)
        for partition, count in records.items():
            fresh = self.topics[partition][self.visible[partition] : count]
            self.visible[partition] += len(fresh)
            self.comparison.read(partition, fresh)
        events = self.log[self.handed_in : min(self.stored, self.handed_in + read)]
        self.handed_in += len(events)
        read_to = self.log[self.handed_in - 1].position if self.handed_in else 0
        outgoing = [Outgoing(place(each), each) for each in events]
        self.comparison.stored(outgoing, read_to, ended=len(events) < read)
        while (found := self.comparison.advance()) is not None:
            difference = self._judged(found) if isinstance(found, LookUp) else found
            if difference is not None:
                self.differences.append(difference)

    def finish(self) -> list[TopicDifference]:
        """Everything is stored and published, and read to the end."""
        self.turn(len(self.log), len(self.log) + 1, dict.fromkeys(PARTITIONS, 10000))
        return self.differences

    def _judged(self, asked: LookUp) -> TopicDifference | None:
        at = {each.position: each for each in self.log[: self.stored]}
        return self.comparison.judge(asked, at.get(asked.event.position))


streams = st.lists(st.integers(0, 7), min_size=1, max_size=EVENTS)
steps = st.lists(
    st.tuples(st.integers(0, EVENTS), st.integers(1, EVENTS), st.integers(0, EVENTS)), max_size=6
)


def walk(scene: Scene, turns: list[tuple[int, int, int]]) -> None:
    """The store grows, the relay publishes no more than is stored, and a turn reads some of each."""
    for stored, read, relayed in turns:
        scene.stored = max(scene.stored, stored)
        done: dict[Partition, int] = defaultdict(int)
        for each in scene.log[: min(relayed, scene.stored)]:
            done[place(each)] += 1
        scene.turn(scene.stored, read, done)


@given(streams, steps)
def test_what_a_relay_publishes_late_and_in_pieces_is_no_difference(
    given_streams: list[int], turns: list[tuple[int, int, int]]
) -> None:
    log = log_of(given_streams)
    scene = Scene(log, published(log))
    walk(scene, turns)
    assert scene.differences == []
    assert scene.comparison.compared + scene.comparison.waiting == scene.handed_in
    assert scene.finish() == []
    assert (scene.comparison.compared, scene.comparison.waiting) == (len(log), 0)
    assert scene.comparison.position == log[-1].position
    # Each partition is compared up to its last record, which is what a view's offsets are held against.
    for partition, records in scene.topics.items():
        if records:
            last = records[-1].event
            assert isinstance(last, StoredEvent)
            assert scene.comparison.reached[partition] == (last.position, records[-1].offset)


def without(records: list[ReadRecord], at: int) -> None:
    del records[at]


def twice(records: list[ReadRecord], at: int) -> None:
    records.append(ReadRecord(2 * len(records) + 2, records[at].event))


def altered(records: list[ReadRecord], at: int) -> None:
    found = records[at].event
    assert isinstance(found, StoredEvent)
    records[at] = ReadRecord(records[at].offset, found._replace(body=b'{"forged":1}'))


def foreign(records: list[ReadRecord], at: int) -> None:
    records.insert(at, ReadRecord(999, "the record has no key"))


def never_stored(records: list[ReadRecord], at: int) -> None:
    found = records[at].event
    assert isinstance(found, StoredEvent)
    records.insert(at, ReadRecord(999, found._replace(position=found.position + 1)))


def beyond_the_log(records: list[ReadRecord], at: int) -> None:
    records.insert(at, ReadRecord(999, event(1_000_000, 0)))


@pytest.mark.parametrize("harm", [without, twice, altered, foreign, never_stored, beyond_the_log])
@given(data=st.data())
def test_one_harm_is_one_difference_and_all_else_is_compared(
    harm: Callable[[list[ReadRecord], int], None], data: st.DataObject
) -> None:
    log = log_of(data.draw(streams))
    scene = Scene(log, published(log))
    used = [each for each in PARTITIONS if scene.topics[each]]
    partition = data.draw(st.sampled_from(used))
    records = scene.topics[partition]
    # Of a missing record nothing can be said before a later one of its partition is there.
    last = len(records) - 1 - (harm is without)
    if last < 0:
        return
    harm(records, data.draw(st.integers(0, last)))
    for stored, read, _ in data.draw(steps):
        scene.turn(
            max(stored, EVENTS), read, {each: data.draw(st.integers(0, EVENTS)) for each in PARTITIONS}
        )
    (difference,) = scene.finish()
    assert difference.place.startswith(str(partition))
    assert ("doubled, or too late" in difference.place) == (harm is twice)
    assert scene.comparison.compared == len(log) - (harm in (without, altered))
    assert scene.comparison.waiting == 0


def test_a_record_that_is_missing_at_its_partitions_end_is_waited_for() -> None:
    # Given a partition whose last record is not there, while others go on
    log = log_of([0, 1, 2, 0, 1, 2])
    topics = published(log)
    missing = topics[PARTITIONS[0]].pop()
    scene = Scene(log, topics)
    # Then that is a relay which lags
    assert scene.finish() == []
    assert scene.comparison.waiting == 1
    assert isinstance(missing.event, StoredEvent)
    assert scene.comparison.position == missing.event.position - 1


def test_a_record_is_not_held_against_a_log_that_was_read_before_it() -> None:
    # Given a log that was read to its end, and then a record of an event that was stored since
    log = log_of([0, 0])
    comparison = TopicComparison(PARTITIONS, place)
    comparison.stored([Outgoing(PARTITIONS[0], log[0])], log[0].position, ended=True)
    comparison.read(PARTITIONS[0], [ReadRecord(0, log[0]), ReadRecord(2, log[1])])
    # Then it waits, and is right once the log was read on
    assert comparison.advance() is None
    comparison.stored([Outgoing(PARTITIONS[0], log[1])], log[1].position, ended=True)
    assert comparison.advance() is None
    assert comparison.compared == 2


def test_an_event_that_was_deleted_from_the_store_before_it_was_compared_is_named() -> None:
    log = log_of([0, 0, 0])
    topics = published(log)
    del log[1]
    (difference,) = Scene(log, topics).finish()
    assert difference.store == "nothing"
    assert "at 6," in difference.topic


def test_a_record_with_text_of_a_customer_is_described_without_it() -> None:
    log = log_of([0])
    foreign = event(3, 0, b'{"text":"Frau Muster ruft an"}')
    (difference,) = Scene(log, {**published([]), PARTITIONS[0]: [ReadRecord(0, foreign)]}).finish()
    assert "Muster" not in str(difference)
