"""How far a rebuild or an audit of a view has come, for others than the process that is at work on it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Literal, NamedTuple

from psycopg.errors import InvalidSchemaName, UndefinedTable

from casecore.postgres.connection import Connection
from projections.kit.projection import AnyProjection
from projections.kit.reading.session import open_session
from projections.kit.rebuild.lock import is_held
from projections.kit.tables import schema
from projections.kit.tables.statement import statement

_PROGRESS = """select a.built_at, (select coalesce(sum(next_offset), 0)::bigint from {schema}.offsets)
from {schema}.about a"""
_SWAPPED_MEANWHILE = (InvalidSchemaName, UndefinedTable)
_LIVE = "select coalesce(sum(next_offset), 0)::bigint from {schema}.offsets"


class RebuildProgress(NamedTuple):
    """A view that is built a second time: to replace the live one, or to be compared with it.

    `done` are the offsets that it has behind it, and `total` those of the live view, 0 if there is none.
    """

    view: str
    purpose: Literal["rebuild", "audit"]
    began_at: datetime
    done: int
    total: int


def rebuild_progress(database: str, projection: AnyProjection) -> RebuildProgress | None:
    """What is being built of a view now; None for nothing. Raises DatabaseUnavailable.

    What an earlier build left, since its process was killed, is nothing.
    """
    with open_session(database) as connection:
        if not is_held(connection, projection.name):
            return None
        for suffix, purpose in _PURPOSES:
            with suppress(*_SWAPPED_MEANWHILE):
                found = _of_schema(connection, projection.name, f"{projection.name}_{suffix}", purpose)
                if found is not None:
                    return found
    return None


_PURPOSES: tuple[tuple[str, Literal["rebuild", "audit"]], ...] = (("next", "rebuild"), ("audit", "audit"))


def _of_schema(
    connection: Connection, view: str, target: str, purpose: Literal["rebuild", "audit"]
) -> RebuildProgress | None:
    if not schema.exists(connection, target):
        return None
    row = connection.execute(statement(_PROGRESS, schema=target)).fetchone()
    live = connection.execute(statement(_LIVE, schema=view)) if schema.exists(connection, view) else None
    total = live.fetchone() if live is not None else None
    if row is None:
        return None
    return RebuildProgress(
        view=view, purpose=purpose, began_at=row[0], done=row[1], total=total[0] if total else 0
    )
