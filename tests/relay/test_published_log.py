"""The log up to what is published: the relay notes its place, and nobody reads further."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from casecore.relay import published_log
from casecore.relay.published_log import PublishedLog
from casecore.relay.published_topics import topics_of
from casecore.relay.session import RelaySession, forget_topics
from casecore.store.migrations import migrate
from tests.relay.running import store_messages
from tests.waiting import LIMIT_SECONDS

TOPICS = {topic: f"id of {topic}" for topic in topics_of("some")}


@pytest.fixture
def log(database: str) -> Iterator[PublishedLog]:
    migrate(database)
    store_messages(database, 30)
    reader = PublishedLog(database, "some", waits=True)
    yield reader
    reader.close()


@pytest.fixture
def relay(database: str, log: PublishedLog) -> Iterator[RelaySession]:
    """A relay that has the lock."""
    session = RelaySession(database, "some")
    assert session.take_lock() is None
    session.remember_topics(TOPICS)
    yield session
    session.close()


def test_nothing_is_published_before_a_relay_says_so(log: PublishedLog) -> None:
    assert log.published() == (0, None, 30)
    assert log.read(0, log.place(), 100) == []


def test_it_is_read_up_to_the_place_that_the_relay_noted(log: PublishedLog, relay: RelaySession) -> None:
    relay.note_place(20)
    assert log.place() == 20
    assert [event.position for event in log.read(12, log.place(), 5)] == [13, 14, 15, 16, 17]
    assert [event.position for event in log.read(17, log.place(), 5)] == [18, 19, 20]
    published = log.published()
    assert (published.position, published.behind) == (20, 10)
    assert published.as_of == log.read(19, 20, 1)[0].recorded_at


def test_long_events_are_read_a_few_at_a_time(
    log: PublishedLog, relay: RelaySession, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.note_place(20)
    one, other = (len(event.body) for event in log.read(0, 20, 2))
    for most_bytes, positions in ((1, [1]), (one, [1]), (one + 1, [1, 2]), (one + other + 1, [1, 2, 3])):
        monkeypatch.setattr(published_log, "MOST_READ_BYTES", most_bytes)
        assert [event.position for event in log.read(0, 20, 100)] == positions


def test_a_relay_of_another_prefix_says_nothing_of_it(
    database: str, log: PublishedLog, relay: RelaySession
) -> None:
    relay.note_place(20)
    other = PublishedLog(database, "other")
    assert other.place() == 0
    other.close()


def test_a_relay_that_begins_further_back_takes_back_nothing(
    database: str, log: PublishedLog, relay: RelaySession
) -> None:
    # Given a relay that has ended, when another one begins one transaction before
    relay.note_place(20)
    relay.close()
    with_lock = RelaySession(database, "some")
    assert with_lock.take_lock() is None
    with_lock.remember_topics(TOPICS)
    with_lock.note_place(12)
    assert log.place() == 20
    with_lock.note_place(21)
    assert log.place() == 21
    with_lock.close()


@pytest.mark.parametrize("how", ["all are forgotten", "one is created anew"])
def test_nothing_is_published_into_topics_that_are_new(
    database: str, log: PublishedLog, relay: RelaySession, how: str
) -> None:
    relay.note_place(20)
    if how == "all are forgotten":
        forget_topics(database, "some")
    else:
        with psycopg.connect(database) as connection:
            connection.execute("delete from casecore.relay_topics where topic = 'some.cases'")
        relay.remember_topics(TOPICS)
    assert log.place() == 0


def test_who_waits_is_woken_when_more_is_published(log: PublishedLog, relay: RelaySession) -> None:
    log.place()  # from its first session on it is notified
    relay.note_place(5)
    began_at = time.monotonic()
    log.wait(LIMIT_SECONDS)
    assert time.monotonic() - began_at < LIMIT_SECONDS / 2
