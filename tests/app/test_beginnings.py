"""Where listening begins in a partition: found by halving, as a walk through all its records finds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.app.subscribing import places
from casecore.app.subscribing.places import Range
from casecore.app.subscribing.wanted import Beginning, FromInstant, FromPosition, precedes, wanted_of
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent, to_record
from casecore.errors.kinds import InvalidInput
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader
from casecore.kafka.records import KafkaRecord

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
AT = Partition("casecore.cases", 0)


class Stored(NamedTuple):
    """An offset of a partition: how much later than the last event its event is, or no event at all."""

    later: int
    is_event: bool


def partition(given: Iterable[Stored]) -> dict[int, KafkaRecord | None]:
    """Records by their offsets; None where there is a mark, or what was aborted."""
    found: dict[int, KafkaRecord | None] = {}
    position = 0
    for offset, one in enumerate(given):
        position += 1 + one.later
        recorded_at = FIRST + timedelta(seconds=position)
        body = b'{"occurred_at": "2026-03-02T00:00:00Z"}'
        event = StoredEvent(position, UUID(int=1), 1, "casecore.case.taken.v1", recorded_at, body)
        found[offset] = KafkaRecord(AT.topic, AT.number, offset, *to_record(event)) if one.is_event else None
    return found


class Broker(Reader):
    """A reader of one such partition, which gives a few records at a time."""

    def __init__(self, records: Mapping[int, KafkaRecord | None]) -> None:
        self._records = records
        self._at = 0
        self.polls = 0

    def assign(self, partitions: Iterable[Partition]) -> None: ...

    def seek(self, _: Partition, offset: int) -> None:
        self._at = offset

    def position(self, *_: object) -> int:
        return self._at

    def poll(self, _: int) -> list[KafkaRecord]:
        self.polls += 1
        read = [self._records[offset] for offset in range(self._at, min(self._at + 7, len(self._records)))]
        self._at += len(read)
        return [record for record in read if record is not None]


offsets = st.lists(st.builds(Stored, st.integers(0, 3), st.booleans()), min_size=0, max_size=120)
beginnings = st.one_of(
    st.builds(FromPosition, st.integers(0, 400)),
    st.integers(0, 400).map(lambda seconds: FromInstant(FIRST + timedelta(seconds=seconds))),
)


@given(offsets, beginnings)
def test_nothing_that_is_wanted_lies_before_it_and_little_that_is_not_after(
    given: list[Stored], beginning: Beginning
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "SMALL_OFFSETS", 4)
        records = partition(given)
        # When the beginning is looked for
        found = places._halve(
            Broker(records), {AT: Range(0, len(records))}, lambda event: precedes(event, beginning)
        )[AT]
    # Then no event before it is wanted, and of those after it at most so many are not
    unwanted = {
        offset
        for offset, record in records.items()
        if record is not None and precedes(places.read_record(record).event, beginning)  # type: ignore[arg-type]
    }
    events = {offset for offset, record in records.items() if record is not None}
    assert {offset for offset in events if offset < found} <= unwanted
    assert len([offset for offset in unwanted if offset >= found]) <= 4


def test_a_long_partition_is_not_read_from_its_beginning() -> None:
    records = partition([Stored(0, True)] * 20_000)
    broker = Broker(records)
    found = places._halve(
        broker, {AT: Range(0, len(records))}, lambda event: precedes(event, FromPosition(15_000))
    )
    assert 15_000 - places.SMALL_OFFSETS - 1 <= found[AT] <= 15_000
    assert broker.polls < 10


def test_only_the_partitions_are_read_that_can_have_what_is_wanted() -> None:
    beginning = FromPosition(1)
    of_parties = wanted_of(["casecore.party.changed"], [], beginning)
    assert {at.topic for at in of_parties.partitions("p")} == {"p.parties"}
    assert len(wanted_of([], [], beginning).partitions("p")) == 5 * 12
    of_a_case = wanted_of([], ["C-1"], beginning)
    assert len(of_a_case.partitions("p")) == 1
    assert of_a_case.is_wanted_key(str(case_stream_id("C-1")).encode())
    assert not of_a_case.is_wanted_key(b"another")


@pytest.mark.parametrize(
    ("types", "cases", "says"),
    [
        (["casecore.case.escalatd"], [], "no type of event called 'casecore.case.escalatd'"),
        (["casecore.case.escalated.v1"], [], "without version"),
        (["casecore.party.changed"], ["C-1"], "a case has no events of the type casecore.party.changed"),
    ],
)
def test_what_cannot_come_is_refused(types: list[str], cases: list[str], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        wanted_of(types, cases, FromPosition(1))
