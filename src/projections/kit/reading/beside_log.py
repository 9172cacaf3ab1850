"""Streams in the log beside what a view has of them: of one moment, and in one trip to the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from psycopg.errors import InvalidSchemaName, UndefinedColumn, UndefinedTable

from casecore.postgres.connection import Connection
from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.reading.session import open_session, open_view
from projections.kit.reading.snapshot import read_snapshot
from projections.kit.stored_table import StoredTable
from projections.kit.tables import schema
from projections.kit.tables.statement import statement

FoundT = TypeVar("FoundT")
RowT = TypeVar("RowT", bound=tuple[Any, ...])

_NOT_THERE = (UndefinedTable, UndefinedColumn, InvalidSchemaName)


class StreamBesideLog(NamedTuple, Generic[RowT]):
    """A stream's last event in the log, and what a view has of the stream.

    `head_recorded_at` is when the log's last event of any stream was recorded. `folded` is the last version
    that the view has folded, 0 for none, and `row` the stream's row in the table that was asked for, if any.
    """

    position: int
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    body: bytes
    head_recorded_at: datetime
    folded: int
    is_parked: bool
    row: RowT | None


class BesideLog(NamedTuple, Generic[FoundT]):
    """A stream beside what a view has of it, and what was found there at that moment; None for none."""

    stream: StreamBesideLog[Any] | None
    found: FoundT | None


def look_beside_log(
    database: str,
    projection: AnyProjection,
    latest: str,
    given: Mapping[str, object],
    table: StoredTable | None = None,
    row: type[RowT] | None = None,
) -> list[StreamBesideLog[RowT]]:
    """The streams that a query gives, as `streams_beside_log`, in one trip to the server.

    Raises DatabaseUnavailable, too.
    """
    with open_session(database) as connection:
        return streams_beside_log(connection, projection, latest, given, table, row)


def read_beside_log(
    database: str,
    projection: AnyProjection,
    latest: str,
    given: Mapping[str, object],
    is_answered: Callable[[bytes], bool],
    read: Callable[[Connection], FoundT],
) -> BesideLog[FoundT]:
    """The stream that a query gives, as `streams_beside_log`, and what `read` reads at that moment.

    `is_answered` is whether anything is read, by the body of the stream's last event: what is not is as what
    is not there. Raises ViewMissing, ViewOutdated, DatabaseUnavailable, and ProjectionError if the view is
    swapped whenever it is read.
    """

    def read_both(asked: Connection) -> BesideLog[FoundT]:
        found: list[StreamBesideLog[Any]] = streams_beside_log(asked, projection, latest, given)
        if not found or not is_answered(found[0].body):
            return BesideLog(None, None)
        return BesideLog(found[0], read(asked))

    with open_view(database, projection) as connection:
        return read_snapshot(connection, projection, read_both)


def streams_beside_log(
    connection: Connection,
    projection: AnyProjection,
    latest: str,
    given: Mapping[str, object],
    table: StoredTable | None = None,
    row: type[RowT] | None = None,
) -> list[StreamBesideLog[RowT]]:
    """Each stream that a query gives, beside what the view has of it.

    `latest` is the query, and `given` are its parameters; its columns are position, stream_id, version, type,
    recorded_at, body and head_recorded_at. `table` has at most one row for a stream, by a key of one column.
    Raises ViewMissing and ViewOutdated.
    """
    query = statement(_query(projection, table).format(schema=projection.name, latest=latest))
    try:
        with connection.cursor(binary=True) as cursor:
            found = cursor.execute(query, given, prepare=True).fetchall()
    except _NOT_THERE:
        schema.require(connection, projection)
        raise
    if not all(schema.is_form_of_today(projection, *one[9:11]) for one in found):
        schema.require(connection, projection)
    return [StreamBesideLog._make((*one[:9], _row(row, one[11:]))) for one in found]


def _query(projection: AnyProjection, table: StoredTable | None) -> str:
    """The query, with places for the view's schema and for the query of the log."""
    columns = "".join(f", r.{name}" for name in table.names) if table else ""
    rows = ""
    if table is not None:
        rows = statements.ROWS_OF_STREAMS.format(schema=projection.name, table=table.name, key=table.key[0])
    return statements.BESIDE_LOG.replace("{columns}", columns).replace("{rows}", rows)


def _row(row: type[RowT] | None, values: tuple[Any, ...]) -> RowT | None:
    """The row; None where the table has none: then even its key is null."""
    return None if row is None or values[0] is None else row(*values)
