"""Reading whole streams, one after the other, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import psycopg

from casecore.contract.wire import StoredEvent
from casecore.store import sql
from casecore.store.errors import StoreUnavailable

_ROWS = 2_000
"""Events in one fetch: some MB at most, and far more than one round trip costs."""


def read_streams(database: str, first: UUID, before: UUID | None, up_to: int) -> Iterator[list[StoredEvent]]:
    """The events of each stream from id `first` until before another, up to a position, in order.

    Never more than a stream and a fetch are in memory. Raises StoreUnavailable.
    """
    given = {"first": first, "before": before, "up_to": up_to}
    try:
        with (
            psycopg.connect(database, **sql.CONNECTION) as connection,
            connection.cursor("streams", binary=True) as cursor,
        ):
            cursor.itersize = _ROWS
            cursor.execute(sql.READ_STREAMS, given)
            events = (StoredEvent(*row) for row in cursor)
            for _, stream in groupby(events, key=attrgetter("stream_id")):
                yield list(stream)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"PostgreSQL does not answer: {error}") from error
