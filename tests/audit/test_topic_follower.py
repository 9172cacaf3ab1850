"""The following audit of log and topics, on real servers: what is late, and what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from kafka.errors import KafkaError

from casecore.audit.records import TopicDifference
from casecore.audit.topic_follower import WAITING_EVENTS, TopicFollower
from casecore.kafka.cluster import Cluster
from casecore.postgres.errors import DatabaseUnavailable
from casecore.relay.errors import RelayError
from casecore.relay.messages import Outgoing
from casecore.relay.published_topics import create_topics
from tests.audit.store_and_topics import EVENTS, StoreAndTopics
from tests.relay.running import scene, store_messages, wait_for
from tests.servers import delete_topics


class Followed(StoreAndTopics):
    """A store, its topics, and the audit that follows both."""

    def __init__(self, database: str, cluster: Cluster, prefix: str) -> None:
        super().__init__(database, cluster, prefix)
        self.follower = TopicFollower(database, cluster, prefix)
        self.differences: list[TopicDifference] = []

    def delete(self, where: str) -> None:
        """Delete events from the store behind everybody's back."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(f"delete from casecore.stored_events where {where}".encode())

    def turn(self) -> None:
        """One turn, which a session that has ended may break off; what it finds is kept."""
        try:
            with suppress(DatabaseUnavailable):
                self.follower.turn(500)
        finally:
            self.differences += self.follower.take().differences

    def follow_until(self, holds: Callable[[], bool], what: str) -> None:
        """Turn after turn, until something holds."""

        def turned() -> bool:
            self.turn()
            return holds()

        wait_for(turned, what)

    def is_at(self, position: int) -> Callable[[], bool]:
        """Whether everything is compared up to a position."""
        return lambda: self.follower.position == position and self.follower.waiting == 0

    def finds_one(self) -> TopicDifference:
        """The one difference that there is to be found."""
        self.follow_until(lambda: bool(self.differences), "a difference is found")
        (found,) = self.differences
        return found


@pytest.fixture
def here(database: str, kafka_server: Cluster, topic_prefix: str) -> Iterator[Followed]:
    """A store with events and empty topics."""
    followed = Followed(database, kafka_server, topic_prefix)
    with closing(followed.follower), closing(followed):
        yield followed


# Where nothing is wrong.


def test_nothing_is_found_while_writers_and_a_relay_go_on(here: Followed, tmp_path: Path) -> None:
    def write() -> None:
        for _ in range(40):
            store_messages(here.database, 40)

    with scene(here.database, here.cluster, here.prefix, tmp_path) as published:
        published.start()
        writer = threading.Thread(target=write)
        writer.start()
        # When the audit goes on beside them, from the first event to the last
        here.follow_until(lambda: not writer.is_alive(), "the writer is done")
        last = EVENTS + 40 * 40
        here.follow_until(here.is_at(last), "all is compared")
    assert here.differences == []
    assert (here.follower.compared, here.follower.lag(), here.follower.beginnings) == (last, 0, 1)


def test_what_a_relay_publishes_late_is_waited_for_in_bounded_memory(here: Followed) -> None:
    # Given a relay that publishes nothing for long
    last = 2 * WAITING_EVENTS
    store_messages(here.database, last - EVENTS)
    here.publish(here.stored()[:50])
    here.follow_until(lambda: here.follower.waiting >= WAITING_EVENTS, "as much waits as may")
    here.turn()
    # Then the log is not read on, and that is no difference
    assert (here.follower.waiting, here.follower.position) == (WAITING_EVENTS, 50)
    assert here.follower.lag() == last - 50
    # and once it publishes, everything is compared
    here.publish(here.stored(after=50))
    here.follow_until(here.is_at(last), "all is compared")
    assert here.differences == []


def test_a_session_that_ends_is_no_difference(here: Followed, postgres_server: str) -> None:
    # Given an audit in the middle of its way
    here.publish(here.stored())
    here.follower.turn(50)
    # When PostgreSQL ends its session, and more is stored and published
    name = here.database.rpartition("/")[2]
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
    store_messages(here.database, EVENTS)
    here.publish(here.stored(after=EVENTS))
    # Then it goes on
    here.follow_until(here.is_at(2 * EVENTS), "all is compared")
    assert (here.differences, here.follower.beginnings) == ([], 1)


def test_topics_that_were_created_again_are_compared_from_the_beginning(here: Followed) -> None:
    here.publish(here.stored())
    here.follow_until(here.is_at(EVENTS), "all is compared")
    # When the topics are deleted and created again, and nothing is published into them yet
    delete_topics(here.cluster, here.prefix)
    wait_for(lambda: _created_again(here), "the topics can be created again")
    wait_for(lambda: _turns(here) and here.follower.beginnings == 2, "the audit begins again")
    # Then everything is waited for, and compared when it comes
    wait_for(lambda: _turns(here) and here.follower.waiting == EVENTS, "all is waited for")
    here.publish(here.stored())
    here.follow_until(here.is_at(EVENTS), "all is compared")
    assert here.differences == []
    assert here.follower.compared == 2 * EVENTS


def _created_again(here: Followed) -> bool:
    try:
        create_topics(here.cluster, here.prefix, 1)
    except KafkaError:  # it is still deleting them
        return False
    return True


def _turns(here: Followed) -> bool:
    """Whether a turn ended well; Kafka may not answer about a topic that has just been made."""
    try:
        here.turn()
    except (KafkaError, RelayError):
        return False
    return True


# What is wrong.


def test_a_forged_record_is_named(here: Followed) -> None:
    records = here.stored()
    here.publish(records)
    here.follow_until(here.is_at(EVENTS), "all is compared")
    forged = records[0].event._replace(position=EVENTS + 1_000, version=77, body=b'{"occurred_at":"Muster"}')
    here.publish([Outgoing(records[0].partition, forged)])
    found = here.finds_one()
    assert f": the store's log ends at position {EVENTS}" in found.place
    assert found.place.startswith(f"{records[0].partition} at offset ")
    assert found.store == "nothing"
    assert "version 77" in found.topic
    assert "Muster" not in found.topic


def test_an_altered_record_is_named_and_the_rest_is_compared(here: Followed) -> None:
    records = here.stored()
    altered = records[40]._replace(event=records[40].event._replace(body=b'{"occurred_at":""}'))
    here.publish([*records[:40], altered, *records[41:]])
    here.follow_until(here.is_at(EVENTS), "all is compared")
    assert "the record is not what was stored" in here.finds_one().place
    assert here.follower.compared == EVENTS - 1


def test_a_doubled_record_is_named(here: Followed) -> None:
    records = here.stored()
    here.publish([*records, records[7]])
    assert "doubled, or too late" in here.finds_one().place
    assert f"at {records[7].event.position}," in here.differences[0].topic


def test_a_missing_record_is_named_once_a_later_one_of_its_partition_is_there(here: Followed) -> None:
    records = here.stored()
    here.publish([*records[:30], *records[31:]])
    here.follow_until(here.is_at(EVENTS), "all is compared")
    found = here.finds_one()
    assert found.place.startswith(f"{records[30].partition} at offset ")
    assert "at 31," in found.store


def test_an_event_that_is_deleted_from_the_store_is_named(here: Followed) -> None:
    here.publish(here.stored())
    here.delete("notification_id = 60")
    found = here.finds_one()
    assert found.store == "nothing"
    assert "at 60," in found.topic


def test_a_store_from_an_older_backup_is_named_by_what_it_lacks(here: Followed) -> None:
    # Given a store that was compared to its end
    here.publish(here.stored())
    here.follow_until(here.is_at(EVENTS), "all is compared")
    # When it is restored from a backup without the last events
    here.delete("notification_id > 110")
    here.follow_until(lambda: len(here.differences) == 11, "all differences are found")
    # Then that is said, and each event that the topics have and it has not
    log, *topics = here.differences
    assert log.place == f"the store's log at position {EVENTS}"
    assert here.follower.beginnings == 2
    assert all(
        any(f"at {position}," in found.topic for found in topics) for position in range(111, EVENTS + 1)
    )
