"""The simulated store and a real PostgreSQL do the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol
from uuid import UUID, uuid4

import psycopg
import pytest

from casecore.commands.messages import Append, Load
from casecore.contract.wire import StoredEvent
from casecore.postgres.errors import DatabaseUnavailable
from casecore.relay.errors import LockLost
from casecore.relay.session import RelaySession
from casecore.store.errors import AppendConflict, StreamsWentBack
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from casecore.store.recorder import LogRecorder
from casecore.store.records import Loaded, NewEvent, Receipt
from tests.simulation.checks.faultless import FaultlessWorld
from tests.simulation.drivers.bus import Recorder
from tests.simulation.servers.network import ask, connect
from tests.simulation.servers.store import Store, StoreSession

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2200, 1, 1, tzinfo=UTC)


class StoreSide(Protocol):
    """What a bus and a relay ask of a store; each number is another process."""

    def load(self, process: int, request: Load) -> Loaded: ...
    def append(self, process: int, request: Append) -> None: ...
    def log(self) -> list[StoredEvent]: ...
    def take_lock(self, process: int) -> bool: ...
    def check_lock(self, process: int) -> None: ...
    def end_sessions(self) -> None: ...


class SimulatedStore:
    """The simulated store."""

    def __init__(self) -> None:
        self.faultless = FaultlessWorld()
        self.store = Store(self.faultless.world)
        self.processes = [self.faultless.process(f"process {n}") for n in range(2)]
        self.recorders = [Recorder(self.faultless.world, process, self.store) for process in self.processes]
        self.locking: dict[int, StoreSession] = {}

    def load(self, process: int, request: Load) -> Loaded:
        return self.faultless.do(self.processes[process], self.recorders[process].load(*request))

    def append(self, process: int, request: Append) -> None:
        self.faultless.do(self.processes[process], self.recorders[process].append(request))

    def log(self) -> list[StoredEvent]:
        return self.store.read(0, 100)

    def take_lock(self, process: int) -> bool:
        one = self.processes[process]
        session = self.faultless.do(one, connect(self.faultless.world, one, self.store, StoreSession))
        assert isinstance(session, StoreSession)
        self.locking[process] = session
        return self.store.take_relay_lock(session)

    def check_lock(self, process: int) -> None:
        try:
            steps = ask(self.faultless.world, self.locking[process], "still locked?", lambda: None)
            self.faultless.do(self.processes[process], steps)
        except DatabaseUnavailable:
            raise LockLost from None

    def end_sessions(self) -> None:
        for link in list(self.store.links):
            link.end()


class RealStore:
    """A real PostgreSQL, over the program's own code."""

    def __init__(self, database: str) -> None:
        migrate(database)
        self.database = database
        self.recorders = [LogRecorder(database, pool_size=1) for _ in range(2)]
        self.sessions = [RelaySession(database, "some") for _ in range(2)]

    def load(self, process: int, request: Load) -> Loaded:
        return self.recorders[process].load(*request)

    def append(self, process: int, request: Append) -> None:
        self.recorders[process].append(*request)

    def log(self) -> list[StoredEvent]:
        with LogReader(self.database) as reader:
            return reader.read(0, 100)

    def take_lock(self, process: int) -> bool:
        return self.sessions[process].take_lock() is None

    def check_lock(self, process: int) -> None:
        self.sessions[process].check()

    def end_sessions(self) -> None:
        with psycopg.connect(self.database) as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )

    def close(self) -> None:
        for recorder in self.recorders:
            recorder.close()
        for session in self.sessions:
            session.close()


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.servers)])
def side(request: pytest.FixtureRequest) -> Iterator[StoreSide]:
    if request.param == "simulated":
        yield SimulatedStore()
        return
    real = RealStore(request.getfixturevalue("database"))
    yield real
    real.close()


def event(stream: UUID, version: int) -> NewEvent:
    return NewEvent(stream, version, "casecore.case.taken.v1", b'{"version":%d}' % version)


def receipt(stream: UUID, version: int, command_id: UUID | None = None) -> Receipt:
    return Receipt(command_id or uuid4(), b"hash", stream, version, 1)


def append(
    side: StoreSide,
    process: int,
    events: Sequence[NewEvent],
    receipts: Sequence[Receipt] = (),
    now: datetime = LONG_AGO,
    expected: Mapping[UUID, int] = MappingProxyType({}),
) -> None:
    side.append(process, Append(events, receipts, now, expected))


def places(side: StoreSide) -> list[tuple[UUID, int]]:
    return [(one.stream_id, one.version) for one in side.log()]


def test_positions_rise_and_recorded_at_never_runs_backwards(side: StoreSide) -> None:
    stream, other = uuid4(), uuid4()
    append(side, 0, [event(stream, 1), event(other, 1)], now=FAR_AHEAD)
    append(side, 1, [event(stream, 2)], now=LONG_AGO)
    log = side.log()
    assert places(side) == [(stream, 1), (other, 1), (stream, 2)]
    assert sorted(one.position for one in log) == [one.position for one in log]
    assert [one.recorded_at for one in log] == [FAR_AHEAD] * 3
    assert side.load(0, Load({}, [], set())).now == FAR_AHEAD


def test_a_version_that_is_there_is_a_conflict_and_stores_nothing(side: StoreSide) -> None:
    stream, other = uuid4(), uuid4()
    append(side, 0, [event(stream, 1)])
    accepted = receipt(other, 1)
    with pytest.raises(AppendConflict):
        append(side, 1, [event(other, 1), event(stream, 1)], [accepted])
    assert places(side) == [(stream, 1)]
    assert side.load(0, Load({}, [(accepted.command_id, other)], set())).receipts == {}
    append(side, 1, [event(other, 1)])


def test_a_command_that_has_a_receipt_is_a_conflict_and_stores_nothing(side: StoreSide) -> None:
    stream, command_id = uuid4(), uuid4()
    append(side, 0, [event(stream, 1)], [receipt(stream, 1, command_id)])
    with pytest.raises(AppendConflict):
        append(side, 1, [event(stream, 2)], [receipt(stream, 2, command_id)])
    assert places(side) == [(stream, 1)]


def test_a_stream_that_is_not_at_the_expected_version_is_a_conflict(side: StoreSide) -> None:
    stream, other, unknown = uuid4(), uuid4(), uuid4()
    append(side, 0, [event(stream, 1), event(stream, 2)])
    append(side, 0, [event(other, 1)], expected={stream: 2, unknown: 0})
    for wrong in ({stream: 1}, {stream: 3}, {stream: 0}, {unknown: 1}):
        with pytest.raises(AppendConflict):
            append(side, 0, [event(other, 2)], expected=wrong)
    assert places(side) == [(stream, 1), (stream, 2), (other, 1)]


def test_what_is_loaded_is_what_a_decision_needs(side: StoreSide) -> None:
    # Given two streams; the command on the second has a receipt
    stream, answered, beside = uuid4(), uuid4(), uuid4()
    known_command, new_command = uuid4(), uuid4()
    append(side, 0, [event(stream, 1), event(stream, 2), event(beside, 1)])
    append(side, 0, [event(answered, 1)], [receipt(answered, 1, known_command)])

    # When a batch is loaded that knows the first stream's first version
    commands = [(new_command, stream), (known_command, answered)]
    loaded = side.load(1, Load({stream: 1, answered: 0, beside: 0}, commands, {beside}))

    # Then what is new to it is there, and nothing of the stream that needs no decision
    found = {(one.stream_id, one.version) for one in loaded.events}
    assert found == {(stream, 2), (beside, 1)}
    assert set(loaded.receipts) == {known_command}
    # and a version that is not there is noticed
    with pytest.raises(StreamsWentBack):
        side.load(1, Load({stream: 3}, [(new_command, stream)], set()))


def test_whether_there_is_a_party_is_said_if_it_is_asked(side: StoreSide) -> None:
    party = uuid4()
    append(side, 0, [event(uuid4(), 1)])
    assert not side.load(1, Load({}, [], set(), asks_for_parties=True)).has_parties
    append(side, 0, [NewEvent(party, 1, "casecore.party.registered.v1", b"{}")])
    assert side.load(1, Load({}, [], set(), asks_for_parties=True)).has_parties
    assert not side.load(1, Load({}, [], set())).has_parties


def test_what_was_committed_outlives_the_session_and_the_next_call_opens_another(side: StoreSide) -> None:
    stream = uuid4()
    append(side, 0, [event(stream, 1)])
    side.end_sessions()
    assert places(side) == [(stream, 1)]
    with pytest.raises(DatabaseUnavailable):
        append(side, 0, [event(stream, 2)])
    append(side, 0, [event(stream, 2)])


def test_one_relay_has_the_lock_as_long_as_its_session_lives(side: StoreSide) -> None:
    assert side.take_lock(0)
    assert not side.take_lock(1)
    side.check_lock(0)
    side.end_sessions()
    with pytest.raises(LockLost):
        side.check_lock(0)
    if isinstance(side, RealStore):
        side.sessions[1].close()
    assert side.take_lock(1)
