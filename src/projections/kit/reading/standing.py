"""What a view has of streams whose latest events are given: how many of their events it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from casecore.postgres.connection import Connection
from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.tables.statement import statement


class StreamStanding(NamedTuple):
    """A stream's latest event in the log, and what a view has of the stream.

    `folded` is the last version that the view has folded, 0 for none; `missing` how many of the later events
    it lacks, without those that an operator left out. Events of a parked key wait in quarantine.
    """

    stream_id: UUID
    version: int
    position: int
    type: str
    folded: int
    missing: int
    is_parked: bool


def standings(
    connection: Connection, projection: AnyProjection, latest: str, given: Mapping[str, object]
) -> list[StreamStanding]:
    """What the view has of each stream that a query gives.

    `latest` is the query, and `given` are its parameters; its columns are stream_id, version, position and
    type.
    """
    query = statement(statements.STANDINGS, schema=projection.name, latest=latest)
    return [StreamStanding(*row) for row in connection.execute(query, given)]


def streams_behind(
    connection: Connection, projection: AnyProjection, newest: str, given: Mapping[str, object], limit: int
) -> list[UUID]:
    """Those streams that a query gives, as stream_id and version, of which the view has not that version.

    At most so many, and none that is in quarantine.
    """
    query = statement(statements.BEHIND, schema=projection.name, newest=newest)
    return [row[0] for row in connection.execute(query, {**given, "limit": limit})]


def parked_streams(connection: Connection, projection: AnyProjection, limit: int) -> list[UUID]:
    """The streams in quarantine, at most so many; a key that is not an id belongs to none."""
    query = statement(statements.PARKED_STREAMS, schema=projection.name)
    return [UUID(key) for (key,) in connection.execute(query, {"limit": limit})]


def build_of(connection: Connection, projection: AnyProjection) -> UUID | None:
    """The id of the view's building, which is another one once the view is built again."""
    row = connection.execute(statement(statements.SELECT_BUILD, schema=projection.name)).fetchone()
    return row[0] if row else None
