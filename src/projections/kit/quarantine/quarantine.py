"""The quarantine: what is parked and why; retrying it, or leaving a record out by decision."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import RUNNER
from projections.kit.fold.records import RecordPlace
from projections.kit.projection import AnyProjection
from projections.kit.quarantine import statements
from projections.kit.quarantine.key_text import key_text, raw_key
from projections.kit.quarantine.retrying import Retried, parked_keys, retry_all, retry_key, runners_stopped
from projections.kit.tables import schema
from projections.kit.tables.statement import statement
from projections.kit.tables.writing import prepare_session


class ParkedKey(NamedTuple):
    """A key in quarantine, by its first record; `records` counts it and all behind it."""

    key: str
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    parked_at: datetime
    records: int


def list_parked(projection: AnyProjection, database: str) -> list[ParkedKey]:
    """Every key in quarantine. Raises ViewMissing and ViewOutdated."""
    with _connect(database) as connection:
        schema.require(connection, projection)
        rows = connection.execute(statement(statements.FIRST_PARKED, schema=projection.name)).fetchall()
    return [ParkedKey(key_text(bytes(row[0])), *row[1:]) for row in rows]


def retry(projection: AnyProjection, database: str, key: str | None = None) -> list[Retried]:
    """Apply the parked records of a key, in order and in one transaction; of every key where it is None.

    Raises NothingParked for a key that is not in quarantine, InvalidKey, ViewMissing and ViewOutdated.
    """
    with _connect(database) as connection:
        schema.require(connection, projection)
        prepare_session(connection, projection, projection.name)
        if key is not None:
            with runners_stopped(connection, projection):
                return [retry_key(connection, projection, projection.name, raw_key(key), None)]
        return retry_all(connection, projection, parked_keys(connection, projection.name))


def retry_built(connection: Connection, projection: AnyProjection, target: str) -> None:
    """Apply what is parked in a shadow build, in the session that builds it.

    That session must not fold on afterwards: what it remembers of these keys is out of date.
    """
    for key in parked_keys(connection, target):
        retry_key(connection, projection, target, key, None)


def skip(
    projection: AnyProjection, database: str, key: str, decision: str, first: RecordPlace | None = None
) -> Retried:
    """Leave the first parked record of a key out, for the reason in `decision`, and retry the rest.

    The decision is kept, and a rebuild follows it. With `first` nothing is done unless that record is the
    first one still: who decided has seen no other. Raises NothingParked, NotFirstParked, KeyNewer,
    InvalidKey, ViewMissing and ViewOutdated.
    """
    raw = raw_key(key)
    with _connect(database) as connection:
        schema.require(connection, projection)
        prepare_session(connection, projection, projection.name)
        with runners_stopped(connection, projection):
            return retry_key(connection, projection, projection.name, raw, decision, first)


def _connect(database: str) -> Connection:
    return connect(database, RUNNER, "casecore quarantine")
