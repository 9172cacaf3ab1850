"""Store, relay and Kafka together: every stored event is in the topic once, whatever happens on the way."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaProducer

from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from casecore.relay.driver import EXIT_FAILED, EXIT_REFUSED, Relay, RelayConfig
from casecore.relay.health import RelayHealth
from casecore.relay.published_log import PublishedLog
from casecore.relay.published_topics import create_topics
from casecore.relay.session import forget_topics
from casecore.store.migrations import migrate
from tests.relay.running import Scene, scene, store_messages, wait_for
from tests.waiting import LIMIT_SECONDS


@pytest.fixture
def published(database: str, kafka_server: Cluster, topic_prefix: str, tmp_path: Path) -> Iterator[Scene]:
    """A store without events, its topic, and no relay yet."""
    migrate(database)
    create_topics(kafka_server, topic_prefix, 1)
    with scene(database, kafka_server, topic_prefix, tmp_path) as made:
        yield made


def all_arrived(here: Scene) -> None:
    wait_for(lambda: here.positions() == here.stored_positions(), "each stored event is in the topic, once")


def take_its_lock_away(here: Scene) -> None:
    """End the database session that holds the lock, as a broken network would."""
    with psycopg.connect(here.database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = "
            "(select oid from pg_database where datname = current_database())"
        )


def test_each_event_is_published_once_in_order_with_its_headers(published: Scene) -> None:
    # Given events from before the relay ran, and some from while it runs
    store_messages(published.database, 300)
    relay = published.start()
    wait_for(lambda: published.visible_end() > 300, "the first events are visible")
    store_messages(published.database, 25)

    # When all have arrived
    all_arrived(published)

    # Then each partition has them in the order of their positions, under their streams' keys
    with psycopg.connect(published.database) as connection:
        rows = connection.execute(
            "select notification_id, originator_id, originator_version, topic, state, recorded_at "
            "from casecore.stored_events"
        ).fetchall()
    stored = {row[0]: row[1:] for row in rows}
    for records in published.records().values():
        positions = [int(dict(record.headers)["ce_position"]) for record in records]
        assert all(a < b for a, b in pairwise(positions))
        for record in records:
            headers = {name: value.decode() for name, value in record.headers}
            stream, version, event_type, body, _ = stored[int(headers["ce_position"])]
            assert record.key == str(stream).encode()
            assert record.value == bytes(body)
            assert headers["ce_specversion"] == "1.0"
            assert headers["ce_id"] == f"{stream}/{version}"
            assert headers["ce_source"] == f"urn:{published.prefix}:cases"
            assert headers["ce_type"] == event_type
            assert headers["ce_streamversion"] == str(version)
            assert headers["ce_time"] == json.loads(record.value)["occurred_at"]
            assert headers["content-type"] == "application/json"
    # and the store says up to where it is published
    log = PublishedLog(published.database, published.prefix)
    wait_for(lambda: log.published().behind == 0, "the relay has noted its place")
    log.close()
    # and the relay ends when it is asked to
    assert relay.end() == 0


def test_a_relay_that_is_killed_again_and_again_publishes_each_event_once(published: Scene) -> None:
    # Given more events than one transaction holds
    store_messages(published.database, 16_000, streams=500)
    chance = random.Random(20260301)

    # When relays are killed while they publish
    for _ in range(4):
        before = published.visible_end()
        target = before + chance.randrange(50, 3_500)
        relay = published.start()
        wait_for(lambda target=target: published.visible_end() >= target, "the relay goes on")  # type: ignore[misc]
        relay.kill()
        assert "relay.refused" not in relay.said()

    # Then another one completes the topic, and nothing is lost or doubled
    last = published.start()
    wait_for(lambda: "relay.lock_taken" in last.said(), "the last relay runs")
    wait_for(lambda: published.visible_end() > 16_000, "the rest is published")
    all_arrived(published)
    assert last.end() == 0


def test_a_second_relay_waits_for_its_turn(published: Scene) -> None:
    # Given a relay that publishes, and a second one
    store_messages(published.database, 10)
    first = published.start()
    all_arrived(published)
    second = published.start()
    wait_for(lambda: "relay.standing_by" in second.said(), "the second one stands by")

    # When the first one is killed
    store_messages(published.database, 10)
    all_arrived(published)
    assert "relay.lock_taken" not in second.said()
    first.kill()
    store_messages(published.database, 10)

    # Then the second one goes on where it was
    all_arrived(published)
    assert second.end() == 0


def test_a_relay_on_stand_by_says_who_is_in_its_way_and_how_much_waits(published: Scene) -> None:
    # Given a session of somebody who may write, which holds the relay's lock and publishes nothing
    relay = published.start()
    store_messages(published.database, 10)
    all_arrived(published)
    with psycopg.connect(published.database, autocommit=True, application_name="by hand") as session:
        relay.kill()
        holds = f"select pg_try_advisory_lock(hashtextextended('casecore.relay.{published.prefix}', 0))"
        wait_for(lambda: session.execute(holds.encode()).fetchone() == (True,), "the lock is taken by hand")
        store_messages(published.database, 7)
        # When a relay stands by
        health = RelayHealth()
        standing_by = Relay(RelayConfig(published.database, published.cluster, published.prefix), health)
        thread = Thread(target=standing_by.run)
        thread.start()
        # Then its health shows what waits, and whose session holds the lock
        try:
            wait_for(lambda: health.status().lag_events == 7, "it measures the lag")
            assert f"the session with pid {session.info.backend_pid} holds" in health.status().reason
        finally:
            standing_by.stop()
            thread.join(LIMIT_SECONDS)


def test_a_relay_without_its_lock_ends(published: Scene) -> None:
    # Given a relay whose database session is ended from outside
    store_messages(published.database, 1)
    relay = published.start()
    all_arrived(published)
    take_its_lock_away(published)
    # Then it ends, and says why
    assert relay.ended() == EXIT_FAILED
    assert "LockLost" in relay.said()


def test_a_relay_that_was_paused_and_replaced_harms_nobody_when_it_wakes_up(published: Scene) -> None:
    # Given a relay that was stopped while it published, and lost its lock meanwhile
    store_messages(published.database, 12_000, streams=500)
    first = published.start()
    wait_for(lambda: published.visible_end() > 500, "the first relay publishes")
    first.pause()
    take_its_lock_away(published)

    # When a second one has taken over, and the first one continues
    second = published.start()
    wait_for(lambda: published.visible_end() > 12_000, "the second relay publishes the rest")
    first.wake()

    # Then the first one ends, and the second one goes on undisturbed
    assert first.ended() == EXIT_FAILED
    store_messages(published.database, 100)
    all_arrived(published)
    assert second.end() == 0


def test_a_topic_that_was_created_again_is_refused_until_it_is_forgotten(published: Scene) -> None:
    # Given a topic that was published into, deleted and created again
    store_messages(published.database, 30)
    relay = published.start()
    all_arrived(published)
    assert relay.end() == 0
    with KafkaAdminClient(**connection(published.cluster)) as admin:
        admin.delete_topics([published.topic])
        wait_for(lambda: published.topic not in admin.list_topics(), "the topic is gone")
    absent = published.start()
    assert absent.ended() == EXIT_REFUSED
    assert "does not exist: create it" in absent.said()
    create_topics(published.cluster, published.prefix, 1)

    # Then a relay refuses to go on in the middle of it
    refusing = published.start()
    assert refusing.ended() == EXIT_REFUSED
    assert "TopicRecreated" in refusing.said()
    assert "let the relay forget the old" in refusing.said()
    assert "casecore topics forget" in refusing.said()
    assert published.positions() == []

    # and publishes everything again once an operator wants that
    assert published.topic in forget_topics(published.database, published.prefix)
    again = published.start()
    all_arrived(published)
    assert again.end() == 0


def test_a_store_that_was_restored_from_an_older_backup_is_refused(published: Scene) -> None:
    # Given a store that has lost its last events after they were published
    store_messages(published.database, 40)
    relay = published.start()
    all_arrived(published)
    assert relay.end() == 0
    with psycopg.connect(published.database) as connection:
        connection.execute("delete from casecore.stored_events where notification_id > 30")

    # Then a relay refuses
    refusing = published.start()
    assert refusing.ended() == EXIT_REFUSED
    assert "TopicAhead" in refusing.said()

    # and also when the lost positions are taken by other events
    with psycopg.connect(published.database) as connection:
        connection.execute(
            "select setval(pg_get_serial_sequence('casecore.stored_events', 'notification_id'), 30)"
        )
    store_messages(published.database, 20, text="Andere Worte")
    refusing = published.start()
    assert refusing.ended() == EXIT_REFUSED
    assert "TailDiffers" in refusing.said()


def test_a_transaction_that_hangs_is_aborted(published: Scene) -> None:
    # Given a partition in which a transaction stays open, so that its readers are held up
    store_messages(published.database, 60)
    hanging = KafkaProducer(
        **connection(published.cluster),
        transactional_id=f"{published.prefix}-hanging",
        transaction_timeout_ms=600_000,
    )
    hanging.init_transactions()
    # An earlier transaction that has ended: since then the partition knows its coordinator's epoch.
    hanging.begin_transaction()
    hanging.send(published.topic, b"{}", partition=3).get(LIMIT_SECONDS)
    hanging.abort_transaction()
    hanging.begin_transaction()
    hanging.send(published.topic, b"{}", partition=3).get(LIMIT_SECONDS)

    # When a relay starts
    relay = published.start()

    # Then it aborts that transaction and publishes
    all_arrived(published)
    assert "relay.aborted_hanging_transactions" in relay.said()
    assert relay.end() == 0
    hanging.close(timeout=0)
