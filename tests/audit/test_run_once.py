"""The audit: each way in which topics can differ from the store's log is named with its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from casecore.audit.records import TopicDifference
from casecore.audit.run_once import TopicAudit, audit_topics
from casecore.contract.streams import CASES, PARTITIONS, StreamKind
from casecore.contract.wire import StoredEvent
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import TopicMissing
from casecore.kafka.partitions import Partition
from casecore.relay.messages import Outgoing
from casecore.relay.published_topics import create_topics
from casecore.store.migrations import migrate
from tests.audit.store_and_topics import EVENTS, StoreAndTopics
from tests.relay.running import scene, store_messages, wait_for
from tests.waiting import LIMIT_SECONDS

CATCH_UP_SECONDS = 2.0
"""How long an audit waits for what never comes."""


class Audited(StoreAndTopics):
    """A store, its topics, and the audit of both."""

    def audit(
        self,
        on_progress: Callable[[int, int], None] | None = None,
        catch_up_seconds: float = LIMIT_SECONDS,
    ) -> TopicAudit:
        """What the audit says."""
        return audit_topics(self.database, self.cluster, self.prefix, on_progress, catch_up_seconds)


@pytest.fixture
def here(database: str, kafka_server: Cluster, topic_prefix: str) -> Iterator[Audited]:
    """A store with events and empty topics."""
    with closing(Audited(database, kafka_server, topic_prefix)) as audited:
        yield audited


def found_by(audit: TopicAudit) -> TopicDifference:
    assert audit.difference is not None, "the audit found no difference"
    return audit.difference


def index_of_last(records: Sequence[Outgoing], partition: Partition) -> int:
    return max(n for n, record in enumerate(records) if record.partition == partition)


def last_used(records: Sequence[Outgoing]) -> Partition:
    """The partition with the highest number that has records: the audit comes to it last."""
    return max(record.partition for record in records)


# Where nothing differs.


def test_a_log_is_equal_to_its_topic_while_a_relay_and_writers_run(
    database: str, kafka_server: Cluster, topic_prefix: str, tmp_path: Path
) -> None:
    # Given a published log of more events than one answer of Kafka or the store holds
    migrate(database)
    create_topics(kafka_server, topic_prefix, 1)
    store_messages(database, 6_000, streams=300)
    with scene(database, kafka_server, topic_prefix, tmp_path) as published:
        relay = published.start()
        wait_for(lambda: published.visible_end() > 6_000, "the first events are published")
        # and a writer who goes on
        with writing(database) as ended:
            # When it is audited again and again
            audits = [audit_topics(database, kafka_server, topic_prefix) for _ in range(3)]
            assert not ended.is_set()
        # Then no audit finds a difference, and each goes up to where the log ended when it began
        assert [audit.difference for audit in audits] == [None] * 3
        positions = [audit.position for audit in audits]
        assert positions == sorted(set(positions)), "the writer stored something between any two audits"
        assert [audit.events for audit in audits] == positions
        assert relay.end() == 0


@contextmanager
def writing(database: str) -> Iterator[threading.Event]:
    """A thread that stores events, up to 30 at once, until the end of the block; the event says it ended."""
    asked, ended = threading.Event(), threading.Event()

    def write() -> None:
        try:
            while not asked.is_set():
                store_messages(database, 30, streams=300)
        finally:
            ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield ended
    finally:
        asked.set()
        writer.join()


def test_what_is_stored_and_published_during_the_audit_is_no_difference(here: Audited) -> None:
    here.publish(here.stored())

    def more(position: int, last: int) -> None:
        assert (position, last) == (EVENTS, EVENTS)
        store_messages(here.database, EVENTS)
        here.publish(here.stored(after=EVENTS))

    assert here.audit(more) == TopicAudit(EVENTS, EVENTS, None)


def test_an_empty_store_and_an_empty_topic_are_equal(here: Audited) -> None:
    empty_the_store(here, after=0)
    assert here.audit() == TopicAudit(0, 0, None)


def empty_the_store(here: Audited, after: int) -> None:
    with psycopg.connect(here.database) as connection:
        connection.execute("delete from casecore.stored_events where notification_id > %s", (after,))


def test_what_the_relay_publishes_late_is_awaited_up_to_where_the_audit_began(here: Audited) -> None:
    # Given a log whose second half is published only when the audit has come to the end of the first
    store_messages(here.database, 3_900 - EVENTS)
    records = here.stored()
    here.publish(records[:2_000])

    # and further events that are stored meanwhile, and never published
    def late(position: int, _last: int) -> None:
        if position == 2_000:
            store_messages(here.database, 50)
            threading.Timer(0.1, here.publish, [records[2_000:]]).start()

    # Then the audit waits for those that it has to compare, and for no others
    assert here.audit(late, catch_up_seconds=LIMIT_SECONDS) == TopicAudit(3_900, 3_900, None)


# Records that are missing, or stand in the wrong place.


def test_an_event_that_is_missing_between_others_is_named(here: Audited) -> None:
    records = here.stored()
    missing = records[30]
    here.publish([*records[:30], *records[31:]])
    following = next(record for record in records[31:] if record.partition == missing.partition)

    # Then at once, without a wait for a relay
    began_at = time.monotonic()
    audit = here.audit(catch_up_seconds=2 * LIMIT_SECONDS)
    assert time.monotonic() - began_at < LIMIT_SECONDS
    assert (audit.events, audit.position) == (EVENTS - 1, EVENTS)
    difference = found_by(audit)
    before = sum(record.partition == missing.partition for record in records[:30])
    assert difference.place == (
        f"{missing.partition} at offset {before}: it has no record before that of a later event"
    )
    assert "at 31," in difference.store
    assert f"at {following.event.position}," in difference.topic


def test_an_event_that_is_missing_at_a_partitions_end_is_named_after_a_wait(here: Audited) -> None:
    records = here.stored()
    here.publish(records[:-1])
    began_at = time.monotonic()
    difference = found_by(here.audit(catch_up_seconds=CATCH_UP_SECONDS))
    assert time.monotonic() - began_at > CATCH_UP_SECONDS
    assert (
        difference.place == f"the end of {records[-1].partition}, where the store's position {EVENTS} belongs"
    )
    assert difference.topic == "nothing"


def test_the_wait_for_a_relay_is_limited_for_the_whole_audit(here: Audited) -> None:
    # Given a topic into which one event after the other comes, each within the limit but all of them not
    records = here.stored()
    asked = threading.Event()

    def slowly() -> None:
        for record in records:
            if asked.wait(CATCH_UP_SECONDS / 3):
                return
            here.publish([record])

    slow = threading.Thread(target=slowly)
    slow.start()
    # Then the audit does not wait for the last
    audit = here.audit(catch_up_seconds=CATCH_UP_SECONDS)
    asked.set()
    slow.join()
    assert audit.events < EVENTS / 2
    assert found_by(audit).topic == "nothing"


def test_events_in_another_order_are_named(here: Audited) -> None:
    # Given two events of one partition that stand in each other's place
    records = here.stored()
    partition = last_used(records)
    last = index_of_last(records, partition)
    before = index_of_last(records[:last], partition)
    swapped = [records[last], *records[before + 1 : last], records[before]]
    here.publish([*records[:before], *swapped, *records[last + 1 :]])

    audit = here.audit()
    difference = found_by(audit)
    assert audit.events == EVENTS - 1
    assert difference.place.startswith(f"{partition} at offset ")
    assert f"at {before + 1}," in difference.store
    assert f"at {last + 1}," in difference.topic


def test_an_event_in_another_partition_is_named(here: Audited) -> None:
    # Given an event that stands in the partition beside its own, and there before others
    records = here.stored()
    beside = records[40].partition
    wrong = next(n for n, record in enumerate(records) if record.partition != beside)
    here.publish([*records[:wrong], Outgoing(beside, records[wrong].event), *records[wrong + 1 :]])

    # Then it is named where it is missing: that is the first place
    audit = here.audit()
    assert audit.events == EVENTS - 1
    difference = found_by(audit)
    assert difference.place.startswith(f"{records[wrong].partition} at offset ")
    assert difference.place.endswith(": it has no record before that of a later event")
    assert difference.store == described(records[wrong].event)


def test_an_event_that_is_also_in_another_partition_is_named(here: Audited) -> None:
    records = here.stored()
    beside = last_used(records)
    copied = next(record for record in records if record.partition != beside)
    here.publish([*records, Outgoing(beside, copied.event)])
    difference = found_by(here.audit())
    offset = sum(record.partition == beside for record in records)
    assert difference.place == (
        f"{beside} at offset {offset}: the store knows no such event of this partition"
    )
    assert f"at {copied.event.position}," in difference.topic


# Records that say something else.


@pytest.mark.parametrize(
    "change",
    [
        {"body": b'{"occurred_at":"2026-03-01T12:00:00Z"}'},
        {"version": 77},
        {"position": EVENTS + 77},
        {"type": "casecore.case.closed.v1"},
        {"stream_id": UUID(int=77)},
        {"recorded_at": datetime(2026, 3, 1, 12, tzinfo=UTC)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_event_that_was_altered_is_named(here: Audited, change: dict[str, Any]) -> None:
    records = here.stored()
    altered = records[-1].event._replace(**change)
    here.publish([*records[:-1], records[-1]._replace(event=altered)])
    audit = here.audit(catch_up_seconds=CATCH_UP_SECONDS)
    difference = found_by(audit)
    assert audit.events == EVENTS - 1
    assert difference.store == described(records[-1].event)
    if altered.position == EVENTS:
        assert difference.place.endswith(": the record is not what was stored")
        assert difference.topic == described(altered)
    else:  # the event's own record is missing, and the altered one is another difference, further on
        assert difference.place.endswith(f"where the store's position {EVENTS} belongs")
        assert difference.topic == "nothing"


def described(event: StoredEvent) -> str:
    body = event.body.decode()
    shown = body if len(body) <= 200 else body[:200] + "..."
    return (
        f"{event.type}, version {event.version} of stream {event.stream_id}, at {event.position}, "
        f"recorded at {event.recorded_at.isoformat()}: {shown}"
    )


@pytest.mark.parametrize("place", [50, EVENTS], ids=["between", "after all"])
def test_a_record_that_something_else_wrote_is_named(here: Audited, place: int) -> None:
    # Given a record without the headers of an event, before the last event of a partition or after it
    records = here.stored()
    partition = last_used(records)
    here.publish(records[:place])
    here.producer.send(partition.topic, b"hello", b"greeting", partition=partition.number).get(LIMIT_SECONDS)
    here.publish(records[place:])

    difference = found_by(here.audit())
    offset = sum(record.partition == partition for record in records[:place])
    assert difference.place == f"{partition} at offset {offset}: it does not come from the relay"
    assert difference.topic.startswith("a record that is not an event: the record has no header ")


# Records that are more than the store has.


def test_an_event_that_is_there_twice_is_named_also_where_newer_ones_come_before_it(here: Audited) -> None:
    # Given a topic that is equal until the audit has come to the end of the log
    records = here.stored()
    partition = last_used(records)
    doubled = records[index_of_last(records, partition)]
    here.publish(records)

    # When new events come into all partitions, and then an old one for the second time
    def more(_position: int, _last: int) -> None:
        store_messages(here.database, EVENTS)
        newer = here.stored(after=EVENTS)
        assert {each.partition for each in newer} == {each.partition for each in records}
        here.publish([*newer, doubled])

    audit = here.audit(more)

    # Then the new ones are passed over, and the old one is named
    difference = found_by(audit)
    assert audit.events == EVENTS
    offset = 2 * sum(record.partition == partition for record in records)
    assert difference.place == (
        f"{partition} at offset {offset}: that event's record had its place before: doubled, or too late"
    )
    assert difference.store == "nothing"
    assert f"at {doubled.event.position}," in difference.topic


@pytest.mark.parametrize("kept", [0, 70], ids=["an empty store", "a store from an older backup"])
def test_what_the_store_does_not_have_although_it_was_published_before_is_named(
    here: Audited, kept: int
) -> None:
    # Given a store without the events, or without the last events, of its topic
    records = here.stored()
    here.publish(records)
    empty_the_store(here, after=kept)

    # Then the first such event is named
    audit = here.audit()
    difference = found_by(audit)
    assert (audit.events, audit.position) == (kept, kept)
    first = records[kept]
    assert difference.place.startswith(f"{first.partition} at offset ")
    assert difference.place.endswith(f": the store's log ends at position {kept}")
    assert difference.store == "nothing"
    assert difference.topic == described(first.event)


# Topics.


def test_each_kind_of_stream_is_compared_with_its_own_topic(
    here: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a second kind of stream, with a topic of its own
    licences = StreamKind("casecore.licence.", "licences")
    for module in ("contract.streams", "relay.published_topics"):
        monkeypatch.setattr(f"casecore.{module}.STREAM_KINDS", (CASES, licences))
    create_topics(here.cluster, here.prefix, 1)
    store_licences(here.database, PARTITIONS)
    here.publish(here.stored())
    assert here.audit() == TopicAudit(EVENTS + PARTITIONS, EVENTS + PARTITIONS, None)

    # When one of its events is there twice
    doubled = here.stored()[-1]
    here.publish([doubled])

    # Then it is named in that topic
    assert doubled.partition.topic == f"{here.prefix}.licences"
    assert found_by(here.audit()).place.startswith(f"{doubled.partition} at offset ")


def store_licences(database: str, count: int) -> None:
    began_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into casecore.stored_events"
            " (originator_id, originator_version, topic, state, recorded_at)"
            " values (%s, 1, 'casecore.licence.granted.v1', %s, %s)",
            [
                (UUID(int=n), b'{"occurred_at":"2026-03-01T12:00:00Z"}', began_at + timedelta(seconds=n))
                for n in range(count)
            ],
        )


def test_a_topic_that_does_not_exist_is_named(
    database: str, kafka_server: Cluster, topic_prefix: str
) -> None:
    migrate(database)
    with pytest.raises(TopicMissing, match=f"{topic_prefix}.cases does not exist"):
        audit_topics(database, kafka_server, topic_prefix)
