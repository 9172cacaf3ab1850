"""The billing view in a real database, filled without a broker."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import STORE, VIEW_READER
from projections.billing.projection import BILLING
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.tables import schema
from projections.kit.tables.storage import Storage
from tests.projections.histories import sent

_COPY = """copy casecore.stored_events
  (notification_id, originator_id, originator_version, topic, recorded_at, state) from stdin"""


class View:
    """The view, and a connection with which a test queries it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        schema.ensure(connection, BILLING)
        self._storage = Storage(connection, BILLING, BILLING.name)

    def fill(self, events: Sequence[StoredEvent], size: int = 1_000) -> None:
        """Empty it, and fold events in batches of that size."""
        tables = ("states", "offsets", *(table.name for table in BILLING.tables))
        self.connection.execute("; ".join(f"delete from billing.{name}" for name in tables))
        self._storage.claim({"billing": "id"}, [("billing", 0)])
        fold, records = Fold(BILLING), sent(events, "billing")
        for first in range(0, len(records), size):
            parsed = [parse_record(record) for record in records[first : first + size]]
            outcomes = self._storage.commit_batch(fold, parsed)
            assert not any(outcome.parked for outcome in outcomes)

    def one(self, query: str) -> object:
        """The only value that a query gives."""
        row = self.connection.execute(query).fetchone()
        return row[0] if row else None


def store(database: str, events: Sequence[StoredEvent]) -> None:
    """Let the store hold these events, and no others; its tables are there."""
    with connect(database, STORE) as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute("truncate casecore.stored_events")
        with cursor.copy(_COPY) as copy:
            for one in events:
                copy.write_row(
                    (one.position, one.stream_id, one.version, one.type, one.recorded_at, one.body)
                )


def show(database: str, events: Sequence[StoredEvent]) -> None:
    """Make the view of these events in a database."""
    with connect(database, VIEW_READER) as connection:
        View(connection).fill(events)
