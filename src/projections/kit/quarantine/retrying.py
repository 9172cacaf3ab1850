"""Trying a parked key again: its records in order, in one transaction, with no runner writing meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.kafka.records import KafkaRecord
from casecore.postgres.connection import Connection
from projections.kit.errors import KeyNewer, NotFirstParked, NothingParked
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import KeyState, Parked
from projections.kit.fold.records import ParsedRecord, RecordPlace, parse_record
from projections.kit.fold.verdicts import Reason, Skip, Verdict
from projections.kit.projection import AnyProjection
from projections.kit.quarantine import statements
from projections.kit.quarantine.key_text import key_text
from projections.kit.tables import schema
from projections.kit.tables.key_states import load_key_states
from projections.kit.tables.offsets import fence_all, load_offsets
from projections.kit.tables.row_diff import RowDiff
from projections.kit.tables.statement import statement
from projections.kit.tables.writing import REFUSED_BY_DATABASE, empty_session, storable, write_outcome

_HEADERS = msgspec.msgpack.Decoder(list[tuple[str, bytes | None]])


class Retried(NamedTuple):
    """What a retry did: `released` records are out of quarantine, `remaining` are not.

    `reason` and `detail` say of the first remaining one what is wrong with it.
    """

    key: str
    released: int
    remaining: int
    reason: str | None
    detail: str | None


@contextmanager
def runners_stopped(connection: Connection, projection: AnyProjection) -> Iterator[None]:
    """A transaction in which no runner writes, in any partition, and no rebuild swaps the view."""
    with schema.creation_lock(connection, projection.name), connection.transaction():
        load_offsets(connection, projection.name, lock=True)
        yield


def retry_all(connection: Connection, projection: AnyProjection, keys: Sequence[bytes]) -> list[Retried]:
    """Retry keys of the live view one after another, each in a transaction of its own."""
    done: list[Retried] = []
    for key in keys:
        # One that has gone since they were listed was tried by another session.
        with suppress(NothingParked), runners_stopped(connection, projection):
            done.append(retry_key(connection, projection, projection.name, key, None))
    return done


def retry_key(
    connection: Connection,
    projection: AnyProjection,
    target: str,
    key: bytes,
    decision: str | None,
    expected: RecordPlace | None = None,
) -> Retried:
    """Apply what is parked of a key in the schema `target`; with a `decision` its first record is left out.

    With `expected` nothing is done unless that is the first record. Raises NothingParked, NotFirstParked, and
    KeyNewer for a decision that only a newer program can carry out. Where runners write into the schema the
    caller has stopped them.
    """
    with connection.transaction():
        records = _parked(connection, target, key, projection.name)
        if expected is not None and RecordPlace.of(records[0].record) != expected:
            raise NotFirstParked(projection.name, key_text(key))
        verdicts: dict[RecordPlace, Verdict] = {}
        if decision is not None:
            verdicts[RecordPlace.of(records[0].record)] = Skip()
            _record_skip(connection, target, records[0], key, decision)
        try:
            with connection.transaction():
                failed = _apply(connection, projection, target, records, verdicts)
        except REFUSED_BY_DATABASE:
            failed = _apply_one_by_one(connection, projection, target, records, verdicts)
        released = records[: len(records) - len(failed)]
        if decision is not None and not released:
            raise KeyNewer(projection.name, key_text(key))
        if released:
            # What a runner remembers of the key is out of date now, and the key may come in any partition.
            fence_all(connection, target)
        places = [RecordPlace.of(parsed.record) for parsed in released]
        connection.cursor().executemany(statement(statements.RELEASE, schema=target), places)
        connection.cursor().executemany(
            statement(statements.STILL_PARKED, schema=target),
            [(each.reason.value, storable(each.detail), *RecordPlace.of(each.record)) for each in failed],
        )
    first = failed[0] if failed else None
    reason, detail = (first.reason.value, first.detail) if first else (None, None)
    return Retried(key_text(key), len(released), len(failed), reason, detail)


def parked_keys(connection: Connection, target: str) -> list[bytes]:
    """Every key that is parked in a schema of the view."""
    return [bytes(row[0]) for row in connection.execute(statement(statements.FIRST_PARKED, schema=target))]


def _parked(connection: Connection, target: str, key: bytes, view: str) -> list[ParsedRecord]:
    """A key's parked records, in order."""
    rows = connection.execute(statement(statements.PARKED_OF, schema=target), (key,)).fetchall()
    if not rows:
        raise NothingParked(view, key_text(key))
    return [parse_record(stored_record(*row)) for row in rows]


def stored_record(
    topic: str, partition: int, offset: int, key: bytes | None, value: bytes | None, headers: bytes
) -> KafkaRecord:
    """A record as the table holds it."""
    return KafkaRecord(topic, partition, offset, key, value, _HEADERS.decode(headers))


def _apply(
    connection: Connection,
    projection: AnyProjection,
    target: str,
    records: list[ParsedRecord],
    verdicts: dict[RecordPlace, Verdict],
) -> list[Parked]:
    """Fold and write what can be, and return what cannot: the records from the first failing one on."""
    before: dict[UUID, KeyState] = {}
    stream_id = records[0].stream_id
    if stream_id is not None:
        loaded = load_key_states(connection, projection, target, [stream_id])
        before[stream_id] = loaded[stream_id]._replace(parked=False)
    outcome = Fold(projection).fold(records, before, verdicts)
    failed, outcome.parked = outcome.parked, []
    with connection.cursor() as cursor:
        write_outcome(cursor, projection, target, outcome, RowDiff())
    return failed


def _apply_one_by_one(
    connection: Connection,
    projection: AnyProjection,
    target: str,
    records: list[ParsedRecord],
    verdicts: dict[RecordPlace, Verdict],
) -> list[Parked]:
    """The same where PostgreSQL refuses a value that one of the records leads to: up to that one."""
    for at, parsed in enumerate(records):
        try:
            with connection.transaction():
                failed = _apply(connection, projection, target, [parsed], verdicts)
                empty_session(connection, projection)
        except REFUSED_BY_DATABASE as refused:
            detail = str(refused).partition("\n")[0]
            failed = [Parked(parsed.record, parsed.key, Reason.REFUSED_BY_DATABASE, detail)]
        if failed:
            behind = [
                Parked(each.record, each.key, Reason.BEHIND, "an earlier record is parked")
                for each in records[at + 1 :]
            ]
            return failed + behind
    return []


def _record_skip(
    connection: Connection, target: str, parsed: ParsedRecord, key: bytes, decision: str
) -> None:
    reason, detail = connection.execute(
        statement(statements.PARKED_REASON, schema=target), RecordPlace.of(parsed.record)
    ).fetchone() or ("", "")
    version = parsed.event.version if parsed.event else None
    connection.execute(
        statement(statements.RECORD_SKIP, schema=target),
        (*RecordPlace.of(parsed.record), key, version, reason, detail, storable(decision)),
    )
