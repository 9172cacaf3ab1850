"""Waiting until a view has come as far as the caller's own write."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from casecore.postgres.connection import Connection
from projections.kit.errors import KeyParked
from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.reading.session import open_view
from projections.kit.tables.statement import statement

_LOOK_SECONDS = 0.02
_FORGED_SECONDS = 2.0
"""How long to wait for the genuine event of a version of which a record was left out: that record may have
been a forged one with the same number, which nobody can tell. Relay and runner take a twentieth of this."""


def wait_for_version(
    database: str, projection: AnyProjection, stream_id: UUID, version: int, limit_seconds: float
) -> bool:
    """Wait until the view has folded this version of a stream; False if it has not after the limit.

    A command's answer says which version it led to. A version that an operator left out counts as folded,
    once it is clear that no other record brings it. Raises KeyParked when the stream is in quarantine and
    has not come to the version, ViewMissing and ViewOutdated.
    """
    started_at = time.monotonic()
    key = str(stream_id)
    with open_view(database, projection) as connection:
        while True:
            found = _first(connection, statements.STATE_VERSION, projection, stream_id)
            if found and found[0] >= version:
                return True
            if _first(connection, statements.IS_PARKED, projection, key.encode()) == (True,):
                raise KeyParked(projection.name, key)
            waited_seconds = time.monotonic() - started_at
            if waited_seconds >= min(limit_seconds, _FORGED_SECONDS):
                if _first(connection, statements.WAS_SKIPPED, projection, key.encode(), version) == (True,):
                    return True
                if waited_seconds >= limit_seconds:
                    return False
            time.sleep(_LOOK_SECONDS)


def _first(
    connection: Connection, query: str, projection: AnyProjection, *given: object
) -> tuple[Any, ...] | None:
    return connection.execute(statement(query, schema=projection.name), given).fetchone()
