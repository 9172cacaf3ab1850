"""What a runner reads and writes in PostgreSQL: claims, states, and a batch in one fenced transaction."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid4

import msgspec
import psycopg
from psycopg import Cursor

from casecore.kafka.partitions import Partition
from casecore.postgres.connection import Connection
from projections.kit import sql
from projections.kit.errors import Fenced, StateUnreadable
from projections.kit.fold.fold import Held, Outcome, Parked
from projections.kit.fold.records import Claimed, Reading
from projections.kit.projection import AnyProjection
from projections.kit.tables.copy_text import copy_text
from projections.kit.tables.row_diff import ShownRows
from projections.kit.tables.schema import statement

CACHED_STATES = 10_000
"""Keys whose state a runner keeps in memory: some 20 MB. Any other is read again, with its batch's others."""

REFUSED_BY_DATABASE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    UnicodeEncodeError,
    # These are OperationalErrors too, but a value too long for an index stays too long.
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
)
"""What a record leads to is at fault, and not the server."""

_encode_state = msgspec.json.Encoder().encode
_encode_headers = msgspec.msgpack.Encoder().encode


class Storage:
    """One schema of a view over one connection. Not for use by several threads."""

    def __init__(
        self, connection: Connection, projection: AnyProjection, schema: str, owner: UUID | None = None
    ) -> None:
        """`owner` has claimed partitions for this storage; without one it claims them itself."""
        self._connection = connection
        self._projection = projection
        self._schema = schema
        self._owner = owner or uuid4()
        self._cache: OrderedDict[UUID, Held] = OrderedDict()
        self._shown = ShownRows()
        prepare_session(connection, projection, schema)

    def claim(self, topics: Mapping[str, str], partitions: Iterable[Partition]) -> list[Claimed]:
        """Take partitions over from whoever has them; `topics` gives each topic's id. Forgets the cache."""
        self._owner = uuid4()
        self._cache.clear()
        self._shown.forget()
        return self.claim_for(self._owner, topics, partitions)

    def claim_for(
        self, owner: UUID, topics: Mapping[str, str], partitions: Iterable[Partition]
    ) -> list[Claimed]:
        """Take partitions over for another storage, which then has them from the beginning."""
        wanted = sorted(partitions)
        names, numbers = [t for t, _ in wanted], [p for _, p in wanted]
        with self._connection.transaction():
            found = self._connection.execute(
                statement(sql.CLAIM, schema=self._schema),
                (owner, names, numbers, [topics[name] for name in names]),
            ).fetchall()
        return [Claimed(*row) for row in found]

    def place(self, offsets: Iterable[Claimed]) -> None:
        """Say where a new schema starts; for a rebuild, which owns its schema alone."""
        with self._connection.transaction():
            for at in offsets:
                self._connection.execute(
                    statement(sql.PLACE_OFFSETS, schema=self._schema), (*at, self._owner)
                )

    def load(self, readings: Sequence[Reading]) -> dict[UUID, Held]:
        """What is held of the keys of these records."""
        held: dict[UUID, Held] = {}
        missing: set[UUID] = set()
        for reading in readings:
            key = reading.stream_id
            if key is None or key in held or key in missing:
                continue
            cached = self._cache.get(key)
            if cached is None:
                missing.add(key)
            else:
                held[key] = cached
        if missing:
            loaded = load_held(self._connection, self._projection, self._schema, list(missing))
            self._remember(loaded)
            held.update(loaded)
        return held

    def write(self, outcome: Outcome) -> None:
        """Write a batch and its offsets, all or nothing. Raises Fenced, and what psycopg raises."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            # A crash of the server may then take back the last batches, whole and with their offsets.
            cursor.execute("set local synchronous_commit to off")
            self._advance(cursor, outcome.offsets)
            write_outcome(cursor, self._projection, self._schema, outcome, self._shown)
        self._remember(outcome.states)
        self._shown.remember(outcome.shown)

    def advance(self, offsets: Mapping[Partition, int]) -> None:
        """Say that nothing is left before these offsets. Raises Fenced."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._advance(cursor, offsets)

    def check(self) -> None:
        """Ask for nothing; raises what psycopg raises where the server is away."""
        self._connection.execute("select")

    def quarantined(self) -> tuple[int, int]:
        """How many keys and records are parked, over all partitions."""
        row = self._connection.execute(statement(sql.QUARANTINE_SIZE, schema=self._schema)).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _advance(self, cursor: Cursor[tuple[object, ...]], offsets: Mapping[Partition, int]) -> None:
        places = sorted(offsets)
        cursor.execute(
            statement(sql.ADVANCE, schema=self._schema),
            {
                "topics": [topic for topic, _ in places],
                "partitions": [partition for _, partition in places],
                "nexts": [offsets[place] for place in places],
                "owner": self._owner,
            },
        )
        if cursor.rowcount != len(places):
            raise Fenced(f"the offsets of {self._schema} have another owner now, or are further on")

    def _remember(self, states: Mapping[UUID, Held]) -> None:
        for key, held in states.items():
            self._cache[key] = held
            self._cache.move_to_end(key)
        while len(self._cache) > CACHED_STATES:
            self._cache.popitem(last=False)


def prepare_session(connection: Connection, projection: AnyProjection, schema: str) -> None:
    """Make the tables of this session into which rows are copied before they are merged."""
    with connection.transaction():
        for name in ("states", *(t.name for t in projection.tables if not t.append_only)):
            connection.execute(statement(sql.incoming_table(schema, name)))


def empty_session(connection: Connection, projection: AnyProjection) -> None:
    """Empty those tables between two batches of one transaction; its end does the same."""
    for name in ("states", *(t.name for t in projection.tables if not t.append_only)):
        connection.execute(statement(sql.empty_incoming(name)))


def load_held(
    connection: Connection, projection: AnyProjection, schema: str, keys: list[UUID]
) -> dict[UUID, Held]:
    """What is stored of these keys, and whether they are parked; a new key is held as nothing.

    Raises StateUnreadable for a state that is none of this program's.
    """
    parked = {
        bytes(row[0])
        for row in connection.execute(
            statement(sql.LOAD_PARKED, schema=schema), ([str(key).encode() for key in keys],)
        )
    }
    held = {key: Held(parked=str(key).encode() in parked) if parked else Held() for key in keys}
    for key, version, state, any_next in connection.execute(
        statement(sql.LOAD_STATES, schema=schema), (keys,)
    ):
        try:
            decoded = None if state is None else projection.decode_state(state.encode())
        except msgspec.DecodeError as wrong:
            raise StateUnreadable(projection.name, str(key), str(wrong)) from wrong
        held[key] = Held(version, decoded, any_next, held[key].parked)
    return held


def write_outcome(
    cursor: Cursor[tuple[object, ...]],
    projection: AnyProjection,
    schema: str,
    outcome: Outcome,
    written: ShownRows,
) -> None:
    """States, rows and parked records of a batch, in the caller's transaction; needs the incoming tables.

    `written` are rows known to stand in the tables.
    """
    states = [
        (key, held.version, None if held.state is None else _encode_state(held.state).decode(), held.any_next)
        for key, held in outcome.states.items()
        if held.version or held.any_next
    ]
    _merge(cursor, "states", sql.STATE_COLUMNS, sql.merge_states(schema), states)
    for table, replaced in outcome.replaced.items():
        make = sql.merge_shared if table.shared else sql.merge
        merge = make(schema, table.name, table.names, table.key)
        _merge(cursor, table.name, table.names, merge, list(replaced.values()))
    for table, changes in written.changes(projection, outcome.shown).items():
        merge = sql.merge(schema, table.name, table.names, table.key)
        _merge(cursor, table.name, table.names, merge, changes.rows)
        if changes.whole:
            unshown = statement(sql.delete_unshown(schema, table.name, table.names, table.key))
            cursor.execute(unshown, (changes.whole,))
    for table, appended in outcome.appended.items():
        _copy(cursor, f"{schema}.{table.name}", table.names, appended)
    if outcome.parked:
        cursor.executemany(statement(sql.PARK, schema=schema), [_parked_row(p) for p in outcome.parked])


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
    with cursor.copy(statement(sql.copy_in(target, columns))) as copy:
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
