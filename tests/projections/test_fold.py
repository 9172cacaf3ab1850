"""The runner's logic: repeats change nothing, a parked key lets nothing through, and nobody else waits."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.streams import CASES, case_stream_id
from casecore.contract.types import names_of
from casecore.contract.wire import StoredEvent
from casecore.kafka.records import KafkaRecord
from projections.catalogue import VIEWS
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import KeyState
from projections.kit.fold.records import RecordPlace, parse_record
from projections.kit.fold.verdicts import Reason, Skip
from projections.kit.projection import AnyProjection
from tests.projections.histories import ESCALATE, RESOLVE, TAKE, Sent, history, interleaved, sent
from tests.projections.memory import MemoryView, folded

CASE_VIEWS = {name: view for name, view in VIEWS.items() if names_of(CASES) <= view.reads}
"""Those that read every event of a case."""

each_view = pytest.mark.parametrize("view", CASE_VIEWS.values(), ids=CASE_VIEWS)


def without(record: Sent, header: str) -> Sent:
    return record._replace(headers=[pair for pair in record.headers if pair[0] != header])


def with_header(record: Sent, header: str, value: bytes) -> Sent:
    return record._replace(headers=[*without(record, header).headers, (header, value)])


def reasons(view: MemoryView) -> list[Reason]:
    return [parked.reason for parked in view.parked]


@each_view
@given(events=interleaved(), seed=st.integers(0, 2**32))
def test_any_split_into_batches_and_any_repetition_gives_the_same_rows(
    view: AnyProjection, events: list[StoredEvent], seed: int
) -> None:
    # given: the view of all records in one batch
    whole = folded(view, sent(events))
    # when: the same come in batches, and every now and then the runner goes back and reads again
    chance, pieces, at = random.Random(seed), MemoryView(view), 0
    records = sent(events)
    while at < len(records):
        at = max(0, at - chance.choice([0, 0, 1, 5]))
        size = chance.randint(1, 6)
        pieces.take(records[at : at + size])
        at += size
    # then
    assert pieces.rows == whole.rows
    assert not pieces.parked


@each_view
@given(events=interleaved(), seed=st.integers(0, 2**32))
def test_the_order_between_cases_does_not_matter(
    view: AnyProjection, events: list[StoredEvent], seed: int
) -> None:
    chance = random.Random(seed)
    queues = {event.stream_id: [e for e in events if e.stream_id == event.stream_id] for event in events}
    other: list[StoredEvent] = []
    while queues:
        key = chance.choice(list(queues))
        other.append(queues[key].pop(0))
        if not queues[key]:
            del queues[key]
    assert folded(view, sent(other)).rows == folded(view, sent(events)).rows


@each_view
@given(events=interleaved(), data=st.data())
def test_a_bad_record_parks_all_that_follows_in_its_case_and_nobody_else_waits(
    view: AnyProjection, events: list[StoredEvent], data: st.DataObject
) -> None:
    # given: one record that nobody can read
    at = data.draw(st.integers(0, len(events) - 1))
    bad_key = events[at].stream_id
    records = sent(events)
    records[at] = records[at]._replace(value=b"{")
    # when
    found = folded(view, records)
    # then: the case stands as it did before that record, and every other as if nothing had happened
    kept = [event for place, event in enumerate(events) if event.stream_id != bad_key or place < at]
    assert found.rows == folded(view, sent(kept)).rows
    # and what is parked is exactly the rest of the case, in order
    behind = [place for place, event in enumerate(events) if event.stream_id == bad_key and place >= at]
    assert [parked.record.offset for parked in found.parked] == behind
    assert reasons(found) == [Reason.UNREADABLE_BODY] + [Reason.BEHIND] * (len(behind) - 1)


@each_view
def test_a_gap_in_a_cases_versions_parks_it(view: AnyProjection) -> None:
    first, _, third = sent(history("K-1", [TAKE, RESOLVE]))
    found = folded(view, [first, third])
    assert reasons(found) == [Reason.GAP]
    assert "is 3, the last one folded is 1" in found.parked[0].detail


@each_view
def test_an_unknown_type_is_skipped_and_the_case_goes_on(view: AnyProjection) -> None:
    first, second, third = sent(history("K-1", [TAKE, RESOLVE]))
    found = folded(view, [first, with_header(second, "ce_type", b"casecore.case.praised.v1"), third])
    assert not found.parked
    assert len(next(iter(found.rows.values()))) in (1, 2)


@each_view
def test_a_newer_version_of_a_known_type_parks_the_case(view: AnyProjection) -> None:
    first, second = sent(history("K-1", [TAKE]))
    found = folded(view, [first, with_header(second, "ce_type", b"casecore.case.taken.v2")])
    assert reasons(found) == [Reason.NEWER_VERSION]


@each_view
def test_a_word_of_a_newer_program_parks_the_case_in_order_and_nobody_else_waits(view: AnyProjection) -> None:
    # given: a case whose second event has a state that this program does not know, and another case
    first, second, third = sent(history("K-1", [TAKE, RESOLVE]))
    other = sent(history("K-2", [TAKE]))
    newer = second._replace(value=(second.value or b"").replace(b'"reseller_l0"', b'"escalated_l2"'))
    assert newer.value != second.value
    # when
    found = folded(view, [first, newer, *other, third])
    # then
    assert reasons(found) == [Reason.NEWER_WORD, Reason.BEHIND]
    assert "is newer than this program: $.data.standing.state is 'escalated_l2'" in found.parked[0].detail
    assert found.rows == folded(view, [first, *other]).rows


@each_view
def test_a_state_that_a_newer_program_keeps_is_left_as_it_is_and_what_comes_for_it_waits(
    view: AnyProjection,
) -> None:
    # given: a case whose state has a word that this program does not know
    records = sent(history("K-1", [TAKE, RESOLVE]))
    kept = KeyState(version=2, newer="$.state is 'escalated_l2'")
    parsed = [parse_record(KafkaRecord(*record)) for record in records]
    # when: its events come, two of them again
    outcome = Fold(view).fold(parsed, {case_stream_id("K-1"): kept})
    # then: the new one is parked, and nothing of its state would be stored
    assert [(one.record.offset, one.reason) for one in outcome.parked] == [(2, Reason.NEWER_WORD)]
    assert "a newer program keeps its state" in outcome.parked[0].detail
    assert outcome.repeated == 2
    assert not any(state.is_to_be_stored for state in outcome.states.values())
    # and no operator leaves it out with this program
    place = RecordPlace.of(parsed[2].record)
    outcome = Fold(view).fold(parsed, {case_stream_id("K-1"): kept}, {place: Skip()})
    assert [one.reason for one in outcome.parked] == [Reason.NEWER_WORD]


@each_view
@pytest.mark.parametrize("header", ["ce_position", "ce_streamversion", "ce_type", "ce_recordedtime"])
def test_a_record_without_one_of_our_headers_parks_its_case(view: AnyProjection, header: str) -> None:
    first, second, third = sent(history("K-1", [TAKE, RESOLVE]))
    found = folded(view, [first, without(second, header), third])
    assert reasons(found) == [Reason.MALFORMED, Reason.BEHIND]
    assert found.parked[0].key == str(case_stream_id("K-1")).encode()
    assert header in found.parked[0].detail


@each_view
@pytest.mark.parametrize(
    ("header", "value"),
    [("ce_streamversion", b"0"), ("ce_streamversion", b"-1"), ("ce_recordedtime", b"2024-01-01T00:00:00")],
)
def test_a_version_below_one_or_a_time_without_zone_is_malformed(
    view: AnyProjection, header: str, value: bytes
) -> None:
    (first,) = sent(history("K-1", []))
    assert reasons(folded(view, [with_header(first, header, value)])) == [Reason.MALFORMED]


@each_view
@pytest.mark.parametrize("key", [None, b"", b"\xff\xfe", b"no id"])
def test_a_record_whose_key_is_no_id_is_parked_under_that_key(view: AnyProjection, key: bytes | None) -> None:
    good = sent(history("K-1", [TAKE]))
    found = folded(view, [good[0]._replace(key=key), *sent(history("K-2", [TAKE]), first=1)])
    assert [(parked.reason, parked.key) for parked in found.parked] == [(Reason.MALFORMED, key or b"")]
    assert found.rows == folded(view, sent(history("K-2", [TAKE]))).rows


@each_view
@given(
    key=st.none() | st.binary(max_size=40),
    value=st.none() | st.binary(max_size=60),
    headers=st.lists(st.tuples(st.sampled_from(["ce_type", "ce_position", "x"]), st.binary(max_size=9))),
)
def test_no_record_makes_the_runner_fail(
    view: AnyProjection, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    found = folded(view, [Sent("cases", 0, 0, key, value, headers)])
    assert len(found.parked) == 1


@each_view
def test_a_skipped_record_is_left_out_and_the_case_goes_on(view: AnyProjection) -> None:
    # given: the second of three is unreadable, and an operator has decided to leave it out
    records = sent(history("K-1", [TAKE, ESCALATE]))
    records[1] = records[1]._replace(value=b"{")
    found = MemoryView(view)
    found.take(records, {RecordPlace("cases", 0, 1): Skip()})
    # then
    assert not found.parked
    assert sum(len(rows) for rows in found.rows.values())


@each_view
def test_after_a_forged_record_was_skipped_the_real_one_of_that_version_is_folded(
    view: AnyProjection,
) -> None:
    # given: somebody wrote a second event of the case, and an operator has decided to leave it out
    records = sent(history("K-1", [TAKE, ESCALATE]))
    forged = records[1]._replace(value=b"{}")
    genuine = [record._replace(offset=record.offset + 1) for record in records[1:]]
    found = MemoryView(view)
    found.take([records[0], forged, *genuine], {RecordPlace("cases", 0, forged.offset): Skip()})
    # then: what the view holds is what it holds of the case without it
    honest = MemoryView(view)
    honest.take(records)
    assert not found.parked
    assert found.rows == honest.rows


@each_view
def test_after_a_skipped_record_without_a_version_the_next_may_have_any_but_only_the_next(
    view: AnyProjection,
) -> None:
    records = sent(history("K-1", [TAKE, ESCALATE, RESOLVE]))
    records[1] = without(records[1], "ce_streamversion")
    found = MemoryView(view)
    found.take(records[:2], {RecordPlace("cases", 0, 1): Skip()})
    found.take(records[2:3])
    assert not found.parked
    # and a gap after that is one again
    found.take([with_header(records[3], "ce_streamversion", b"9")])
    assert reasons(found) == [Reason.GAP]


def test_the_offsets_to_store_are_those_after_the_last_record_of_each_partition() -> None:
    records = [*sent(history("K-1", [TAKE]), first=5), *sent(history("K-2", []), partition=3, first=70)]
    outcome = MemoryView(VIEWS["timeline"]).take(records)
    assert outcome.offsets == {("cases", 0): 7, ("cases", 3): 71}


def test_a_projection_that_fails_on_an_event_parks_the_case_and_says_why() -> None:
    # given: an event that belongs to no case although its type says so
    (first,) = sent(history("K-1", []))
    strange = first._replace(value=(first.value or b"").replace(NOW_TEXT.encode(), b"2024-03-01T12:00:00"))
    found = folded(VIEWS["workload"], [strange])
    # then: a time without a zone is no instant
    assert reasons(found) == [Reason.UNREADABLE_BODY]
    assert "timezone" in found.parked[0].detail


NOW_TEXT = datetime(2024, 3, 1, 12, tzinfo=UTC).isoformat().replace("+00:00", "Z")
