"""How a view was built, and how far it has come in each partition: for those who operate it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from casecore.postgres.connection import Connection
from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.tables.claims import Claimed
from projections.kit.tables.offsets import load_offsets
from projections.kit.tables.statement import statement


class BuiltView(NamedTuple):
    """By which version of its projection a view was built, when, what is parked, and where it is."""

    version: int
    built_at: datetime
    parked_keys: int
    parked_records: int
    places: list[Claimed]


def read_built(connection: Connection, projection: AnyProjection) -> BuiltView:
    """The same of a view that is there."""
    row = connection.execute(statement(statements.VIEW_BUILT, schema=projection.name)).fetchone()
    assert row is not None, "each view says how it was built"
    version, built_at, keys, records = row
    return BuiltView(
        version=version,
        built_at=built_at,
        parked_keys=keys,
        parked_records=records,
        places=list(load_offsets(connection, projection.name).values()),
    )
