"""Whole streams, one after the other or a page at a time, as they were at a position of the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from casecore.contract.wire import StoredEvent
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store import streams
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from casecore.store.recorder import LogRecorder
from casecore.store.records import NewEvent
from casecore.store.streams import StreamsReader, read_streams

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FIRST, NEXT = "casecore.licence.activated.v1", "casecore.licence.changed.v1"


@pytest.fixture
def recorder(database: str) -> Iterator[LogRecorder]:
    migrate(database)
    recorder = LogRecorder(database)
    yield recorder
    recorder.close()


def append(recorder: LogRecorder, stream: UUID, versions: range, first: str = FIRST) -> list[int]:
    events = [NewEvent(stream, v, first if v == 1 else NEXT, b'{"v":%d}' % v) for v in versions]
    return recorder.append(events, [], LONG_AGO).positions


def last(database: str) -> int:
    with LogReader(database) as log:
        return log.last_position()


def places(events: list[StoredEvent]) -> list[tuple[UUID, int]]:
    return [(one.stream_id, one.version) for one in events]


def test_every_stream_of_a_kind_is_listed_once_in_order_over_many_pages(
    recorder: LogRecorder, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more streams than a page has, and some of another kind
    monkeypatch.setattr(streams, "_ROWS", 3)
    wanted = [uuid4() for _ in range(9)]
    for stream in wanted:
        append(recorder, stream, range(1, 3))
        append(recorder, uuid4(), range(1, 2), "casecore.party.registered.v1")
    # Then the pages have exactly those of the kind
    with StreamsReader(database, last(database)) as reader:
        pages = list(reader.pages(FIRST))
        assert [stream for page in pages for stream in page] == sorted(wanted)
        assert [len(page) for page in pages] == [3, 3, 3]
        assert list(reader.pages(NEXT)) == []


def test_streams_are_found_by_a_text_and_by_their_last_event(recorder: LogRecorder, database: str) -> None:
    # Given streams of one, two and three events
    short, middle, long = sorted(uuid4() for _ in range(3))
    for stream, events in ((short, 1), (middle, 2), (long, 3)):
        append(recorder, stream, range(1, events + 1))
    # Then those are found in which some event has the text,
    with StreamsReader(database, last(database)) as reader:
        assert list(reader.pages(FIRST, b'"v":2')) == [[middle, long]]
    with LogReader(database) as log:
        # those whose last event has all of the texts, after a stream, as many as are asked for,
        none = UUID(int=0)
        assert places(log.last_of_each([FIRST], none, 10)) == [(short, 1), (middle, 2), (long, 3)]
        assert places(log.last_of_each([FIRST], none, 10, [b"v", b"2"])) == [(middle, 2)]
        assert places(log.last_of_each([FIRST], short, 1)) == [(middle, 2)]
        # and one event by its version.
        assert [one and one.version for one in (log.event(long, 2), log.event(long, 4))] == [2, None]


def test_a_long_stream_is_read_whole_and_from_a_version_on(
    recorder: LogRecorder, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_LARGE_ROWS", 4)
    stream = uuid4()
    for count in (0, 1, 3, 4, 5, 8, 9):
        # As many events as fill some fetches exactly, one less, and one more
        append(recorder, stream, range(1 + _stored(database, stream), count + 1))
        with StreamsReader(database, last(database)) as reader:
            assert [one.version for one in reader.stream(stream)] == list(range(1, count + 1))
            assert [one.version for one in reader.stream(stream, 3)] == list(range(4, count + 1))


def _stored(database: str, stream: UUID) -> int:
    with LogReader(database) as log:
        return len(log.stream(stream))


def test_many_streams_are_read_at_once_and_one_without_events_is_not_there(
    recorder: LogRecorder, database: str
) -> None:
    one, two, none = uuid4(), uuid4(), uuid4()
    append(recorder, one, range(1, 3))
    append(recorder, two, range(1, 2))
    append(recorder, one, range(3, 4))
    with StreamsReader(database, last(database)) as reader:
        found = reader.read([two, none, one])
        assert {stream: [each.version for each in events] for stream, events in found.items()} == {
            one: [1, 2, 3],
            two: [1],
        }
        assert found[one][2].body == b'{"v":3}'
        assert found[one][0].recorded_at.utcoffset() is not None
        assert reader.read([]) == {}


def test_nothing_after_the_position_is_seen(recorder: LogRecorder, database: str) -> None:
    # Given a reader as of a position, and more that is stored afterwards
    stream, later = uuid4(), uuid4()
    positions = append(recorder, stream, range(1, 4))
    with StreamsReader(database, positions[1]) as reader:
        append(recorder, later, range(1, 2))
        append(recorder, stream, range(4, 6))
        # Then it sees what was stored up to its position, in every way to read
        assert [one.version for one in reader.stream(stream)] == [1, 2]
        assert list(reader.stream(later)) == []
        assert places(reader.read([stream, later])[stream]) == [(stream, 1), (stream, 2)]
        assert list(reader.pages(FIRST)) == [[stream]]
    found = list(read_streams(database, UUID(int=0), None, positions[1]))
    assert [places(one) for one in found] == [[(stream, 1), (stream, 2)]]


def test_streams_are_read_from_an_id_until_before_another(recorder: LogRecorder, database: str) -> None:
    ids = sorted(uuid4() for _ in range(5))
    for stream in reversed(ids):
        append(recorder, stream, range(1, 3))
    found = read_streams(database, ids[1], ids[3], last(database))
    assert [places(one) for one in found] == [[(each, 1), (each, 2)] for each in ids[1:3]]


def test_a_database_that_is_away_is_said_to_be() -> None:
    unavailable = "host=127.0.0.1 port=1 connect_timeout=1"
    with pytest.raises(DatabaseUnavailable):
        list(StreamsReader(unavailable, 1).stream(UUID(int=0)))
    with pytest.raises(DatabaseUnavailable):
        list(read_streams(unavailable, UUID(int=0), None, 1))
