"""How far a view has come with one stream: its version there, and what keeps it from going on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.reading.session import open_view
from projections.kit.tables.statement import statement


class ParkedStream(NamedTuple):
    """A stream in quarantine, by the record that stopped it; `records` counts it and all behind it."""

    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    parked_at: datetime
    records: int


class SkippedRecord(NamedTuple):
    """A record that an operator left out: why it was parked, and why it was left out."""

    version: int
    reason: str
    decision: str
    skipped_at: datetime


class StreamInView(NamedTuple):
    """A stream as a view has it: the last version that it has folded, 0 for none, and what was skipped."""

    version: int
    parked: ParkedStream | None
    skipped: list[SkippedRecord]


def stream_in_view(
    database: str, projection: AnyProjection, stream_id: UUID, first: int, last: int
) -> StreamInView:
    """How far a view has come with a stream; of what was skipped, the versions from `first` to `last`.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    given = {"stream_id": stream_id, "key": str(stream_id).encode(), "first": first, "last": last}
    with open_view(database, projection) as connection:
        query = statement(statements.STREAM_IN_VIEW, schema=projection.name)
        version, *parked = connection.execute(query, given).fetchall()[0]
        skipped = connection.execute(statement(statements.SKIPPED, schema=projection.name), given)
        return StreamInView(
            version=version,
            parked=ParkedStream(*parked) if parked[0] is not None else None,
            skipped=[SkippedRecord(*row) for row in skipped],
        )
