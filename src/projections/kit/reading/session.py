"""A session in which a view can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from casecore.postgres.connection import Connection, connect
from casecore.postgres.errors import mapped_unavailable
from casecore.postgres.limits import VIEW_READER, Limits
from projections.kit.projection import AnyProjection
from projections.kit.tables import schema


@contextmanager
def open_view(database: str, projection: AnyProjection, limits: Limits = VIEW_READER) -> Iterator[Connection]:
    """A session on a database that has the view as this program keeps it, for as long as the block lasts.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    with mapped_unavailable(), connect(database, limits, "casecore look") as connection:
        schema.require(connection, projection)
        yield connection
