"""Writing what a batch leads to, in the caller's transaction: states, rows and parked records."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import psycopg
from psycopg import Cursor

from casecore.postgres.connection import Connection
from projections.kit.fold.outcome import FoldOutcome, Parked
from projections.kit.projection import AnyProjection
from projections.kit.tables import merging
from projections.kit.tables.copy_text import copy_text
from projections.kit.tables.own_tables import STATE_COLUMNS
from projections.kit.tables.row_diff import RowDiff
from projections.kit.tables.statement import statement
from projections.kit.tables.summing import StreamSums, changes_table, empty_changes

PARK = """insert into {schema}.quarantine
(topic, partition, record_offset, key, reason, detail, record_key, record_value, record_headers)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""

REFUSED_BY_DATABASE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    UnicodeEncodeError,
    # These are OperationalErrors too, but a value too long for an index stays too long.
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
)
"""The fault is in what a record leads to, and not in the server."""

_encode_headers = msgspec.msgpack.Encoder().encode


def prepare_session(connection: Connection, projection: AnyProjection, schema: str) -> None:
    """Make the tables of this session into which rows are copied before they are merged."""
    with connection.transaction():
        for name in ("states", *(t.name for t in projection.tables if not t.append_only)):
            connection.execute(statement(merging.incoming_table(schema, name)))
        for table in projection.sums:
            connection.execute(statement(changes_table(schema, table)))


def empty_session(connection: Connection, projection: AnyProjection) -> None:
    """Empty those tables between two batches of one transaction; its end does the same."""
    for name in ("states", *(t.name for t in projection.tables if not t.append_only)):
        connection.execute(statement(merging.empty_incoming(name)))
    for table in projection.sums:
        connection.execute(statement(empty_changes(table)))


def write_outcome(
    cursor: Cursor[tuple[object, ...]],
    projection: AnyProjection,
    schema: str,
    outcome: FoldOutcome,
    diff: RowDiff,
    *,
    keeps_sums: bool = True,
) -> None:
    """States, rows and parked records of a batch, in the caller's transaction; needs the incoming tables.

    `diff` knows rows that the tables hold already. Who does not keep the sums sums up everything later.
    """
    sums = StreamSums(cursor, projection, schema, outcome) if keeps_sums and projection.sums else None
    if sums:
        sums.take_away()
    states = [after.as_row(key) for key, after in outcome.states.items() if after.is_to_be_stored]
    _merge(cursor, "states", STATE_COLUMNS, merging.merge_states(schema), states)
    for table, replaced in outcome.replaced.items():
        make = merging.merge_shared if table.shared else merging.merge
        merge = make(schema, table.name, table.names, table.key)
        _merge(cursor, table.name, table.names, merge, list(replaced.values()))
    for table, changes in diff.changes(projection, outcome.derived).items():
        merge = merging.merge(schema, table.name, table.names, table.key)
        _merge(cursor, table.name, table.names, merge, changes.rows)
        if changes.whole:
            surplus = statement(merging.delete_not_derived(schema, table.name, table.names, table.key))
            cursor.execute(surplus, (changes.whole,))
    for table, appended in outcome.appended.items():
        _copy(cursor, f"{schema}.{table.name}", table.names, appended)
    if sums:
        sums.add_up()
    if outcome.parked:
        cursor.executemany(statement(PARK, schema=schema), [_parked_row(p) for p in outcome.parked])


def _merge(
    cursor: Cursor[tuple[object, ...]],
    table: str,
    columns: tuple[str, ...],
    merge: str,
    rows: Sequence[tuple[object, ...]],
) -> None:
    if rows:
        _copy(cursor, f"incoming_{table}", columns, rows)
        cursor.execute(statement(merge))


def _copy(
    cursor: Cursor[tuple[object, ...]],
    target: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    with cursor.copy(statement(merging.copy_in(target, columns))) as copy:
        copy.write(copy_text(rows))


def _parked_row(parked: Parked) -> tuple[object, ...]:
    record = parked.record
    return (
        record.topic,
        record.partition,
        record.offset,
        parked.key,
        parked.reason.value,
        storable(parked.detail),
        record.key,
        record.value,
        _encode_headers(list(record.headers)),
    )


def storable(text: str) -> str:
    """A text as PostgreSQL takes it: NUL and lone surrogates are written out."""
    return text.replace("\x00", "\\0").encode(errors="backslashreplace").decode()
