"""The records of some positions are found in any partition, and little of it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import log2
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from casecore.audit.record_search import TAIL_OFFSETS, RecordSearch, RecordWindow
from casecore.audit.records import ReadRecord
from casecore.contract.wire import StoredEvent

NEWEST = 10_000_000
RECORDED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def event(position: int) -> StoredEvent:
    return StoredEvent(position, UUID(int=7), 1, "casecore.case.opened.v1", RECORDED_AT, b"{}")


class Partition:
    """Records by offset, with gaps between them; an answer has some records, as a broker likes."""

    def __init__(self, records: Iterable[ReadRecord], begin: int, end: int, answer: int) -> None:
        self.records = sorted(records)
        self.begin = begin
        self.end = end
        self.answer = answer
        self.answers: list[int] = []

    def read(self, start: int, before: int) -> RecordWindow:
        assert self.begin <= start < before <= self.end
        there = [record for record in self.records if start <= record.offset < before]
        self.answers.append(len(there[: self.answer]))
        if len(there) <= self.answer:
            return RecordWindow(there, before)
        return RecordWindow(there[: self.answer], there[self.answer - 1].offset + 1)


def searched(partition: Partition, positions: Sequence[int]) -> RecordSearch:
    search = RecordSearch(positions, NEWEST)
    search.run(partition.read, partition.begin, partition.end)
    return search


@st.composite
def partitions(draw: st.DrawFn) -> Partition:
    """A partition of which the beginning is gone, with marks, aborted records, and positions of any size."""
    offset = begin = draw(st.integers(0, 50))
    position = 0
    records: list[ReadRecord] = []
    for gap, step in draw(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 1_000)), max_size=60)):
        offset, position = offset + gap, position + step
        records.append(ReadRecord(offset, event(position)))
        offset += 1
    for strange in draw(st.lists(st.sampled_from(range(begin, offset + 1)), max_size=3, unique=True)):
        if all(record.offset != strange for record in records):
            found = draw(st.sampled_from(["no key", event(NEWEST + 1)]))
            records.append(ReadRecord(strange, found))
    end = offset + 1 + draw(st.integers(0, 300))
    return Partition(records, begin, end, draw(st.integers(1, 40)))


@given(partitions(), st.data())
def test_what_is_there_is_found_and_what_is_not_is_absent(partition: Partition, data: st.DataObject) -> None:
    # Given positions of which the partition has some
    there = {
        record.event.position: record
        for record in partition.records
        if isinstance(record.event, StoredEvent) and record.event.position <= NEWEST
    }
    others = st.integers(1, max(there, default=0) + 10)
    wanted = data.draw(st.lists(st.sampled_from(sorted(there)) | others if there else others, max_size=12))
    # When they are searched
    search = searched(partition, wanted)
    # Then each is found with its offset, or known to be absent
    assert search.found == {position: there[position] for position in wanted if position in there}
    assert search.absent == set(wanted) - there.keys()
    # And an absent one that lies above all that was seen comes after the partition's last event
    for position in search.absent:
        assert (position > search.highest) == (position > max(there, default=0))


def test_of_a_million_records_a_few_answers_are_read() -> None:
    # Given a partition with a million records, each at twice its offset, of which an answer gives 100
    class Long(Partition):
        def read(self, start: int, before: int) -> RecordWindow:
            end = min(before, start + self.answer)
            self.answers.append(end - start)
            return RecordWindow([ReadRecord(at, event(2 * at + 2)) for at in range(start, end)], end)

    long = Long([], 0, 1_000_000, 100)
    # When the last one is wanted, then the first answer has it
    assert searched(long, [2_000_000]).found[2_000_000].offset == 999_999
    assert long.answers == [TAIL_OFFSETS]
    # And when it is one in the middle, one that is not there, or one that is not there yet
    for position, offset in ((666_668, 333_333), (2, 0), (666_669, None), (3_000_000, None)):
        long.answers.clear()
        search = searched(long, [position])
        assert {found.offset for found in search.found.values()} == ({offset} - {None})
        # Then it takes as many answers as halvings
        assert len(long.answers) <= log2(1_000_000) + 2


def test_what_was_found_remains_when_the_reading_breaks_off() -> None:
    # Given a partition of which the broker gives the end, and then no more
    records = [ReadRecord(offset, event(offset + 1)) for offset in range(500)]
    partition = Partition(records, 0, 500, answer=40)
    search = RecordSearch([500, 3], NEWEST)

    def read(start: int, before: int) -> RecordWindow:
        if start < 400:
            raise TimeoutError
        return partition.read(start, before)

    # When an early and a late position are searched
    try:
        search.run(read, 0, 500)
    except TimeoutError:
        # Then the late one is known, and nothing is said of the early one
        assert set(search.found) == {500}
        assert not search.absent
    else:
        raise AssertionError("it has read what nobody gave")


def test_a_record_that_something_else_wrote_with_a_low_position_never_makes_an_event_late() -> None:
    # Given a forged record at the end, with a position that lies long before
    records = [ReadRecord(offset, event(offset + 1)) for offset in range(500)]
    partition = Partition([*records, ReadRecord(500, event(2))], 0, 501, answer=1_000)
    # When a late event is searched, then it is found all the same
    assert searched(partition, [499]).found[499].offset == 498
