"""The quarantine on real servers: what is parked, trying it again, and leaving a record out by decision."""

from __future__ import annotations

import dataclasses

import pytest
from kafka import KafkaProducer

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import to_record
from casecore.kafka.settings import connection
from projections.kit.errors import InvalidKey, KeyParked, NothingParked
from projections.kit.quarantine.quarantine import list_parked, retry, skip
from projections.kit.reading.waiting import wait_for_version
from projections.kit.rebuild.rebuild import audit_view, rebuild
from projections.timeline.projection import TIMELINE, LastStanding
from tests.projections.histories import ESCALATE, HAND_BACK, RESOLVE, TAKE, Sent, history
from tests.projections.live import PARTITIONS, Place, until
from tests.waiting import LIMIT_SECONDS

KEY = str(case_stream_id("K-1"))


def records_of(reference: str) -> list[Sent]:
    return [Sent("", 0, 0, *to_record(event)) for event in history(reference, [TAKE, ESCALATE, RESOLVE])]


def parked_count(place: Place) -> object:
    return place.one("select count(*) from timeline.quarantine")


def test_a_skipped_record_lets_the_rest_of_its_case_through_also_in_a_rebuild(place: Place) -> None:
    # given: a case whose second record nobody can read, and another case
    records = records_of("K-1")
    records[1] = records[1]._replace(value=b"{")
    place.send_records([*records, *records_of("K-2")])
    with place.running(TIMELINE) as status:
        until(lambda: parked_count(place) == 3, "it and what follows is parked")
        until(lambda: place.one("select count(*) from timeline.events") == 5, "nobody else waits")
        until(lambda: status.quarantined_records._value.get() == 3, "the metric shows it")
        assert status.quarantined_keys._value.get() == 1
        (parked,) = list_parked(TIMELINE, place.database)
        assert (parked.key, parked.reason, parked.records) == (KEY, "unreadable_body", 3)
        with pytest.raises(KeyParked):
            wait_for_version(place.database, TIMELINE, case_stream_id("K-1"), 4, limit_seconds=LIMIT_SECONDS)
        # what is parked is no difference to the fold (law 3)
        assert audit_view(TIMELINE, place.where).equal is True
        # when: it is tried again, it fails again, and nothing has changed
        (again,) = retry(TIMELINE, place.database, KEY)
        assert (again.released, again.remaining, again.reason) == (0, 3, "unreadable_body")
        # when: the operator leaves it out
        done = skip(TIMELINE, place.database, KEY, "sent by a broken tool; ticket 12")
        assert (done.released, done.remaining, done.reason) == (3, 0, None)
        # then: the case goes on, and so do its new events, in the runner that has run all the while
        assert [v for (v,) in place.ask("select version from timeline.events where case_id = %s", KEY)] == [
            1, 3, 4,
        ]  # fmt: skip
        more = history("K-1", [TAKE, ESCALATE, RESOLVE, HAND_BACK, TAKE])
        assert len(more) == 4
        place.send([more[3]._replace(version=5)])
        assert wait_for_version(
            place.database, TIMELINE, case_stream_id("K-1"), 5, limit_seconds=LIMIT_SECONDS
        )
        # and a rebuild follows the decision
        assert rebuild(TIMELINE, place.where).equal is True
    assert place.ask("select decision from timeline.skipped") == [("sent by a broken tool; ticket 12",)]


def test_a_retry_applies_the_whole_case_in_order_once_the_program_has_been_fixed(place: Place) -> None:
    # given: a program that fails on one event of a case
    def evolve(state: LastStanding | None, event: RecordedEvent[EventData]) -> LastStanding:
        if event.version == 2:
            raise ValueError("a mistake in the program")
        return TIMELINE.evolve(state, event)

    place.send_records(records_of("K-1"))
    with place.running(dataclasses.replace(TIMELINE, evolve=evolve)):
        until(lambda: parked_count(place) == 3, "it and what follows is parked")
    assert "a mistake in the program" in list_parked(TIMELINE, place.database)[0].detail
    with place.running(TIMELINE):
        # when: it has been fixed, what is parked still is, and does not differ from the fold (law 3)
        assert audit_view(TIMELINE, place.where).equal is True
        (done,) = retry(TIMELINE, place.database)
        # then
        assert (done.key, done.released, done.remaining) == (KEY, 3, 0)
        assert [v for (v,) in place.ask("select version from timeline.events order by 1")] == [1, 2, 3, 4]
        assert audit_view(TIMELINE, place.where).equal is True
        place.send(history("K-2", [TAKE]))
        until(lambda: place.one("select count(*) from timeline.events") == 6, "the runner goes on")


def test_what_only_a_newer_program_could_read_goes_on_by_itself_once_that_program_runs(place: Place) -> None:
    # given: two cases that an earlier program could not apply, one of them since it knew fewer words
    def evolve(state: LastStanding | None, event: RecordedEvent[EventData]) -> LastStanding:
        if event.version == 2:
            raise ValueError("as an earlier program would")
        return TIMELINE.evolve(state, event)

    place.send_records([*records_of("K-1"), *records_of("K-2"), *records_of("K-3")])
    with place.running(dataclasses.replace(TIMELINE, evolve=evolve)):
        until(lambda: parked_count(place) == 9, "they are parked, each with what follows")
    for reference, reason in (("K-1", "newer_word"), ("K-2", "newer_version")):
        place.ask(
            "update timeline.quarantine set reason = %s where reason = 'not_applicable' and key = %s",
            reason,
            str(case_stream_id(reference)).encode(),
        )
    # when: today's program starts; then both go on, in order, and what is parked for another reason stays
    with place.running(TIMELINE):
        until(lambda: parked_count(place) == 3, "they are out of quarantine")
        (parked,) = list_parked(TIMELINE, place.database)
        assert (parked.key, parked.reason) == (str(case_stream_id("K-3")), "not_applicable")
        place.send(history("K-4", [TAKE]))
        until(lambda: place.one("select count(*) from timeline.events") == 11, "the runner goes on")
        retry(TIMELINE, place.database)
        assert audit_view(TIMELINE, place.where).equal is True


def test_a_value_that_postgresql_refuses_stays_parked_while_what_is_before_it_is_released(
    place: Place,
) -> None:
    # given: the second record is unreadable, the fourth holds a NUL
    records = records_of("K-1")
    records[1] = records[1]._replace(value=b"{")
    records[3] = records[3]._replace(value=(records[3].value or b"").replace(b'"solved"', b'"so\\u0000"'))
    place.send_records(records)
    with place.running(TIMELINE):
        until(lambda: parked_count(place) == 3, "it is parked")
    # when
    done = skip(TIMELINE, place.database, KEY, "unreadable")
    # then
    assert (done.released, done.remaining, done.reason) == (2, 1, "refused_by_database")
    assert [v for (v,) in place.ask("select version from timeline.events order by 1")] == [1, 3]
    assert parked_count(place) == 1


def test_a_record_whose_key_is_no_id_can_be_listed_and_skipped(place: Place) -> None:
    place.send_records([Sent("", 0, 0, b"\xff\x00", b"{}", [])])
    with place.running(TIMELINE):
        until(lambda: parked_count(place) == 1, "it is parked")
    (parked,) = list_parked(TIMELINE, place.database)
    assert parked.key == "hex:ff00"
    assert skip(TIMELINE, place.database, parked.key, "foreign").remaining == 0
    assert parked_count(place) == 0
    assert audit_view(TIMELINE, place.where).equal is True


def test_a_key_that_is_not_parked_is_refused(place: Place) -> None:
    with place.running(TIMELINE):
        until(lambda: parked_count(place) == 0, "the view is there")
    with pytest.raises(NothingParked):
        retry(TIMELINE, place.database, KEY)


def send_to(place: Place, partition: int | None, record: Sent) -> int:
    """Send a record to a partition, or to that of its key; returns which."""
    with KafkaProducer(**connection(place.cluster)) as producer:
        sent = producer.send(
            place.topic, key=record.key, value=record.value, headers=record.headers, partition=partition
        )
        return int(sent.get(timeout=LIMIT_SECONDS).partition)


def forged(version: int) -> Sent:
    """A record of K-1 that somebody has made up; `version` is what it claims to be."""
    event = history("K-1", [TAKE])[1]
    return Sent("", 0, 0, *to_record(event._replace(version=version)))


def other_partition(place: Place) -> int:
    """A partition in which the records of K-1 do not belong; sends its first one to find out."""
    return (send_to(place, None, records_of("K-1")[0]) + 1) % PARTITIONS


def test_a_forged_record_in_another_partition_once_left_out_stops_nothing_any_more(place: Place) -> None:
    # given: a runner that has all partitions, and in one of them a forged record of a case of another
    elsewhere = other_partition(place)
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == 1, "the case is there")
        send_to(place, elsewhere, forged(version=7))
        until(lambda: parked_count(place) == 1, "it is parked as a gap")
        # when: it is left out, and the case goes on in its own partition
        assert skip(TIMELINE, place.database, KEY, "forged").remaining == 0
        place.send_records(records_of("K-1")[1:])
        # then
        assert wait_for_version(
            place.database, TIMELINE, case_stream_id("K-1"), 4, limit_seconds=LIMIT_SECONDS
        )
        assert parked_count(place) == 0


def test_what_stopped_a_case_comes_before_what_waits_behind_it_in_whichever_partition(place: Place) -> None:
    # given: a record parked in another partition, and three behind it in the case's own, at lower offsets
    elsewhere = other_partition(place)
    for reference in ("K-2", "K-3", "K-4"):
        send_to(place, elsewhere, Sent("", 0, 0, *to_record(history(reference, [])[0])))
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.events") == 4, "the cases are there")
        send_to(place, elsewhere, forged(version=7))
        until(lambda: parked_count(place) == 1, "it is parked")
        place.send_records(records_of("K-1")[1:])
        until(lambda: parked_count(place) == 4, "the others wait behind it")
        # then: it is listed as the first one, and it is the first one that is left out
        (parked,) = list_parked(TIMELINE, place.database)
        assert (parked.partition, parked.offset, parked.reason, parked.records) == (elsewhere, 3, "gap", 4)
        done = skip(TIMELINE, place.database, KEY, "forged")
        assert (done.released, done.remaining) == (4, 0)
    assert place.ask("select partition, record_offset, version from timeline.skipped") == [(elsewhere, 3, 7)]
    versions = "select version from timeline.events where case_id = %s order by 1"
    assert [v for (v,) in place.ask(versions, KEY)] == [1, 2, 3, 4]


def test_a_retry_that_releases_nothing_leaves_the_runner_alone(place: Place) -> None:
    # given
    records = records_of("K-1")
    place.send_records([records[0], records[1]._replace(value=b"{")])
    owners = "select topic, partition, owner from timeline.offsets order by 1, 2"
    with place.running(TIMELINE) as status:
        until(lambda: parked_count(place) == 1, "it is parked")
        before = place.ask(owners)
        # when
        (done,) = retry(TIMELINE, place.database)
        # then
        assert (done.released, done.remaining) == (0, 1)
        assert place.ask(owners) == before
        place.send(history("K-2", [TAKE]))
        until(lambda: place.one("select count(*) from timeline.events") == 3, "the runner goes on")
        assert status.restarts._value.get() == 0


def test_a_retry_of_all_steps_over_a_key_that_somebody_else_has_released_meanwhile(place: Place) -> None:
    # given: two cases that are parked by a mistake in the program
    def mistaken(state: LastStanding | None, event: RecordedEvent[EventData]) -> LastStanding:
        raise ValueError("a mistake in the program")

    place.send(history("K-1", []) + history("K-2", []))
    with place.running(dataclasses.replace(TIMELINE, evolve=mistaken)):
        until(lambda: parked_count(place) == 2, "both are parked")
    first, second = sorted([KEY, str(case_stream_id("K-2"))])

    def evolve(state: LastStanding | None, event: RecordedEvent[EventData]) -> LastStanding:
        # when: while the first one is tried again, the second one is released
        place.ask("delete from timeline.quarantine where key = %s", second.encode())
        return TIMELINE.evolve(state, event)

    # then: what was done for the first one is answered all the same
    done = retry(dataclasses.replace(TIMELINE, evolve=evolve), place.database)
    assert [(each.key, each.released) for each in done] == [(first, 1)]


def test_a_key_that_looks_like_one_shown_in_hexadecimal_digits_is_none(place: Place) -> None:
    # given: two foreign keys, one of which is the other's name
    place.send_records([Sent("", 0, 0, b"hex:ff00", b"{}", []), Sent("", 0, 0, b"\xff\x00", b"{}", [])])
    with place.running(TIMELINE):
        until(lambda: parked_count(place) == 2, "both are parked")
    assert {each.key for each in list_parked(TIMELINE, place.database)} == {
        "hex:6865783a66663030", "hex:ff00",
    }  # fmt: skip
    # when
    done = skip(TIMELINE, place.database, "hex:6865783a66663030", "foreign")
    # then
    assert (done.key, done.released) == ("hex:6865783a66663030", 1)
    assert [each.key for each in list_parked(TIMELINE, place.database)] == ["hex:ff00"]
    # and what is no key is refused as such
    for wrong in ("hex:zz", "hex:f", "hex:ä"):
        with pytest.raises(InvalidKey, match="two hexadecimal digits"):
            retry(TIMELINE, place.database, wrong)
        with pytest.raises(InvalidKey):
            skip(TIMELINE, place.database, wrong, "foreign")
