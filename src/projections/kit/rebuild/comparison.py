"""Two schemas of one view, compared by hash, and row by row to the first difference."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from itertools import zip_longest
from typing import NamedTuple

import psycopg

from casecore.postgres.connection import Connection, abort
from projections.kit.projection import AnyProjection
from projections.kit.rebuild import statements
from projections.kit.roles import READER
from projections.kit.tables.own_tables import STATE_COLUMNS
from projections.kit.tables.statement import statement


class Side(NamedTuple):
    """A schema, and the connection through which it is read: a transaction of its own gives it one moment."""

    connection: Connection
    schema: str


class RowDifference(NamedTuple):
    """The first row, in order of key, in which two tables differ; columns in PostgreSQL's text form.

    `column` is None where one side has no row of that key; then the values are the whole row, or None. Of a
    table that not every reader may read, they are hashes.
    """

    table: str
    key: str
    column: str | None
    live: str | None
    rebuilt: str | None


class TableComparison(NamedTuple):
    """A table on both sides: its rows counted and hashed (SHA-256) in order of its key."""

    table: str
    live_rows: int
    rebuilt_rows: int
    live_hash: str
    rebuilt_hash: str
    difference: RowDifference | None

    @property
    def equal(self) -> bool:
        """Whether both are the same, byte for byte."""
        return self.live_hash == self.rebuilt_hash


class _Compared(NamedTuple):
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_restricted: bool = False
    """Whether not every reader may read it, so that no report shows what is in it."""


def compare(projection: AnyProjection, live: Side, rebuilt: Side) -> list[TableComparison]:
    """Every table of rows, and the states that they follow from. Memory stays flat, whatever their size."""
    with ThreadPoolExecutor(1, "hash") as thread:
        try:
            return [_compare(table, live, rebuilt, thread) for table in _compared(projection)]
        except BaseException:
            # Else the other thread would be waited for, for as long as it reads a table.
            with suppress(OSError, psycopg.OperationalError):
                abort(rebuilt.connection)
            raise


def hashes(projection: AnyProjection, side: Side) -> dict[str, tuple[int, str]]:
    """Rows and hash of each table of one side."""
    return {table.name: _hash(table, side) for table in _compared(projection)}


def _compared(projection: AnyProjection) -> list[_Compared]:
    tables = [
        _Compared(table.name, table.names, table.key, table.read_by != READER)
        for table in projection.all_tables
    ]
    return [*tables, _Compared("states", STATE_COLUMNS, ("key",))]


def _compare(table: _Compared, live: Side, rebuilt: Side, executor: Executor) -> TableComparison:
    other = executor.submit(_hash, table, rebuilt)
    live_rows, live_hash = _hash(table, live)
    rebuilt_rows, rebuilt_hash = other.result()
    difference = None if live_hash == rebuilt_hash else _first_difference(table, live, rebuilt)
    return TableComparison(table.name, live_rows, rebuilt_rows, live_hash, rebuilt_hash, difference)


def _hash(table: _Compared, side: Side) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    for line in _lines(table, side):
        digest.update(line)
        rows += 1
    return rows, digest.hexdigest()


def _lines(table: _Compared, side: Side) -> Generator[bytes, None, None]:
    """The table's rows in order of key, a line each: PostgreSQL sends one row in one message."""
    text = statements.COPY_ORDERED.format(
        schema=side.schema,
        table=table.name,
        columns=", ".join(table.columns),
        key=", ".join(table.key),
    )
    with side.connection.cursor() as cursor, cursor.copy(statement(text)) as copy:
        for line in copy:
            yield bytes(line)


def _first_difference(table: _Compared, live: Side, rebuilt: Side) -> RowDifference | None:
    with _left_half_way(table, live) as ours, _left_half_way(table, rebuilt) as theirs:
        for left, right in zip_longest(ours, theirs):
            if left != right:
                return _difference(table, left, right)
    return None


@contextmanager
def _left_half_way(table: _Compared, side: Side) -> Iterator[Iterator[bytes]]:
    """The table's rows, which need not be read to their end."""
    # Stopping a COPY cancels it, which costs the transaction around it: so it has one of its own.
    with side.connection.transaction(force_rollback=True), closing(_lines(table, side)) as lines:
        yield lines


def _difference(table: _Compared, left: bytes | None, right: bytes | None) -> RowDifference:
    found = _differing(table, left, right)
    if not table.is_restricted:
        return found
    return found._replace(live=_hidden(found.live), rebuilt=_hidden(found.rebuilt))


def _hidden(value: str | None) -> str | None:
    digest = hashlib.sha256((value or "").encode()).hexdigest()
    return None if value is None else f"something with SHA-256 {digest[:16]}"


def _differing(table: _Compared, left: bytes | None, right: bytes | None) -> RowDifference:
    ours, theirs = _fields(left), _fields(right)
    width = len(table.key)
    at = [table.columns.index(name) for name in table.key]
    our_key, their_key = ([row[i] for i in at] if row else None for row in (ours, theirs))
    if our_key == their_key and ours and theirs:
        column = next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
        return RowDifference(
            table.name, _named(table, our_key), table.columns[column], ours[column], theirs[column]
        )
    # A row is missing on one side, so the next one there came too early; which side, the order would say.
    key = our_key or their_key or [""] * width
    if our_key and their_key:
        key = min(our_key, their_key, key=_order)
    left_text = left.decode().rstrip("\n") if left and our_key == key else None
    right_text = right.decode().rstrip("\n") if right and their_key == key else None
    return RowDifference(table.name, _named(table, key), None, left_text, right_text)


def _order(key: list[str]) -> list[tuple[int, str]]:
    """The order of keys as PostgreSQL has it: uuids by their text, whole numbers by their size."""
    return [(len(part) if part.isdecimal() else 0, part) for part in key]


def _fields(line: bytes | None) -> list[str]:
    return line.decode().rstrip("\n").split("\t") if line else []


def _named(table: _Compared, key: list[str] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(table.key, key or (), strict=False))
