"""Rows that follow from the state alone: shown once for each case of a batch, and gone when not shown."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.contract.cases import EffortRecorded, MessagePosted
from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import CASES, case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.fold.verdicts import Reason
from projections.kit.projection import AnyProjection, Projection
from projections.kit.stored_table import Row, Stored, StoredTable
from projections.kit.tables import schema
from projections.kit.tables.claims import Claimed
from projections.kit.tables.storage import Storage
from tests.profiles import scaled
from tests.projections.histories import EFFORT, MESSAGE, RESOLVE, TAKE, Sent, history, interleaved, sent
from tests.projections.memory import MemoryView, folded


class Unanswered(NamedTuple):
    """A message since the case moved last."""

    case_id: Annotated[UUID, Stored("The case.")]
    number: Annotated[int, Stored("From 0.", "int")]
    version: Annotated[int, Stored("The case's last event.")]


class Messages(msgspec.Struct, frozen=True):
    """How many messages there are since the case moved last, and whether it can be shown."""

    count: int = 0
    strange: bool = False


def evolve(before: Messages | None, event: RecordedEvent[EventData]) -> Messages:
    case = before or Messages()
    match event.fact.data:
        case MessagePosted():
            return Messages(case.count + 1, case.strange)
        case EffortRecorded():
            return Messages(case.count, True)
        case _:
            return Messages(0, case.strange)


def shows(stream_id: UUID, version: int, case: Messages) -> Iterable[Row]:
    for number in range(case.count):
        yield Unanswered(stream_id, number, version)


def shows_nothing_strange(stream_id: UUID, version: int, case: Messages) -> Iterable[Row]:
    if case.strange:
        raise ValueError("nobody may work on it")
    return shows(stream_id, version, case)


def view_that_shows(what: object) -> AnyProjection:
    """Of each case, the messages since it moved last."""
    return Projection(
        name="unanswered",
        version=1,
        comment="Messages since a case moved.",
        kinds=(CASES,),
        reads=frozenset(t.name for t in EVENT_TYPES.all),
        state=Messages,
        evolve=evolve,
        derived_rows=what,  # type: ignore[arg-type]
        tables=(
            StoredTable(
                name="messages",
                comment="A row for each message since the case moved.",
                row=Unanswered,
                key=("case_id", "number"),
                of_stream=True,
            ),
        ),
    )


UNANSWERED = view_that_shows(shows)
CAREFUL = view_that_shows(shows_nothing_strange)


def batches_of(records: Sequence[Sent], seed: int) -> list[list[Sent]]:
    """The records in batches; every now and then the runner goes back and reads again."""
    chance, at, batches = random.Random(seed), 0, []
    while at < len(records):
        at = max(0, at - chance.choice([0, 0, 1, 5]))
        size = chance.randint(1, 6)
        batches.append(list(records[at : at + size]))
        at += size
    return batches


@given(events=interleaved(), seed=st.integers(0, 2**32))
def test_any_split_into_batches_and_any_repetition_shows_the_same(
    events: list[StoredEvent], seed: int
) -> None:
    pieces = MemoryView(UNANSWERED)
    for batch in batches_of(sent(events), seed):
        pieces.take(batch)
    assert pieces.rows == folded(UNANSWERED, sent(events)).rows


# Each example fills a schema of its own.
@scaled(0.25, suppressed=[HealthCheck.function_scoped_fixture])
@given(events=interleaved(), seed=st.integers(0, 2**32))
def test_what_is_not_shown_any_more_is_deleted_and_nothing_else(
    database: str, events: list[StoredEvent], seed: int
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("drop schema if exists unanswered cascade; discard temporary")
        schema.ensure(connection, UNANSWERED)
        storage = Storage(connection, UNANSWERED, "unanswered")
        storage.place([Claimed("cases", 0, "id", 0)])
        fold = Fold(UNANSWERED)
        # when: the records come in batches
        records = sent(events)
        for first in range(0, len(records), 1 + seed % 5):
            storage.commit_batch(
                fold, [parse_record(record) for record in records[first : first + 1 + seed % 5]]
            )
        found = connection.execute("select case_id, number, version from unanswered.messages").fetchall()
    # then: what stands there is what the last state of each case shows
    assert set(found) == set(folded(UNANSWERED, records).rows["messages"].values())


@given(events=interleaved(), seed=st.integers(0, 2**32))
def test_the_record_that_leads_to_what_cannot_be_shown_is_parked_and_what_was_before_stands(
    events: list[StoredEvent], seed: int
) -> None:
    # given: cases some of which nobody may work on
    spoilt: dict[UUID, int] = {}
    for place, event in enumerate(events):
        if event.type.startswith("casecore.case.effort_recorded"):
            spoilt.setdefault(event.stream_id, place)
    # when
    found = MemoryView(CAREFUL)
    for batch in batches_of(sent(events), seed):
        found.take(batch)
    # then: each of them stands as it did before, and the others as if nothing had happened
    kept = [event for place, event in enumerate(events) if place < spoilt.get(event.stream_id, len(events))]
    assert found.rows == folded(UNANSWERED, sent(kept)).rows
    first_parked = {parked.record.offset for parked in found.parked if parked.reason is not Reason.BEHIND}
    assert first_parked == set(spoilt.values())
    assert all("nobody may work on it" in p.detail for p in found.parked if p.reason is not Reason.BEHIND)


def test_a_case_is_shown_once_for_a_batch_however_many_events_it_brings() -> None:
    asked: list[int] = []

    def counted(stream_id: UUID, version: int, case: Messages) -> Iterable[Row]:
        asked.append(version)
        return shows(stream_id, version, case)

    folded(view_that_shows(counted), sent(history("K-1", [TAKE, MESSAGE, MESSAGE, RESOLVE, MESSAGE])))
    assert asked == [6]


def test_a_case_is_shown_by_the_last_event_that_was_folded_although_others_follow_in_the_batch() -> None:
    # given: after a message an event of a type that the view does not read
    records = sent(history("K-1", [TAKE, MESSAGE, EFFORT]))
    headers = [(n, b"casecore.case.praised.v1" if n == "ce_type" else v) for n, v in records[3].headers]
    found = folded(UNANSWERED, [*records[:3], records[3]._replace(headers=headers)])
    # then: one batch shows what two would
    assert list(found.rows["messages"].values()) == [Unanswered(case_stream_id("K-1"), 0, 3)]


def test_a_table_of_a_streams_rows_begins_with_the_stream_and_has_something_that_shows_it() -> None:
    with pytest.raises(ValueError, match="first column"):
        StoredTable(name="messages", comment="", row=Unanswered, key=("number",), of_stream=True)
    with pytest.raises(ValueError, match="nothing that derives"):
        view_that_shows(None)
