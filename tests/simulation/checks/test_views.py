"""The simulated database of a view and a real PostgreSQL do the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from uuid import UUID, uuid4

import pytest

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from projections.kit.errors import Fenced
from projections.kit.fold.batch_steps import WriteRefused
from projections.kit.fold.outcome import FoldOutcome, KeyState, Parked
from projections.kit.fold.records import ParsedRecord
from projections.kit.fold.verdicts import Reason
from projections.kit.runner.takeover import connect_runner
from projections.kit.tables import schema
from projections.kit.tables.claims import Claimed
from projections.kit.tables.storage import Storage as RealStorage
from projections.kit.tables.writing import REFUSED_BY_DATABASE
from tests.simulation.checks.faultless import FaultlessWorld
from tests.simulation.drivers.storage import Storage as SimulatedStorage
from tests.simulation.servers.network import connect
from tests.simulation.servers.partitions import Record
from tests.simulation.servers.store import BEGINNING
from tests.simulation.servers.views import Views, ViewSession
from tests.simulation.tally import TALLY, EventRow, Tally

FIRST, SECOND = Partition("some.cases", 0), Partition("some.cases", 1)
IDS = {"some.cases": "id-1"}
EVENTS = TALLY.table_of[EventRow]


class Runner(Protocol):
    """One runner's session; raises Fenced and WriteRefused."""

    def claim(self, ids: dict[str, str], partitions: list[Partition]) -> list[Claimed]: ...
    def write(self, outcome: FoldOutcome) -> None: ...
    def load(self, *keys: UUID) -> dict[UUID, KeyState]: ...


class SimulatedRunner:
    def __init__(self, faultless: FaultlessWorld, views: Views) -> None:
        self.faultless = faultless
        self.process = faultless.process("runner")
        session = faultless.do(self.process, connect(faultless.world, self.process, views, ViewSession))
        assert isinstance(session, ViewSession)
        self.storage = SimulatedStorage(faultless.world, session, views)

    def claim(self, ids: dict[str, str], partitions: list[Partition]) -> list[Claimed]:
        return self.faultless.do(self.process, self.storage.claim(ids, partitions))

    def write(self, outcome: FoldOutcome) -> None:
        self.faultless.do(self.process, self.storage.write(outcome))

    def load(self, *keys: UUID) -> dict[UUID, KeyState]:
        return self.faultless.do(self.process, self.storage.load([reading(key) for key in keys]))


class RealRunner:
    def __init__(self, database: str) -> None:
        self.connection = connect_runner(database)
        schema.ensure(self.connection, TALLY)
        self.storage = RealStorage(self.connection, TALLY, TALLY.name)

    def claim(self, ids: dict[str, str], partitions: list[Partition]) -> list[Claimed]:
        return self.storage.claim(ids, partitions)

    def write(self, outcome: FoldOutcome) -> None:
        try:
            self.storage.write(outcome)
        except REFUSED_BY_DATABASE as refused:
            raise WriteRefused(str(refused)) from refused

    def load(self, *keys: UUID) -> dict[UUID, KeyState]:
        return self.storage.load([reading(key) for key in keys])


class ViewSide:
    """Runners of one view."""

    def __init__(self, database: str | None) -> None:
        self.database = database
        self.faultless = FaultlessWorld()
        self.views = Views(self.faultless.world)
        self.opened: list[RealRunner] = []

    def runner(self) -> Runner:
        if self.database is None:
            return SimulatedRunner(self.faultless, self.views)
        self.opened.append(RealRunner(self.database))
        return self.opened[-1]

    def places(self) -> list[Claimed]:
        return self.runner().claim(IDS, [FIRST, SECOND])


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.servers)])
def side(request: pytest.FixtureRequest) -> Iterator[ViewSide]:
    side = ViewSide(request.getfixturevalue("database") if request.param == "real" else None)
    yield side
    for one in side.opened:
        one.connection.close()


def reading(key: UUID) -> ParsedRecord:
    event = StoredEvent(1, key, 1, "casecore.case.opened.v1", BEGINNING, b"{}")
    return ParsedRecord(Record(*FIRST, 0, str(key).encode(), b"{}", []), str(key).encode(), key, event, "")


def batch(key: UUID, version: int, at: Partition, next_offset: int) -> FoldOutcome:
    outcome = FoldOutcome(offsets={at: next_offset})
    outcome.states[key] = KeyState(version, Tally(version, "opened"))
    outcome.appended[EVENTS] = [EventRow(key, version, "opened")]
    return outcome


def parking(key: UUID, offset: int) -> FoldOutcome:
    outcome = FoldOutcome(offsets={FIRST: offset + 1})
    record = Record(*FIRST, offset, str(key).encode(), b"{}", [])
    outcome.parked.append(Parked(record, str(key).encode(), Reason.GAP, "one is missing"))
    return outcome


def test_a_partition_begins_at_nothing_and_goes_on_where_the_last_batch_ended(side: ViewSide) -> None:
    runner, key = side.runner(), uuid4()
    assert runner.claim(IDS, [FIRST]) == [Claimed(*FIRST, "id-1", 0)]
    runner.write(batch(key, 1, FIRST, 5))
    assert side.places() == [Claimed(*FIRST, "id-1", 5), Claimed(*SECOND, "id-1", 0)]
    assert side.runner().load(key) == {key: KeyState(1, Tally(1, "opened"))}


def test_the_id_of_the_topic_that_a_view_was_built_from_is_kept(side: ViewSide) -> None:
    side.runner().claim(IDS, [FIRST])
    assert side.runner().claim({"some.cases": "id-2"}, [FIRST]) == [Claimed(*FIRST, "id-1", 0)]


def test_a_runner_whose_partition_was_taken_over_writes_nothing(side: ViewSide) -> None:
    first, second, key = side.runner(), side.runner(), uuid4()
    first.claim(IDS, [FIRST, SECOND])
    second.claim(IDS, [SECOND])
    outcome = batch(key, 1, SECOND, 3)
    outcome.offsets[FIRST] = 3
    with pytest.raises(Fenced):
        first.write(outcome)
    assert side.runner().load(key) == {key: KeyState()}
    # and what is still its own it may write
    first.write(batch(key, 1, FIRST, 3))
    assert side.places() == [Claimed(*FIRST, "id-1", 3), Claimed(*SECOND, "id-1", 0)]


def test_offsets_never_go_back(side: ViewSide) -> None:
    runner, key = side.runner(), uuid4()
    runner.claim(IDS, [FIRST])
    runner.write(batch(key, 1, FIRST, 5))
    with pytest.raises(Fenced):
        runner.write(batch(key, 2, FIRST, 4))
    runner.write(batch(key, 2, FIRST, 5))
    assert side.runner().load(key)[key].version == 2


def test_a_batch_with_a_value_that_is_refused_leaves_nothing(side: ViewSide) -> None:
    # Given an event's row, which is never written twice
    runner, key, other = side.runner(), uuid4(), uuid4()
    runner.claim(IDS, [FIRST])
    runner.write(batch(key, 1, FIRST, 1))

    # When a batch holds it again
    again = batch(other, 1, FIRST, 2)
    again.appended[EVENTS].append(EventRow(key, 1, "opened"))
    with pytest.raises(WriteRefused):
        runner.write(again)

    # Then nothing of that batch is stored, and the session goes on
    assert side.runner().load(other) == {other: KeyState()}
    runner.write(batch(other, 1, FIRST, 2))


def test_a_parked_key_is_held_as_parked_and_a_record_is_parked_once(side: ViewSide) -> None:
    runner, key = side.runner(), uuid4()
    runner.claim(IDS, [FIRST])
    runner.write(parking(key, 0))
    assert side.runner().load(key)[key].parked
    with pytest.raises(WriteRefused):
        runner.write(parking(key, 0))
