"""A view's keys against the fold of their events, beside a runner: what is behind is no difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from uuid import UUID

import pytest

from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from projections.kit.errors import ViewOutdated
from projections.kit.key_audit.audit import AuditedPage, KeyAudit, KeyDifference, Page, Published
from projections.kit.projection import AnyProjection
from projections.kit.quarantine.quarantine import skip
from projections.kit.rebuild.rebuild import rebuild
from projections.sla.projection import SLA
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.projections.histories import CLOSE, EFFORT, ESCALATE, INTERNAL, RESOLVE, TAKE, history
from tests.projections.live import Place, until

LIFE = [TAKE, INTERNAL, ESCALATE, EFFORT, RESOLVE, CLOSE]
CASES = ("K-0", "K-1", "K-2", "K-3")
VIEWS = (SLA, TIMELINE, WORKLOAD)
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

Log = dict[UUID, list[StoredEvent]]


def a_log() -> Log:
    return {case_stream_id(name): history(name, LIFE) for name in CASES}


def look(view: AnyProjection, place: Place, log: Log, published: Published | None = None) -> AuditedPage:
    """Compare all keys of the log, and those that only the view has."""

    def read(versions: Mapping[UUID, int]) -> Mapping[UUID, Sequence[StoredEvent]]:
        return {key: [e for e in log[key] if e.version <= up] for key, up in versions.items() if key in log}

    with closing(KeyAudit(view, place.database)) as audit:
        found = audit.look(Page(dict.fromkeys(log, published), FIRST, LAST), read)
    assert found is not None
    return found


def the_one(looked: AuditedPage, table: str) -> KeyDifference:
    (found,) = (each for each in looked.differences if each.table == table)
    return found


@contextmanager
def folded(place: Place, log: Log, *views: AnyProjection) -> Iterator[None]:
    """Views that have folded the whole log, while their runners go on."""
    place.send([event for events in log.values() for event in events])
    total = sum(map(len, log.values()))
    running = [place.running(view) for view in views]
    for each in running:
        each.__enter__()
    try:
        for view in views:
            query = f"select sum(version)::bigint from {view.name}.states"
            until(lambda query=query: place.one(query) == total, f"{view.name} has folded all")
        yield
    finally:
        for each in running:
            each.__exit__(None, None, None)


# Where nothing is wrong.


def test_views_at_work_their_rebuild_and_a_log_that_is_ahead_show_no_difference(place: Place) -> None:
    log = a_log()
    with folded(place, log, *VIEWS):
        for view in VIEWS:
            assert look(view, place, log) == AuditedPage(len(CASES), 0, [])
        # a case that goes on in the log, and was not published
        ahead = {**log, case_stream_id("K-9"): history("K-9", LIFE)}
        assert look(TIMELINE, place, ahead) == AuditedPage(len(CASES) + 1, 0, [])
    # and a view that was rebuilt and swapped in
    rebuild(WORKLOAD, place.where)
    assert look(WORKLOAD, place, log) == AuditedPage(len(CASES), 0, [])


def test_a_view_that_is_not_there_is_not_compared(place: Place) -> None:
    with closing(KeyAudit(TIMELINE, place.database)) as audit:
        assert audit.look(Page({}, FIRST, LAST), lambda _: {}) is None


def test_a_view_of_another_version_is_no_difference_but_said(place: Place) -> None:
    log = a_log()
    with folded(place, log, TIMELINE):
        pass
    place.ask("update timeline.about set version = version - 1")
    with pytest.raises(ViewOutdated):
        look(TIMELINE, place, log)


def test_a_key_in_quarantine_is_compared_as_it_stands_and_one_with_a_skipped_record_is_left_out(
    place: Place,
) -> None:
    # Given a case with an event that cannot be applied, and what follows it
    log = a_log()
    key = case_stream_id("K-0")
    unreadable = log[key][3]._replace(body=b'{"occurred_at":"2024-03-01T12:00:00Z"}')
    sent = {**log, key: [*log[key][:3], unreadable, *log[key][4:]]}
    place.send([event for events in sent.values() for event in events])
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.quarantine") == len(LIFE) - 2, "it is parked")
        until(lambda: place.one("select count(*) from timeline.states") == len(CASES), "others are folded")
        passed = Published(7, place.topic, 0, "any", 0)
        # Then it is compared at the version that it has, also where its records are known to be published
        assert look(TIMELINE, place, log, passed).differences == []
        skip(TIMELINE, place.database, str(key), "unreadable")
        assert look(TIMELINE, place, log) == AuditedPage(len(CASES) - 1, 1, [])


def test_a_key_that_only_a_newer_program_can_fold_is_left_out_and_the_others_are_compared(
    place: Place,
) -> None:
    # Given a view that a newer program keeps, and a case of which this one cannot read an event
    log = a_log()
    with folded(place, log, TIMELINE):
        key = case_stream_id("K-0")
        newer = log[key][1]._replace(body=log[key][1].body.replace(b'"reseller_l0"', b'"escalated_l2"'))
        seen = {**log, key: [log[key][0], newer, *log[key][2:]]}
        # Then it is not compared, and a wrong row of another case is found all the same
        assert look(TIMELINE, place, seen) == AuditedPage(len(CASES) - 1, 1, [])
        place.ask(
            "update timeline.events set person = 'a.nother' where case_id = %s and version = 1",
            case_stream_id("K-1"),
        )
        assert len(look(TIMELINE, place, seen).differences) == 1


# What is wrong.


@pytest.mark.parametrize(
    ("view", "table", "harm", "column"),
    [
        (WORKLOAD, "cases", "update workload.cases set messages = 9 where reference = 'K-1'", "messages"),
        (WORKLOAD, "case_moves", "delete from workload.case_moves where version = 2", None),
        (TIMELINE, "events", "update timeline.events set state = 'x' where version = 3", "state"),
        (TIMELINE, "internal_messages", "update timeline.internal_messages set readers = '[]'", "readers"),
        (SLA, "holders", "update sla.holders set holder = 'x' where holder = 'level_0'", None),
        (SLA, "states", "update sla.states set state = state || ' '", "state"),
        (WORKLOAD, "cases", "delete from workload.states", None),
        (
            TIMELINE,
            "events",
            "insert into timeline.events (case_id, version, position, reference, type, occurred_at, "
            "recorded_at, person, organisation, role, state, holder, implied, changed, internal, body) "
            "select case_id, 99, position, reference, type, occurred_at, recorded_at, person, organisation, "
            "role, state, holder, implied, changed, internal, body from timeline.events where version = 1",
            None,
        ),
    ],
)
def test_a_row_that_was_changed_by_hand_is_named(
    place: Place, view: AnyProjection, table: str, harm: str, column: str | None
) -> None:
    log = a_log()
    with folded(place, log, view):
        pass
    place.ask(harm)
    found = [each for each in look(view, place, log).differences if each.table == table]
    assert found
    assert {(each.view, each.column) for each in found} == {(view.name, column)}


def test_an_event_that_was_deleted_from_the_store_is_named_by_each_view(place: Place) -> None:
    log = a_log()
    key = case_stream_id("K-2")
    with folded(place, log, *VIEWS):
        pass
    del log[key][4]
    for view in VIEWS:
        found = the_one(look(view, place, log), "states")
        assert (found.row, found.column) == (f"key={key}", "version")
        assert (found.live, found.expected) == ("7", "4")
    # and a case of which the log has nothing left
    del log[key]
    found = the_one(look(WORKLOAD, place, log), "states")
    assert (found.row, found.expected) == (f"key={key}", None)


def test_an_event_that_a_view_passed_over_is_named(place: Place) -> None:
    # Given a view whose offsets are past a case's last event, which it has not folded
    log = a_log()
    key = case_stream_id("K-3")
    short = {**log, key: log[key][:-1]}
    with folded(place, short, WORKLOAD):
        pass
    partition, topic_id, next_offset = place.ask(
        "select partition, topic_id, next_offset from workload.offsets order by next_offset desc"
    )[0]
    passed = Published(len(log[key]), place.topic, partition, topic_id, next_offset - 1)
    only = {key: log[key]}

    def differences(published: Published) -> list[KeyDifference]:
        return [each for each in look(WORKLOAD, place, only, published).differences if each.live == "6"]

    (found,) = differences(passed)
    assert found == KeyDifference("workload", "states", f"key={key}", "version", "6", "7")
    # But not while the record lies ahead of the view, nor in another topic of that name
    assert differences(passed._replace(offset=next_offset)) == []
    assert differences(passed._replace(topic_id="another")) == []
