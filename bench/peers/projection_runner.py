"""The workload view with the eventsourcing library's ProjectionRunner, run as a process of its own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench.measurements import Measurement
from bench.peers.application import environment
from bench.peers.runner_workload import SCHEMA, CaseFact, HelpDesk
from bench.peers.streams import check_rows, make_tables, run
from bench.stages import Published, Stages
from casecore.contract.streams import CASES, kind_of
from casecore.contract.wire import StoredEvent
from casecore.store import sql

NAME = "peer: workload with eventsourcing's ProjectionRunner"
_AT_ONCE = 100


def measure(stages: Stages, published: Published, events: int) -> Measurement:
    """The first so many events of the same cases, from the library's own log to its last row."""
    database = stages.database("peer_runner")
    with psycopg.connect(database, autocommit=True) as connection:
        # As our views do it: after a crash of the server the last events are folded again.
        connection.execute("alter database peer_runner set synchronous_commit = off")
    make_tables(database, SCHEMA)
    count = _fill(published, database, events)
    result = run(Path(sys.executable), "bench.peers.runner_workload", database, str(count))
    check_rows(database, SCHEMA, count)
    return Measurement(NAME, count, "events", result["seconds"])


def _fill(published: Published, database: str, events: int) -> int:
    """Our events as the library's own, in the order of the log."""
    application = HelpDesk(environment(database, pool_size=1))
    with psycopg.connect(published.stage.addresses.database) as connection:
        rows = connection.cursor(binary=True).execute(sql.READ_LOG, (0, events)).fetchall()
    cases = (event for event in (StoredEvent(*row) for row in rows) if kind_of(event.type) is CASES)
    facts = [application.mapper.to_stored_event(_fact(event)) for event in cases]
    for first in range(0, len(facts), _AT_ONCE):
        application.recorder.insert_events(facts[first : first + _AT_ONCE])
    application.close()
    return len(facts)


def _fact(event: StoredEvent) -> CaseFact:
    return CaseFact(  # type: ignore[call-arg]
        originator_id=event.stream_id,
        originator_version=event.version,
        timestamp=datetime.now(UTC),
        type=event.type,
        position=event.position,
        recorded_at=event.recorded_at,
        body=event.body.decode(),
    )
