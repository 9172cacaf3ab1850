"""The log: appended whole or not at all, in order, with times that never run backwards."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.errors import AppendConflict, StreamsWentBack, UnsafeSetting
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from casecore.store.recorder import LogRecorder
from casecore.store.records import NewEvent, Receipt
from tests.waiting import LIMIT_SECONDS

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def recorder(database: str) -> Iterator[LogRecorder]:
    migrate(database)
    recorder = LogRecorder(database)
    yield recorder
    recorder.close()


def event(stream: UUID, version: int) -> NewEvent:
    return NewEvent(stream, version, "casecore.case.taken.v1", b'{"version":%d}' % version)


def receipt(stream: UUID, version: int) -> Receipt:
    return Receipt(uuid4(), b"hash", stream, version, 1)


def test_what_was_appended_is_read_back_in_order(recorder: LogRecorder, database: str) -> None:
    stream, other = uuid4(), uuid4()
    appended = recorder.append([event(stream, 1), event(other, 1), event(stream, 2)], [], LONG_AGO)
    positions = appended.positions
    assert positions == sorted(positions)
    with LogReader(database) as log:
        read = log.read(0, 10)
        assert [(e.stream_id, e.version) for e in read] == [(stream, 1), (other, 1), (stream, 2)]
        assert [e.position for e in read] == positions
        assert [e.version for e in log.stream(stream)] == [1, 2]
        assert log.last_position() == positions[-1]
        assert log.read(positions[0], 1)[0].position == positions[1]


def test_a_stream_that_has_moved_is_a_conflict_and_stores_nothing(
    recorder: LogRecorder, database: str
) -> None:
    stream = uuid4()
    recorder.append([event(stream, 1)], [], LONG_AGO)
    with pytest.raises(AppendConflict):
        recorder.append([event(uuid4(), 1), event(stream, 1)], [receipt(stream, 1)], LONG_AGO)
    with LogReader(database) as log:
        assert len(log.read(0, 10)) == 1


def test_a_receipt_that_is_there_is_a_conflict_and_stores_nothing(
    recorder: LogRecorder, database: str
) -> None:
    stream = uuid4()
    given = receipt(stream, 1)
    recorder.append([event(stream, 1)], [given], LONG_AGO)
    with pytest.raises(AppendConflict):
        recorder.append([event(stream, 2)], [given], LONG_AGO)
    with LogReader(database) as log:
        assert len(log.stream(stream)) == 1


def test_a_batch_loads_only_what_is_not_known_yet(recorder: LogRecorder) -> None:
    stream, other = uuid4(), uuid4()
    given = receipt(stream, 3)
    recorder.append([event(stream, n) for n in (1, 2, 3)] + [event(other, 1)], [given], LONG_AGO)
    new = uuid4()
    loaded = recorder.load(
        {stream: 1, other: 1, new: 0}, [(uuid4(), stream), (uuid4(), other), (uuid4(), new)]
    )
    assert [e.version for e in loaded.events] == [2, 3]
    assert loaded.receipts == {}


def test_of_a_stream_whose_commands_have_receipts_nothing_is_loaded(recorder: LogRecorder) -> None:
    stream, other = uuid4(), uuid4()
    given = receipt(stream, 1)
    recorder.append([event(stream, 1), event(other, 1)], [given], LONG_AGO)
    loaded = recorder.load({stream: 0, other: 0}, [(given.command_id, stream), (uuid4(), other)])
    assert [e.stream_id for e in loaded.events] == [other]
    assert loaded.receipts == {given.command_id: given}
    again = recorder.load({stream: 0}, [(given.command_id, stream), (uuid4(), stream)])
    assert [e.stream_id for e in again.events] == [stream]


def test_a_related_stream_is_loaded_although_no_command_is_on_it(recorder: LogRecorder) -> None:
    stream, book = uuid4(), uuid4()
    given = receipt(stream, 1)
    recorder.append([event(stream, 1), event(book, 1), event(book, 2)], [given], LONG_AGO)
    # Whether or not the command that it is related to has a receipt, and only from the known version on
    for command_id, known, versions in ((uuid4(), 0, [1, 2]), (given.command_id, 1, [2]), (uuid4(), 2, [])):
        loaded = recorder.load({stream: 1, book: known}, [(command_id, stream)], {book})
        assert [(e.stream_id, e.version) for e in loaded.events] == [(book, version) for version in versions]
    assert recorder.load({stream: 1, book: 0}, [(uuid4(), stream)]).events == []


def test_a_lost_version_of_a_related_stream_is_noticed(recorder: LogRecorder) -> None:
    stream, book = uuid4(), uuid4()
    recorder.append([event(stream, 1), event(book, 1)], [], LONG_AGO)
    with pytest.raises(StreamsWentBack):
        recorder.load({stream: 1, book: 2}, [(uuid4(), stream)], {book})


def test_recorded_at_never_runs_backwards_although_the_clock_does(
    recorder: LogRecorder, database: str
) -> None:
    # Given an event that was stored by a clock an hour ahead
    stream = uuid4()
    recorder.append([event(stream, 1)], [], LONG_AGO)
    with psycopg.connect(database) as connection:
        connection.execute("update casecore.stored_events set recorded_at = now() + interval '1 hour'")
    # When more is stored
    loaded = recorder.load({stream: 0}, [(uuid4(), stream)])
    recorder.append([event(stream, 2)], [], loaded.now)
    # Then its time is not before, and the time on which a decision rests was not before either
    with LogReader(database) as log:
        first, second = log.stream(stream)
    assert first.recorded_at <= second.recorded_at
    assert loaded.now >= first.recorded_at


def test_recorded_at_is_not_before_the_time_of_the_decision(recorder: LogRecorder, database: str) -> None:
    decided_at = datetime.now(UTC) + timedelta(minutes=5)
    recorder.append([event(uuid4(), 1)], [], decided_at)
    with LogReader(database) as log:
        assert log.read(0, 1)[0].recorded_at >= decided_at


def test_a_reader_that_follows_the_log_misses_nothing_while_many_write(
    recorder: LogRecorder, database: str
) -> None:
    # Given writers on connections of their own
    writers, each = 4, 60

    def write(_: int) -> None:
        own = LogRecorder(database)
        for _ in range(each):
            own.append([event(uuid4(), 1)], [], LONG_AGO)
        own.close()

    # When a reader follows by position while they write
    seen: list[int] = []
    with LogReader(database) as log, ThreadPoolExecutor(writers) as pool:
        done = [pool.submit(write, n) for n in range(writers)]
        while len(seen) < writers * each:
            news = log.read(seen[-1] if seen else 0, 7)
            seen += [e.position for e in news]
            if not news and all(f.done() for f in done) and not log.read(seen[-1] if seen else 0, 1):
                break
            if not news:
                log.wait(0.2)
        for future in done:
            future.result()
    # Then it has seen every event, once
    with psycopg.connect(database) as connection:
        stored = connection.execute(
            "select notification_id from casecore.stored_events order by 1"
        ).fetchall()
    assert seen == [row[0] for row in stored]
    assert len(seen) == writers * each


def test_a_reader_is_woken_when_the_log_grows(recorder: LogRecorder, database: str) -> None:
    with LogReader(database) as log:
        log.last_position()
        recorder.append([event(uuid4(), 1)], [], LONG_AGO)
        assert log.wait(LIMIT_SECONDS)
        assert not log.wait(0)


def test_a_database_that_is_away_is_said_to_be(tmp_path: object) -> None:
    with pytest.raises(DatabaseUnavailable), LogReader("host=127.0.0.1 port=1 connect_timeout=1") as log:
        log.last_position()


def test_the_setting_that_makes_gaps_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    with pytest.raises(UnsafeSetting, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        LogRecorder("host=127.0.0.1 port=1")


def test_the_library_reads_and_writes_the_same_log(recorder: LogRecorder) -> None:
    from eventsourcing.persistence import StoredEvent

    stream = uuid4()
    ids = recorder.insert_events([StoredEvent(stream, 1, "casecore.case.taken.v1", b"{}")])
    notifications = recorder.select_notifications(start=None, limit=10)
    assert [n.id for n in notifications] == list(ids)
    assert recorder.select_events(stream)[0].state == b"{}"


@pytest.mark.parametrize(("there", "expected"), [(2, 1), (2, 3), (2, 0), (0, 1)])
def test_a_stream_that_is_not_at_the_version_expected_of_it_is_a_conflict_and_stores_nothing(
    recorder: LogRecorder, database: str, there: int, expected: int
) -> None:
    # Given a stream that the batch only looks at
    looked_at, written = uuid4(), uuid4()
    recorder.append([event(looked_at, n + 1) for n in range(there)], [], LONG_AGO)
    # When the batch was decided on another version of it
    with pytest.raises(AppendConflict):
        recorder.append(
            [event(written, 1)], [receipt(written, 1)], LONG_AGO, {looked_at: expected, written: 0}
        )
    with LogReader(database) as log:
        assert log.stream(written) == []
    # But on the one that it is at, all is stored
    recorder.append([event(written, 1)], [receipt(written, 1)], LONG_AGO, {looked_at: there, written: 0})
    with LogReader(database) as log:
        assert len(log.stream(written)) == 1
