"""Comparing what a view has of some keys with the fold of their events from the log (law 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
import psycopg

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import KEY_AUDIT
from projections.kit.fold.expected_rows import ExpectedRows, expected_rows
from projections.kit.key_audit import statements
from projections.kit.projection import AnyProjection
from projections.kit.reading.snapshot import read_snapshot
from projections.kit.stored_table import Row
from projections.kit.tables import schema
from projections.kit.tables.claims import Claimed
from projections.kit.tables.key_states import load_parked
from projections.kit.tables.offsets import load_offsets
from projections.kit.tables.own_tables import STATE_COLUMNS
from projections.kit.tables.statement import statement

MOST_VERSIONS = 10_000
"""Keys with more events are left out: their fold would take seconds, and 15 MB and more of memory."""

_MOST_DIFFERENCES = 5
"""Of one table in one look: the first ones say where, the rest follows when they are fixed."""

_MOST_STRANGERS = 100
"""Keys that the view has and the log does not, in one look."""

ReadEvents = Callable[[Mapping[UUID, int]], Mapping[UUID, list[StoredEvent]]]
"""The log's events of each key up to a version."""


class KeyDifference(NamedTuple):
    """A row that is not what follows from its key's events; `column` None: a side has no such row.

    `live` and `expected` are the two values as JSON, or the whole row.
    """

    view: str
    table: str
    row: str
    column: str | None
    live: str | None
    expected: str | None


class Published(NamedTuple):
    """A version of a stream that is in its partition at an offset or before it."""

    version: int
    topic: str
    partition: int
    topic_id: str
    offset: int


class Page(NamedTuple):
    """What to look at: keys of the log, with what is known to be published of them.

    Keys that only the view has are looked for after `after`, up to `up_to`.
    """

    keys: Mapping[UUID, Published | None]
    after: UUID
    up_to: UUID


class AuditedPage(NamedTuple):
    """How many keys were compared, how many could not be, and what differs."""

    keys: int
    left_out: int
    differences: list[KeyDifference]


class KeyAudit:
    """The audit of one view, with a connection of its own. Not for use by several threads."""

    def __init__(self, projection: AnyProjection, database: str) -> None:
        self._projection = projection
        self._database = database
        self._connection: Connection | None = None

    def look(self, page: Page, read_events: ReadEvents) -> AuditedPage | None:
        """Compare these keys as they are at one moment; None while there is no such view.

        A view that is behind its topics does not differ: it is compared at the version that it has. Keys
        of which a record was left out by decision are not compared, since nobody can tell what it was, nor
        are those that only a newer program can fold.
        Raises ViewOutdated, psycopg's errors for a server that is unavailable, and what `read_events` raises.
        """
        connection = self._open()
        try:
            if not schema.exists(connection, self._projection.name):
                return None
            return read_snapshot(connection, self._projection, lambda at: self._look(at, page, read_events))
        except psycopg.errors.UndefinedTable:  # a rebuild swaps the view, or it has just gone
            return None
        except psycopg.Error:
            self.close()
            raise

    def close(self) -> None:
        """Leave the database; the next look connects again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._database, KEY_AUDIT, "casecore audit")
            # A rebuild swaps the tables below a prepared statement.
            self._connection.prepare_threshold = None
        return self._connection

    def _look(self, connection: Connection, page: Page, read_events: ReadEvents) -> AuditedPage:
        schema.require(connection, self._projection)
        name = self._projection.name
        strangers = [
            row[0]
            for row in connection.execute(
                statement(statements.STATES_BETWEEN, schema=name),
                (page.after, page.up_to, list(page.keys), _MOST_STRANGERS),
            )
        ]
        keys = [*page.keys, *strangers]
        rows = connection.execute(statement(statements.VERSIONS_OF, schema=name), (keys,))
        versions: dict[UUID, int] = dict(rows.fetchall())
        skipped = self._skipped(connection, keys)
        compared = [key for key in keys if key not in skipped and versions.get(key, 0) <= MOST_VERSIONS]
        found = {key: versions.get(key, 0) for key in compared}
        differences = self._passed_over(connection, page, found)
        events = read_events({key: version for key, version in found.items() if version})
        expected, compared = self._expected(compared, events)
        differences += self._differing(connection, compared, expected)
        return AuditedPage(len(compared), len(keys) - len(compared), differences)

    def _expected(
        self, keys: list[UUID], events: Mapping[UUID, list[StoredEvent]]
    ) -> tuple[ExpectedRows, list[UUID]]:
        """What the view must have of these keys, and those of them that this program can fold."""
        expected = expected_rows(self._projection, [event for each in events.values() for event in each])
        if not expected.newer:
            return expected, keys
        readable = [key for key in keys if key not in expected.newer]
        return self._expected(readable, {key: events[key] for key in readable if key in events})

    def _passed_over(
        self, connection: Connection, page: Page, found: Mapping[UUID, int]
    ) -> list[KeyDifference]:
        """Keys of which the view has less than was published before its offsets, and that are not parked."""
        behind = {
            key: published
            for key, version in found.items()
            if (published := page.keys.get(key)) is not None and version < published.version
        }
        if not behind:
            return []
        name = self._projection.name
        parked = load_parked(connection, name, list(behind))
        offsets = load_offsets(connection, name)
        return [
            KeyDifference(name, "states", f"key={key}", "version", str(found[key]), str(published.version))
            for key, published in behind.items()
            if key not in parked
            and _is_past(offsets.get(Partition(published.topic, published.partition)), published)
        ]

    def _skipped(self, connection: Connection, keys: Sequence[UUID]) -> set[UUID]:
        """Those of these keys of which an operator left something out."""
        raw = [str(key).encode() for key in keys]
        query = statement(statements.LOAD_SKIPPED, schema=self._projection.name)
        found = connection.execute(query, (raw,))
        return {UUID(bytes(row[0]).decode()) for row in found}

    def _differing(
        self, connection: Connection, keys: list[UUID], wanted_rows: ExpectedRows
    ) -> list[KeyDifference]:
        projection, found = self._projection, list[KeyDifference]()
        states, rows, _ = wanted_rows
        tables = [
            (t.name, t.names, t.key, rows[t], _is_by_stream(t.key, t.columns)) for t in projection.tables
        ]
        for name, columns, key, expected, by_stream in (
            ("states", STATE_COLUMNS, ("key",), states, True),
            *tables,
        ):
            if not expected and not by_stream:
                continue
            query = statements.differing(projection.name, name, columns, key, by_stream=by_stream)
            given = {
                "keys": keys,
                "expected": _as_json(columns, expected, _documents(projection, name)),
                "most": _MOST_DIFFERENCES,
            }
            for live, wanted in connection.execute(statement(query), given):
                found.append(_difference(projection.name, name, key, live, wanted))
        return found


def _is_past(claimed: Claimed | None, published: Published) -> bool:
    """Whether a view has folded everything up to that offset of that very topic."""
    return (
        claimed is not None
        and claimed.topic_id == published.topic_id
        and claimed.next_offset > published.offset
    )


def _is_by_stream(key: tuple[str, ...], columns: Sequence[tuple[str, str, str]]) -> bool:
    """Whether a table's key begins with the stream's id, as it does wherever it begins with an id at all."""
    return any(name == key[0] and kind.startswith("uuid") for name, kind, _ in columns)


def _documents(projection: AnyProjection, table: str) -> frozenset[str]:
    """The columns of a table that hold JSON."""
    of_table = (each.columns for each in projection.tables if each.name == table)
    return frozenset(name for columns in of_table for name, kind, _ in columns if kind.startswith("jsonb"))


def _as_json(columns: tuple[str, ...], rows: Iterable[Row], documents: frozenset[str]) -> str:
    """Rows as PostgreSQL's json_populate_recordset takes them; `documents` are JSON already."""
    objects = [
        {
            name: msgspec.Raw(value.encode()) if name in documents and isinstance(value, str) else value
            for name, value in zip(columns, row, strict=True)
        }
        for row in rows
    ]
    return msgspec.json.encode(objects).decode()


def _difference(
    view: str, table: str, key: tuple[str, ...], live: str | None, expected: str | None
) -> KeyDifference:
    sides = [msgspec.json.decode(side or "{}", type=dict[str, msgspec.Raw]) for side in (live, expected)]
    ours, theirs = ({name: bytes(value).decode() for name, value in side.items()} for side in sides)
    row = ", ".join(f"{name}={(ours or theirs)[name].strip(chr(34))}" for name in key)
    if not ours or not theirs:
        return KeyDifference(view, table, row, None, live, expected)
    # The text forms differ, so one column does; where JSON shows both alike, it is named as the whole row.
    column = next((name for name in ours if ours[name] != theirs[name]), None)
    if column is None:
        return KeyDifference(view, table, row, None, live, expected)
    return KeyDifference(view, table, row, column, ours[column], theirs[column])
