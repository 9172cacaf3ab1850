"""The quarantine: what is parked and why; trying it again, or leaving a record out by decision."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
import psycopg

from projections.kit import schema, sql
from projections.kit.errors import NothingParked
from projections.kit.logic import Fold, Held, Parked, Place, Reading, Reason, Skip, Verdict, read
from projections.kit.projection import AnyProjection
from projections.kit.schema import Connection, statement
from projections.kit.storage import (
    REFUSED_BY_DATABASE,
    empty_session,
    load_held,
    prepare_session,
    storable,
    write_outcome,
)

_HEADERS = msgspec.msgpack.Decoder(list[tuple[str, bytes | None]])


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


class Retried(NamedTuple):
    """What a retry did: `released` records are out of quarantine, `remaining` are not.

    `reason` and `detail` say of the first remaining one what is wrong with it.
    """

    key: str
    released: int
    remaining: int
    reason: str | None
    detail: str | None


class _StoredRecord(NamedTuple):
    """A record as the quarantine keeps it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def list_parked(projection: AnyProjection, database: str) -> list[ParkedKey]:
    """Every key in quarantine. Raises ViewMissing and ViewOutdated."""
    with _connect(database) as connection:
        schema.require(connection, projection)
        rows = connection.execute(statement(sql.FIRST_PARKED, schema=projection.name)).fetchall()
    return [ParkedKey(_shown(bytes(row[0])), *row[1:]) for row in rows]


def retry(projection: AnyProjection, database: str, key: str | None = None) -> list[Retried]:
    """Apply the parked records of a key, in order and in one transaction; of every key where it is None.

    Raises NothingParked for a key that is not in quarantine, ViewMissing and ViewOutdated.
    """
    keys = [parked.key for parked in list_parked(projection, database)] if key is None else [key]
    with _connect(database) as connection:
        schema.require(connection, projection)
        prepare_session(connection, projection, projection.name)
        return [_retry(connection, projection, each, None) for each in keys]


def skip(projection: AnyProjection, database: str, key: str, decision: str) -> Retried:
    """Leave the first parked record of a key out, for the reason in `decision`, and retry the rest.

    The decision is kept, and a rebuild follows it. Raises NothingParked, ViewMissing and ViewOutdated.
    """
    with _connect(database) as connection:
        schema.require(connection, projection)
        prepare_session(connection, projection, projection.name)
        return _retry(connection, projection, key, decision)


def _retry(connection: Connection, projection: AnyProjection, key: str, decision: str | None) -> Retried:
    with connection.transaction():
        readings = _locked(connection, projection, key)
        verdicts: dict[Place, Verdict] = {}
        if decision is not None:
            verdicts[_place(readings[0])] = Skip()
            _record_skip(connection, projection, readings[0], key, decision)
        try:
            with connection.transaction():
                failed = _apply(connection, projection, readings, verdicts)
        except REFUSED_BY_DATABASE:
            failed = _apply_one_by_one(connection, projection, readings, verdicts)
        released = readings[: len(readings) - len(failed)]
        places = [_place(reading) for reading in released]
        connection.cursor().executemany(statement(sql.RELEASE, schema=projection.name), places)
        connection.cursor().executemany(
            statement(sql.STILL_PARKED, schema=projection.name),
            [(each.reason.value, storable(each.detail), *_place(each)) for each in failed],
        )
    first = failed[0] if failed else None
    reason, detail = (first.reason.value, first.detail) if first else (None, None)
    return Retried(key, len(released), len(failed), reason, detail)


def _locked(connection: Connection, projection: AnyProjection, key: str) -> list[Reading]:
    """A key's parked records, their partitions taken from the runner: its cache is out of date now."""
    parked_of = statement(sql.PARKED_OF, schema=projection.name)
    for place in sorted({(row[0], row[1]) for row in connection.execute(parked_of, (_raw(key),))}):
        connection.execute(statement(sql.FENCE_ONE, schema=projection.name), place)
    rows = connection.execute(parked_of, (_raw(key),)).fetchall()
    if not rows:
        raise NothingParked(projection.name, key)
    return [
        read(_StoredRecord(row[0], row[1], row[2], row[3], row[4], _HEADERS.decode(row[5]))) for row in rows
    ]


def _apply(
    connection: Connection,
    projection: AnyProjection,
    readings: list[Reading],
    verdicts: dict[Place, Verdict],
) -> list[Parked]:
    """Fold and write what can be, and return what cannot: the records from the first failing one on."""
    held: dict[UUID, Held] = {}
    stream_id = readings[0].stream_id
    if stream_id is not None:
        loaded = load_held(connection, projection, projection.name, [stream_id])
        held[stream_id] = loaded[stream_id]._replace(parked=False)
    outcome = Fold(projection).fold(readings, held, verdicts)
    failed, outcome.parked = outcome.parked, []
    with connection.cursor() as cursor:
        write_outcome(cursor, projection.name, outcome)
    return failed


def _apply_one_by_one(
    connection: Connection,
    projection: AnyProjection,
    readings: list[Reading],
    verdicts: dict[Place, Verdict],
) -> list[Parked]:
    """The same where PostgreSQL refuses a value that one of the records leads to: up to that one."""
    for at, reading in enumerate(readings):
        try:
            with connection.transaction():
                failed = _apply(connection, projection, [reading], verdicts)
                empty_session(connection, projection)
        except REFUSED_BY_DATABASE as refused:
            detail = str(refused).partition("\n")[0]
            failed = [Parked(reading.record, reading.key, Reason.REFUSED_BY_DATABASE, detail)]
        if failed:
            behind = [
                Parked(each.record, each.key, Reason.BEHIND, "an earlier record is parked")
                for each in readings[at + 1 :]
            ]
            return failed + behind
    return []


def _record_skip(
    connection: Connection, projection: AnyProjection, reading: Reading, key: str, decision: str
) -> None:
    reason, detail = connection.execute(
        statement(sql.PARKED_REASON, schema=projection.name), _place(reading)
    ).fetchone() or ("", "")
    connection.execute(
        statement(sql.RECORD_SKIP, schema=projection.name),
        (*_place(reading), _raw(key), reason, detail, storable(decision)),
    )


def _place(reading: Reading | Parked) -> Place:
    record = reading.record
    return Place(record.topic, record.partition, record.offset)


def _shown(key: bytes) -> str:
    """A key as people give it back: text, or `hex:` and its bytes where it is none."""
    text = key.decode("ascii", errors="replace")
    return text if text.isprintable() and text.isascii() and key else f"hex:{key.hex()}"


def _raw(key: str) -> bytes:
    return bytes.fromhex(key.removeprefix("hex:")) if key.startswith("hex:") else key.encode()


def _connect(database: str) -> Connection:
    return psycopg.connect(database, autocommit=True, application_name="casecore quarantine")
