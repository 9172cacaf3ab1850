"""The simulated Kafka and a real one do the same: transactions, fences, and groups of consumers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Span
from tests.simulation.checks.both_kafkas import GroupMember, KafkaSide, RealKafka, SimulatedKafka
from tests.simulation.servers.partitions import Fenced

BODY = b'{"occurred_at":"2026-01-01T00:00:00Z"}'
STREAM = UUID(int=4)  # of partition 0


def event(position: int) -> StoredEvent:
    recorded_at = datetime(2026, 1, 1, tzinfo=UTC)
    return StoredEvent(position, STREAM, position, "casecore.case.opened.v1", recorded_at, BODY)


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.servers)])
def side(request: pytest.FixtureRequest) -> Iterator[KafkaSide]:
    if request.param == "simulated":
        yield SimulatedKafka()
        return
    real = RealKafka(request.getfixturevalue("kafka_server"), request.getfixturevalue("topic_prefix"))
    yield real
    real.close()


def test_aborted_records_take_offsets_and_are_not_seen(side: KafkaSide) -> None:
    assert side.relay().fence() == 0
    side.until(lambda: side.stable() == 2)  # the filler, and the mark that ended it
    assert side.tail() is None


def test_a_transaction_takes_offsets_in_a_row_and_one_more_for_its_end(side: KafkaSide) -> None:
    relay = side.relay()
    relay.fence()
    assert relay.publish(event(1), event(2), event(3)) == Span(2, 4)
    side.until(lambda: side.stable() == 6)
    assert side.tail() == 3
    assert relay.publish(event(4)) == Span(6, 6)


def test_an_open_transaction_holds_readers_back_until_its_successor_ends_it(side: KafkaSide) -> None:
    # Given a relay that has sent a record, and said no more
    relay = side.relay()
    relay.fence()
    relay.publish(event(1))
    side.until(lambda: side.stable() == 4)
    relay.send_without_end(event(2))
    assert side.stable() == 4

    # When another one takes its place
    successor = side.relay()
    successor.fence()

    # Then what was open is aborted, and the reader goes on
    side.until(lambda: side.stable() == 8)
    assert side.tail() == 1
    # and the first one can neither commit nor send
    with pytest.raises(Fenced):
        relay.commit()
    assert successor.publish(event(2)) == Span(8, 8)
    side.until(lambda: side.stable() == 10)
    assert side.tail() == 2


def test_a_woken_relay_cannot_begin_another_transaction(side: KafkaSide) -> None:
    relay, successor = side.relay(), side.relay()
    relay.fence()
    successor.fence()
    with pytest.raises(Fenced):
        relay.publish(event(1))
    side.until(lambda: side.stable() >= 4)
    assert side.tail() is None


def test_an_administrator_aborts_what_is_open_and_began_before(side: KafkaSide) -> None:
    relay = side.relay()
    relay.fence()
    side.until(lambda: side.stable() == 2)
    relay.send_without_end(event(1))
    assert side.stable() == 2
    assert side.abort_hanging(before=2) == 0
    assert side.abort_hanging(before=3) == 1
    side.until(lambda: side.stable() == 4)
    assert side.tail() is None
    assert side.abort_hanging(before=100) == 0


def test_the_members_of_a_group_share_its_partitions(side: KafkaSide) -> None:
    # A machine that stands still for ten seconds makes a broker forget members, and one of the library's may
    # not come back then: the whole story is told again by others.
    for last in (False, False, True):
        try:
            members_share_the_partitions(side)
        except AssertionError:
            if last:
                raise
            side.leave_all()
        else:
            break


def members_share_the_partitions(side: KafkaSide) -> None:
    everything = set(range(12))

    def all_polled(*members: GroupMember) -> bool:
        for member in members:
            member.poll()
        return True

    # Given a member that has all partitions
    first = side.member()
    side.until(lambda: all_polled(first) and first.assigned() == everything)

    # When another one joins, then each has half of them
    second = side.member()
    side.until(
        lambda: all_polled(first, second) and len(first.assigned()) == 6 and len(second.assigned()) == 6
    )
    assert first.assigned() | second.assigned() == everything

    # When it leaves, then the first one has all of them again
    second.leave()
    side.until(lambda: all_polled(first) and first.assigned() == everything)
