"""The workload view written with eventsourcing's ProjectionRunner; prints what it measured as JSON.

It follows its own application's log in PostgreSQL, not Kafka, and writes each event's rows with its tracking
in a transaction. What it knows of the cases it keeps in memory alone, which spares it a row for each event.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

from bench.peers.application import environment
from bench.peers.workload_rows import folded, upserts
from casecore.contract.wire import StoredEvent
from projections.kit.stored_table import Row
from projections.workload.projection import Workload

SCHEMA = "peer_workload"
_LIMIT_SECONDS = 240


class CaseFact(Aggregate.Event):
    """One of our events as one of the library's."""

    type: str
    position: int
    recorded_at: datetime
    body: str


class HelpDesk(Application[UUID]):
    """The application whose log is followed."""


class WorkloadView(PostgresTrackingRecorder):
    """The tables, and the position of the projection."""

    def __init__(self, datastore: Any, **given: Any) -> None:
        super().__init__(datastore, **given)
        self._upserts = upserts(SCHEMA)

    def write(self, rows: Sequence[Row], tracking: Tracking) -> None:
        """Rows and tracking, all or nothing."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            for row in rows:
                cursor.execute(self._upserts[type(row)], row, prepare=True)


class WorkloadProjection(Projection[WorkloadView]):
    """A case's rows after each of its events."""

    name = "workload"

    def __init__(self, view: WorkloadView) -> None:
        super().__init__(view)
        self._cases: dict[UUID, Workload] = {}
        self.started_at = 0.0

    def process_event(self, domain_event: CaseFact, tracking: Tracking) -> None:
        """Called by the library for each event in turn."""
        self.started_at = self.started_at or time.monotonic()
        case_id = domain_event.originator_id
        stored = StoredEvent(
            domain_event.position,
            case_id,
            domain_event.originator_version,
            domain_event.type,
            domain_event.recorded_at,
            domain_event.body.encode(),
        )
        self._cases[case_id], rows = folded(self._cases.get(case_id), stored)
        self.view.write(rows, tracking)


def main() -> None:
    database, events = sys.argv[1], int(sys.argv[2])
    runner = ProjectionRunner(
        application_class=HelpDesk,
        projection_class=WorkloadProjection,
        view_class=WorkloadView,
        env=environment(database, pool_size=4),
    )
    with runner:
        runner.wait(runner.app.recorder.max_notification_id(), timeout=_LIMIT_SECONDS)
        ended_at = time.monotonic()
    print(json.dumps({"count": events, "seconds": ended_at - runner.projection.started_at}))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
