"""What a caller asks of any view: whether it has come as far as the caller's own write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from casecore.postgres.connection import Connection, connect
from casecore.postgres.errors import mapped_unavailable
from casecore.postgres.limits import VIEW_READER, Limits
from projections.kit.errors import KeyParked
from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.tables import schema
from projections.kit.tables.statement import statement

_LOOK_SECONDS = 0.02
_FORGED_SECONDS = 2.0
"""How long the genuine event of a version whose record was left out is waited for: a forged one may have
borne its number, which nobody can tell, and relay and runner take a twentieth of this."""


@contextmanager
def open_view(database: str, projection: AnyProjection, limits: Limits = VIEW_READER) -> Iterator[Connection]:
    """A session on a database that has the view as this program keeps it, for as long as the block lasts.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    with mapped_unavailable(), connect(database, limits, "casecore look") as connection:
        schema.require(connection, projection)
        yield connection


def wait_for_version(
    database: str, projection: AnyProjection, stream_id: UUID, version: int, limit_seconds: float
) -> bool:
    """Wait until the view has folded this version of a stream; False if it has not after the limit.

    A command's answer says which version it led to. A version that an operator left out counts as folded,
    once it is clear that no other record brings it. Raises KeyParked when the stream stands in quarantine
    short of it, ViewMissing and ViewOutdated.
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
