"""Looking at the quarantine: its keys page by page, and the records of one key with all that they hold."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from projections.kit.errors import NothingParked
from projections.kit.projection import AnyProjection
from projections.kit.quarantine import statements
from projections.kit.quarantine.key_text import key_text, raw_key
from projections.kit.quarantine.quarantine import ParkedKey
from projections.kit.quarantine.retrying import stored_record
from projections.kit.reading.session import open_view
from projections.kit.tables.statement import statement


class ParkedRecord(NamedTuple):
    """A record in quarantine, with all that it holds."""

    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    parked_at: datetime
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def parked_after(database: str, projection: AnyProjection, after: str | None, limit: int) -> list[ParkedKey]:
    """At most so many keys in quarantine, in order, after one of them; None for the first ones.

    Raises ViewMissing, ViewOutdated, InvalidKey and DatabaseUnavailable.
    """
    given = {"after": None if after is None else raw_key(after), "limit": limit}
    with open_view(database, projection) as connection:
        rows = connection.execute(
            statement(statements.PARKED_AFTER, schema=projection.name), given
        ).fetchall()
    return [ParkedKey(key_text(bytes(row[0])), *row[1:]) for row in rows]


def parked_records(database: str, projection: AnyProjection, key: str, limit: int) -> list[ParkedRecord]:
    """The first records of a key in quarantine, in the order in which they are tried, at most so many.

    Raises NothingParked for a key that is not in quarantine, and what `parked_after` raises.
    """
    given = {"key": raw_key(key), "limit": limit}
    with open_view(database, projection) as connection:
        rows = connection.execute(statement(statements.RECORDS_OF, schema=projection.name), given).fetchall()
    if not rows:
        raise NothingParked(projection.name, key)
    return [_parked(*row) for row in rows]


def _parked(
    topic: str,
    partition: int,
    offset: int,
    reason: str,
    detail: str,
    parked_at: datetime,
    value: bytes | None,
    headers: bytes,
) -> ParkedRecord:
    record = stored_record(topic, partition, offset, None, value, headers)
    return ParkedRecord(
        topic=topic,
        partition=partition,
        offset=offset,
        reason=reason,
        detail=detail,
        parked_at=parked_at,
        value=record.value,
        headers=list(record.headers),
    )
