"""The quarantine: what is parked and why; trying it again, or leaving a record out by decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import RUNNER
from projections.kit.errors import NothingParked
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import Held, Parked
from projections.kit.fold.records import Place, Reading, read
from projections.kit.fold.verdicts import Reason, Skip, Verdict
from projections.kit.projection import AnyProjection
from projections.kit.quarantine import statements
from projections.kit.quarantine.key_text import key_text, raw_key
from projections.kit.tables import schema
from projections.kit.tables.key_states import load_held
from projections.kit.tables.offsets import fence_all, load_offsets
from projections.kit.tables.row_diff import ShownRows
from projections.kit.tables.statement import statement
from projections.kit.tables.writing import (
    REFUSED_BY_DATABASE,
    empty_session,
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
            with _held_up(connection, projection):
                return [_retry(connection, projection, projection.name, raw_key(key), None)]
        done: list[Retried] = []
        for each in _parked_keys(connection, projection.name):
            # One that has gone since they were listed has been tried by somebody else.
            with suppress(NothingParked), _held_up(connection, projection):
                done.append(_retry(connection, projection, projection.name, each, None))
        return done


def retry_built(connection: Connection, projection: AnyProjection, target: str) -> None:
    """Apply what is parked in a schema that is only being built, in the session that builds it.

    That session must not fold on afterwards: what it holds of these keys is out of date.
    """
    for key in _parked_keys(connection, target):
        _retry(connection, projection, target, key, None)


def skip(projection: AnyProjection, database: str, key: str, decision: str) -> Retried:
    """Leave the first parked record of a key out, for the reason in `decision`, and retry the rest.

    The decision is kept, and a rebuild follows it. Raises NothingParked, InvalidKey, ViewMissing and
    ViewOutdated.
    """
    raw = raw_key(key)
    with _connect(database) as connection:
        schema.require(connection, projection)
        prepare_session(connection, projection, projection.name)
        with _held_up(connection, projection):
            return _retry(connection, projection, projection.name, raw, decision)


@contextmanager
def _held_up(connection: Connection, projection: AnyProjection) -> Iterator[None]:
    """A transaction in which no runner writes, in whichever partition, and no rebuild swaps."""
    with connection.transaction():
        schema.lock_creation(connection, projection.name)
        load_offsets(connection, projection.name, lock=True)
        yield


def _retry(
    connection: Connection, projection: AnyProjection, target: str, key: bytes, decision: str | None
) -> Retried:
    with connection.transaction():
        readings = _parked(connection, target, key, projection.name)
        verdicts: dict[Place, Verdict] = {}
        if decision is not None:
            verdicts[_place(readings[0])] = Skip()
            _record_skip(connection, target, readings[0], key, decision)
        try:
            with connection.transaction():
                failed = _apply(connection, projection, target, readings, verdicts)
        except REFUSED_BY_DATABASE:
            failed = _apply_one_by_one(connection, projection, target, readings, verdicts)
        released = readings[: len(readings) - len(failed)]
        if released:
            # What a runner holds of the key is out of date now, and the key may come in any partition.
            fence_all(connection, target)
        places = [_place(reading) for reading in released]
        connection.cursor().executemany(statement(statements.RELEASE, schema=target), places)
        connection.cursor().executemany(
            statement(statements.STILL_PARKED, schema=target),
            [(each.reason.value, storable(each.detail), *_place(each)) for each in failed],
        )
    first = failed[0] if failed else None
    reason, detail = (first.reason.value, first.detail) if first else (None, None)
    return Retried(key_text(key), len(released), len(failed), reason, detail)


def _parked_keys(connection: Connection, target: str) -> list[bytes]:
    return [bytes(row[0]) for row in connection.execute(statement(statements.FIRST_PARKED, schema=target))]


def _parked(connection: Connection, target: str, key: bytes, view: str) -> list[Reading]:
    """A key's parked records, in order."""
    rows = connection.execute(statement(statements.PARKED_OF, schema=target), (key,)).fetchall()
    if not rows:
        raise NothingParked(view, key_text(key))
    return [
        read(_StoredRecord(row[0], row[1], row[2], row[3], row[4], _HEADERS.decode(row[5]))) for row in rows
    ]


def _apply(
    connection: Connection,
    projection: AnyProjection,
    target: str,
    readings: list[Reading],
    verdicts: dict[Place, Verdict],
) -> list[Parked]:
    """Fold and write what can be, and return what cannot: the records from the first failing one on."""
    held: dict[UUID, Held] = {}
    stream_id = readings[0].stream_id
    if stream_id is not None:
        loaded = load_held(connection, projection, target, [stream_id])
        held[stream_id] = loaded[stream_id]._replace(parked=False)
    outcome = Fold(projection).fold(readings, held, verdicts)
    failed, outcome.parked = outcome.parked, []
    with connection.cursor() as cursor:
        write_outcome(cursor, projection, target, outcome, ShownRows())
    return failed


def _apply_one_by_one(
    connection: Connection,
    projection: AnyProjection,
    target: str,
    readings: list[Reading],
    verdicts: dict[Place, Verdict],
) -> list[Parked]:
    """The same where PostgreSQL refuses a value that one of the records leads to: up to that one."""
    for at, reading in enumerate(readings):
        try:
            with connection.transaction():
                failed = _apply(connection, projection, target, [reading], verdicts)
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


def _record_skip(connection: Connection, target: str, reading: Reading, key: bytes, decision: str) -> None:
    reason, detail = connection.execute(
        statement(statements.PARKED_REASON, schema=target), _place(reading)
    ).fetchone() or ("", "")
    version = reading.event.version if reading.event else None
    connection.execute(
        statement(statements.RECORD_SKIP, schema=target),
        (*_place(reading), key, version, reason, detail, storable(decision)),
    )


def _place(reading: Reading | Parked) -> Place:
    record = reading.record
    return Place(record.topic, record.partition, record.offset)


def _connect(database: str) -> Connection:
    return connect(database, RUNNER, "casecore quarantine")
