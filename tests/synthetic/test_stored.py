"""A made-up business in the real store: given twice, and stored once."""

from __future__ import annotations

from collections import Counter
from datetime import date

import psycopg
import pytest

from casecore.app.deciders import DECIDERS
from casecore.commands.bus import CommandBus
from casecore.store.migrations import migrate
from casecore.synthetic.business import emissions
from casecore.synthetic.plan import plan


@pytest.fixture
def stored(database: str) -> str:
    """A store with nothing in it."""
    migrate(database)
    return database


def test_given_twice_it_is_stored_once(stored: str) -> None:
    # Given a business, all of it
    emitted = list(emissions(plan(60, 7, date(2024, 1, 1))))
    wanted = Counter({one.stream_id: 0 for one in emitted})
    for one in emitted:
        wanted[one.stream_id] += len(one.facts)

    # When it is given, and given again
    with CommandBus(stored, DECIDERS, "vendor") as bus:
        first = [future.result() for future in [bus.submit(one.command) for one in emitted]]
        again = [future.result() for future in [bus.submit(one.command) for one in emitted]]

    # Then every command was accepted once, and each stream has its events and no others
    assert not any(answer.repeated for answer in first)
    assert all(answer.repeated for answer in again)
    with psycopg.connect(stored) as connection:
        rows = connection.execute(
            "select originator_id, count(*), max(originator_version) from casecore.stored_events group by 1"
        ).fetchall()
    assert {stream: count for stream, count, _ in rows} == wanted
    assert all(count == version for _, count, version in rows)
