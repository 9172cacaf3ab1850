"""What a caller asks of any view: whether it has come as far as the caller's own write."""

from __future__ import annotations

import time
from uuid import UUID

import psycopg

from projections.kit import schema, sql
from projections.kit.errors import KeyParked
from projections.kit.projection import AnyProjection
from projections.kit.schema import statement

_LOOK_SECONDS = 0.02


def wait_for_version(
    database: str, projection: AnyProjection, stream_id: UUID, version: int, limit_seconds: float
) -> bool:
    """Wait until the view has folded this version of a stream; False if it has not after the limit.

    A command's answer says which version it led to. Raises KeyParked when the stream stands in
    quarantine short of it, ViewMissing and ViewOutdated.
    """
    give_up_at = time.monotonic() + limit_seconds
    key = str(stream_id)
    with psycopg.connect(database, autocommit=True) as connection:
        schema.require(connection, projection)
        while True:
            found = connection.execute(
                statement(sql.STATE_VERSION, schema=projection.name), (stream_id,)
            ).fetchone()
            if found and (found[0] >= version or found[1]):  # what was skipped will not come any more
                return True
            parked = connection.execute(statement(sql.IS_PARKED, schema=projection.name), (key.encode(),))
            if (parked.fetchone() or (False,))[0]:
                raise KeyParked(projection.name, key)
            if time.monotonic() >= give_up_at:
                return False
            time.sleep(_LOOK_SECONDS)


def folded_events(database: str, projection: AnyProjection) -> int:
    """How many events the view has folded, over all streams. Raises ViewMissing and ViewOutdated.

    A stream's version counts its events, so the sum over the streams counts them all. It reads every
    stream's row: for demonstrations and measurements, not for a dashboard.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        schema.require(connection, projection)
        found = connection.execute(statement(sql.FOLDED_EVENTS, schema=projection.name)).fetchone()
    return int(found[0]) if found else 0
