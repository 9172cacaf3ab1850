"""The relay's decisions, without any server: nothing is lost, doubled or reordered, and doubt stops it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from kafka.partitioner import murmur2

from casecore.contract.streams import CASES, topic_name
from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition, Span
from casecore.relay import messages as m
from casecore.relay.bounds import (
    BARRIER_LIMIT_SECONDS,
    LAG_AGAIN_SECONDS,
    STORE_AGAIN_SECONDS,
    TOPICS_AGAIN_SECONDS,
    VISIBLE_LIMIT_SECONDS,
    Bounds,
)
from casecore.relay.errors import (
    BatchInvisible,
    EventUnpublishable,
    LogOutOfOrder,
    OffsetsWentBack,
    RelayError,
    TailDiffers,
    TopicAhead,
    TopicRecreated,
    TransactionHangs,
)
from casecore.relay.place import partition_number
from casecore.relay.protocol import RelayProtocol
from casecore.relay.published_topics import partitions_of

PREFIX = "imagined"
TOPIC = topic_name(PREFIX, CASES)
ALL = partitions_of(PREFIX)
BOUNDS = Bounds(transaction_events=4, transaction_bytes=300, look_back_events=4)


def event(position: int, stream: int = 1, version: int = 1, size: int = 10) -> StoredEvent:
    body = b'{"n":"' + b"x" * size + b'"}'
    recorded_at = datetime(2026, 1, 1, tzinfo=UTC)
    return StoredEvent(position, UUID(int=stream), version, "casecore.case.opened.v1", recorded_at, body)


def started(*, tails: dict[Partition, StoredEvent | None] | None = None) -> RelayProtocol:
    """A relay that has the lock, the fence and the barrier behind it, and these tails before it."""
    protocol = RelayProtocol(PREFIX, BOUNDS)
    protocol.begin()
    assert protocol.handle(m.LockTaken()) == m.ReadTopics()
    assert protocol.handle(m.TopicsRead({TOPIC: "id-1"}, {})) == m.Fence()
    assert isinstance(protocol.handle(m.EarlierRelaysFenced(dict.fromkeys(ALL, 0), 0.0)), m.LookAtStable)
    assert protocol.handle(m.StableSeen(dict.fromkeys(ALL, 2), 0.0)) == m.ReadTails()
    if tails is not None:
        stored = {e.position: e for e in tails.values() if e}
        found = dict.fromkeys(ALL, None) | tails
        assert isinstance(protocol.handle(m.TailsRead(found, stored, max(stored, default=0))), m.FindPlaces)
        assert isinstance(protocol.handle(m.PlacesFound({TOPIC: 0})), m.RememberTopics)
        assert isinstance(protocol.handle(m.TopicsRemembered()), m.ReadLog)
    return protocol


def stop_of(request: m.RelayRequest) -> RelayError:
    assert isinstance(request, m.Stop)
    assert request.because is not None
    return request.because


def test_a_relay_waits_while_another_one_publishes() -> None:
    protocol = RelayProtocol(PREFIX)
    assert protocol.begin() == m.TakeLock(0)
    # It looks at once how far the other one is, and tries for the lock again after a pause
    assert protocol.handle(m.LockBusy(100.0)) == m.MeasureLag()
    request = protocol.handle(m.LagMeasured(100.1))
    assert isinstance(request, m.TakeLock)
    assert request.pause_seconds > 0
    # and looks again from time to time
    assert protocol.handle(m.LockBusy(100.1 + LAG_AGAIN_SECONDS - 0.1)) == request
    assert protocol.handle(m.LockBusy(100.1 + LAG_AGAIN_SECONDS)) == m.MeasureLag()


def test_postgresql_is_asked_again_ever_more_seldom_up_to_a_bound() -> None:
    protocol = RelayProtocol(PREFIX)
    protocol.begin()
    requests = [protocol.handle(m.StoreUnavailable()) for _ in range(12)]
    pauses = [r.pause_seconds for r in requests if isinstance(r, m.TakeLock)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == STORE_AGAIN_SECONDS
    assert protocol.handle(m.LockTaken()) == m.ReadTopics()


def test_a_topic_that_was_created_again_is_refused_with_what_to_do() -> None:
    protocol = RelayProtocol(PREFIX)
    protocol.begin()
    protocol.handle(m.LockTaken())
    error = stop_of(protocol.handle(m.TopicsRead({TOPIC: "id-2"}, {TOPIC: "id-1"})))
    assert isinstance(error, TopicRecreated)
    assert all(part in str(error) for part in (TOPIC, "id-1", "id-2", "delete", "forget the old topics"))


def test_a_relay_without_news_looks_whether_its_topics_are_still_the_same() -> None:
    protocol = started(tails={})
    # Given nothing to publish for some time
    assert isinstance(protocol.handle(m.EventsRead(())), m.AwaitNews)
    assert isinstance(protocol.handle(m.Woken(TOPICS_AGAIN_SECONDS - 0.1)), m.ReadLog)
    assert protocol.handle(m.Woken(TOPICS_AGAIN_SECONDS)) == m.LookAtTopics()
    # When Kafka does not say, or they are the same, it goes on, and looks again after as long
    assert isinstance(protocol.handle(m.TopicsSeen(None, TOPICS_AGAIN_SECONDS)), m.ReadLog)
    assert isinstance(protocol.handle(m.Woken(2 * TOPICS_AGAIN_SECONDS - 0.1)), m.ReadLog)
    assert protocol.handle(m.Woken(2 * TOPICS_AGAIN_SECONDS)) == m.LookAtTopics()
    assert isinstance(protocol.handle(m.TopicsSeen({TOPIC: "id-1"}, 2 * TOPICS_AGAIN_SECONDS)), m.ReadLog)
    # also while it publishes into others,
    request = protocol.handle(m.EventsRead((event(1),)))
    assert isinstance(request, m.Send)
    protocol.handle(m.Sent({request.outgoing[0].partition: Span(5, 5)}))
    protocol.handle(m.Committed(3 * TOPICS_AGAIN_SECONDS))
    assert protocol.handle(m.StableSeen(dict.fromkeys(ALL, 9), 3 * TOPICS_AGAIN_SECONDS)) == m.LookAtTopics()
    # and when one is another one, it refuses
    assert isinstance(
        stop_of(protocol.handle(m.TopicsSeen({TOPIC: "id-2"}, 3 * TOPICS_AGAIN_SECONDS))), TopicRecreated
    )


def test_an_old_transaction_that_stays_open_is_aborted_and_then_doubted() -> None:
    # Given a barrier whose fillers do not become stable
    protocol = RelayProtocol(PREFIX)
    protocol.begin()
    protocol.handle(m.LockTaken())
    protocol.handle(m.TopicsRead({TOPIC: "id-1"}, {}))
    protocol.handle(m.EarlierRelaysFenced(dict.fromkeys(ALL, 5), 100.0))
    stable = dict.fromkeys(ALL, 6) | {ALL[3]: 4}

    # When there is still time, it looks again, and only where it is needed
    again = protocol.handle(m.StableSeen(stable, 100.0 + BARRIER_LIMIT_SECONDS - 0.1))
    assert isinstance(again, m.LookAtStable)
    assert again.partitions == (ALL[3],)

    # Then it aborts what hangs there, once, and gives up after the same time
    late = 100.0 + BARRIER_LIMIT_SECONDS
    assert protocol.handle(m.StableSeen({ALL[3]: 4}, late)) == m.AbortHanging({ALL[3]: 5})
    assert isinstance(protocol.handle(m.HangingAborted(late)), m.LookAtStable)
    error = stop_of(protocol.handle(m.StableSeen({ALL[3]: 5}, late + BARRIER_LIMIT_SECONDS)))
    assert isinstance(error, TransactionHangs)
    assert str(ALL[3]) in str(error)


def test_a_store_from_an_older_backup_is_refused() -> None:
    protocol = started()
    tails = dict.fromkeys(ALL, None) | {ALL[0]: event(10)}
    error = stop_of(protocol.handle(m.TailsRead(tails, {}, last_position=7)))
    assert isinstance(error, TopicAhead)
    assert "10" in str(error)
    assert "7" in str(error)


@pytest.mark.parametrize(
    "other",
    [
        event(10, stream=2),
        event(10, version=2),
        event(10)._replace(type="casecore.case.taken.v1"),
        event(10)._replace(body=b"{}"),
        None,
    ],
)
def test_a_topic_of_another_store_is_refused(other: StoredEvent | None) -> None:
    protocol = started()
    tails = dict.fromkeys(ALL, None) | {ALL[0]: event(10)}
    stored = {10: other} if other else {}
    assert isinstance(stop_of(protocol.handle(m.TailsRead(tails, stored, 12))), TailDiffers)


def test_a_transaction_is_bounded_in_events_and_in_bytes() -> None:
    # Given eight small events, of which the third is as large as a transaction may be
    protocol = started(tails={})
    log = [event(n, version=n, size=400 if n == 3 else 10) for n in range(1, 9)]
    batches = []

    # When they are read and published
    request = protocol.handle(m.EventsRead(tuple(log)))
    offset = 10
    while isinstance(request, m.Send):
        batches.append([out.event.position for out in request.outgoing])
        span = Span(offset, offset + len(request.outgoing) - 1)
        offset += 100
        place = request.outgoing[0].partition
        assert isinstance(protocol.handle(m.Sent({place: span})), m.Commit)
        assert isinstance(protocol.handle(m.Committed(0.0)), m.LookAtStable)
        request = protocol.handle(m.StableSeen({place: span.last + 1}, 0.0))

    # Then the large one goes alone, and no transaction has more than four
    assert batches == [[1, 2], [3], [4, 5, 6, 7], [8]]
    assert protocol.position == 8


def test_the_next_transaction_waits_until_the_last_one_is_visible() -> None:
    protocol = started(tails={})
    request = protocol.handle(m.EventsRead((event(1),)))
    assert isinstance(request, m.Send)
    place = request.outgoing[0].partition
    assert protocol.handle(m.Sent({place: Span(7, 7)})) == m.Commit()
    assert protocol.handle(m.Committed(50.0)) == m.LookAtStable((place,), 0)
    assert protocol.position == 0
    assert isinstance(protocol.handle(m.StableSeen({place: 7}, 50.1)), m.LookAtStable)
    late = m.StableSeen({place: 7}, 50.0 + VISIBLE_LIMIT_SECONDS)
    assert isinstance(stop_of(protocol.handle(late)), BatchInvisible)


def test_what_a_partition_has_is_not_sent_again() -> None:
    place = Partition(TOPIC, partition_number(UUID(int=1)))
    protocol = started(tails={place: event(2)})
    request = protocol.handle(m.EventsRead((event(1), event(2), event(3))))
    assert isinstance(request, m.Send)
    assert [out.event.position for out in request.outgoing] == [3]


def test_records_that_are_numbered_from_scratch_stop_the_relay_before_they_are_committed() -> None:
    protocol = started(tails={})
    request = protocol.handle(m.EventsRead((event(1),)))
    assert isinstance(request, m.Send)
    place = request.outgoing[0].partition
    assert isinstance(stop_of(protocol.handle(m.Sent({place: Span(0, 0)}))), OffsetsWentBack)


def test_a_log_that_goes_back_stops_the_relay() -> None:
    assert isinstance(stop_of(started(tails={}).handle(m.EventsRead((event(2), event(2))))), LogOutOfOrder)


def test_an_event_without_a_topic_stops_the_relay_and_is_named() -> None:
    foreign = event(4)._replace(type="other.thing.happened.v1")
    error = stop_of(started(tails={}).handle(m.EventsRead((foreign,))))
    assert isinstance(error, EventUnpublishable)
    assert "other.thing.happened.v1" in str(error)
    assert "4" in str(error)


def test_a_request_to_end_is_heard_at_once() -> None:
    assert started(tails={}).handle(m.StopAsked()) == m.Stop(None)


def test_a_key_goes_where_kafkas_own_clients_put_it() -> None:
    # These hashes are from the tests of Kafka's Java client, as signed numbers.
    for text, hashed in ((b"21", -973932308), (b"foobar", -790332482), (b"abc", 479470107)):
        assert murmur2(text) == hashed % 2**32
    # A stream must stay where it is for ever, or its order is lost.
    ids = ["00000000-0000-0000-0000-000000000001", "6f1d9f0a-54a5-5c0e-9d7e-1f6a3c2b7e10"]
    assert [partition_number(UUID(i)) for i in ids] == [2, 1]
