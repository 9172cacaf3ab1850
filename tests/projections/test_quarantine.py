"""The quarantine on real servers: what is parked, trying it again, and leaving a record out by decision."""

from __future__ import annotations

import dataclasses

import pytest

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import to_record
from projections.kit.errors import KeyParked, NothingParked
from projections.kit.quarantine import list_parked, retry, skip
from projections.kit.reading import wait_for_version
from projections.kit.rebuild import audit_view, rebuild
from projections.timeline.projection import TIMELINE, LastStanding
from tests.projections.histories import ESCALATE, HAND_BACK, RESOLVE, TAKE, Sent, history
from tests.projections.live import Place, until

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
            wait_for_version(place.database, TIMELINE, case_stream_id("K-1"), 4, limit_seconds=5)
        # what is parked is no difference to the fold (law 3)
        assert audit_view(TIMELINE, *place.where).equal is True
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
        assert wait_for_version(place.database, TIMELINE, case_stream_id("K-1"), 5, limit_seconds=20)
        # and a rebuild follows the decision
        assert rebuild(TIMELINE, *place.where).equal is True
    assert place.ask("select decision from timeline.skipped") == [("sent by a broken tool; ticket 12",)]


def test_a_retry_applies_the_whole_case_in_order_once_the_program_has_been_mended(place: Place) -> None:
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
        # when: it has been mended, what is parked still is, and is no difference to the fold (law 3)
        assert audit_view(TIMELINE, *place.where).equal is True
        (done,) = retry(TIMELINE, place.database)
        # then
        assert (done.key, done.released, done.remaining) == (KEY, 3, 0)
        assert [v for (v,) in place.ask("select version from timeline.events order by 1")] == [1, 2, 3, 4]
        assert audit_view(TIMELINE, *place.where).equal is True
        place.send(history("K-2", [TAKE]))
        until(lambda: place.one("select count(*) from timeline.events") == 6, "the runner goes on")


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
    assert audit_view(TIMELINE, *place.where).equal is True


def test_a_key_that_is_not_parked_is_refused(place: Place) -> None:
    with place.running(TIMELINE):
        until(lambda: parked_count(place) == 0, "the view is there")
    with pytest.raises(NothingParked):
        retry(TIMELINE, place.database, KEY)
