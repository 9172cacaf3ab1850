"""How new a view is: folded, left out, parked, or not there yet."""

from __future__ import annotations

import time
from threading import Timer

import psycopg
import pytest

from casecore.contract.streams import case_stream_id
from projections.kit.errors import KeyParked
from projections.kit.reading.waiting import wait_for_version
from projections.kit.tables import schema
from projections.timeline.projection import TIMELINE
from tests.waiting import LIMIT_SECONDS

STREAM = case_stream_id("K-1")
KEY = str(STREAM).encode()


@pytest.fixture
def view(database: str) -> str:
    """A database in which the timeline has folded one event of a case."""
    with psycopg.connect(database, autocommit=True) as connection:
        schema.ensure(connection, TIMELINE)
        connection.execute("insert into timeline.states values (%s, 1, null, false)", (STREAM,))
    return database


def leave_out(database: str, version: int | None) -> None:
    """As an operator leaves out the case's next record, which bears this version."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update timeline.states set any_next = true where key = %s", (STREAM,))
        connection.execute(
            "insert into timeline.skipped (topic, partition, record_offset, key, reason, detail, decision, "
            "version) values ('cases', 0, 1, %s, 'gap', '', 'forged', %s)",
            (KEY, version),
        )


def fold_to(database: str, version: int) -> None:
    """As the runner folds the case's events up to this version."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update timeline.states set version = %s where key = %s", (version, STREAM))


def reached(database: str, version: int, limit_seconds: float = 0.1) -> bool:
    return wait_for_version(database, TIMELINE, STREAM, version, limit_seconds)


def test_what_was_folded_is_reached_and_what_was_not_is_not(view: str) -> None:
    assert reached(view, 1)
    assert not reached(view, 2)


def test_a_version_that_was_left_out_is_reached_and_no_other(view: str) -> None:
    # given: the second record was left out
    leave_out(view, 2)
    # then: it will not come any more, but those after it have not come yet
    assert reached(view, 2)
    assert not reached(view, 3)


def test_a_forged_record_far_ahead_reaches_nothing_before_it(view: str) -> None:
    leave_out(view, 7)
    assert not reached(view, 2)


def test_a_record_whose_version_nobody_can_read_reaches_nothing(view: str) -> None:
    leave_out(view, None)
    assert not reached(view, 2)
    fold_to(view, 3)
    assert reached(view, 2)


def test_the_genuine_event_is_waited_for_although_a_forged_one_of_its_version_was_left_out(view: str) -> None:
    # given: a forged second record was left out, and the genuine one is on its way
    leave_out(view, 2)
    arriving = Timer(0.3, fold_to, (view, 2))
    arriving.start()
    # then
    assert reached(view, 2, limit_seconds=LIMIT_SECONDS)
    with psycopg.connect(view, autocommit=True) as connection:
        assert connection.execute("select version from timeline.states").fetchone() == (2,)
    arriving.join()


def test_a_version_that_was_left_out_is_not_waited_for_to_the_limit(view: str) -> None:
    leave_out(view, 2)
    started_at = time.monotonic()
    assert reached(view, 2, limit_seconds=2 * LIMIT_SECONDS)
    assert time.monotonic() - started_at < LIMIT_SECONDS


def test_a_case_that_stands_in_quarantine_is_reported_at_once(view: str) -> None:
    with psycopg.connect(view, autocommit=True) as connection:
        connection.execute(
            "insert into timeline.quarantine values ('cases', 0, 2, %s, 'gap', '', null, null, '')", (KEY,)
        )
    with pytest.raises(KeyParked):
        reached(view, 2, limit_seconds=2 * LIMIT_SECONDS)
    assert reached(view, 1)
