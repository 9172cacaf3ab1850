"""How many events a view has folded."""

from __future__ import annotations

from casecore.postgres.connection import Connection
from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.reading.session import open_view
from projections.kit.tables.statement import statement


def folded_events(database: str, projection: AnyProjection) -> int:
    """How many events the view has folded, over all streams. Raises ViewMissing and ViewOutdated.

    A stream's version counts its events, so the sum over the streams counts them all. It reads every
    stream's row: for demonstrations and measurements, not for a dashboard.
    """
    with open_view(database, projection) as connection:
        return folded_in(connection, projection.name)


def folded_in(connection: Connection, schema_name: str) -> int:
    """The same of one schema, which must be there."""
    found = connection.execute(statement(statements.FOLDED_EVENTS, schema=schema_name)).fetchone()
    return int(found[0]) if found else 0
