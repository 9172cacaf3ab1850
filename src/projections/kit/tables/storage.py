"""What a runner reads and writes in PostgreSQL: claims, states, and a batch in one fenced transaction."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid4

from casecore.kafka.partitions import Partition
from casecore.postgres.connection import Connection
from projections.kit.fold.batch_steps import LoadKeys, Write, WriteRefused, batch_steps
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome, KeyState
from projections.kit.fold.records import ParsedRecord, RecordPlace
from projections.kit.fold.verdicts import NO_VERDICTS, Verdict
from projections.kit.projection import AnyProjection
from projections.kit.tables.claims import Claimed
from projections.kit.tables.key_states import load_key_states
from projections.kit.tables.offsets import advance_offsets, claim_offsets, place_offsets
from projections.kit.tables.row_diff import RowDiff
from projections.kit.tables.statement import statement
from projections.kit.tables.summing import sum_up
from projections.kit.tables.writing import REFUSED_BY_DATABASE, prepare_session, write_outcome

CACHED_STATES = 10_000
"""Keys whose state a runner keeps in memory: some 20 MB. Any other is read again, with its batch's others."""

QUARANTINE_SIZE = "select count(distinct key), count(*) from {schema}.quarantine"


class Storage:
    """One schema of a view over one connection. Not for use by several threads."""

    def __init__(
        self,
        connection: Connection,
        projection: AnyProjection,
        schema: str,
        owner: UUID | None = None,
        *,
        keeps_sums: bool = True,
    ) -> None:
        """`owner` has claimed partitions for this storage; without one it claims them itself.

        One that does not keep the sums leaves them to `sum_up`.
        """
        self._connection = connection
        self._projection = projection
        self._schema = schema
        self._owner = owner or uuid4()
        self._cache: OrderedDict[UUID, KeyState] = OrderedDict()
        self._diff = RowDiff()
        self._keeps_sums = keeps_sums
        prepare_session(connection, projection, schema)

    def claim(self, topic_ids: Mapping[str, str], partitions: Iterable[Partition]) -> list[Claimed]:
        """Take partitions over from any other owner. Forgets the cache, since that one may have written."""
        self._owner = uuid4()
        self._cache.clear()
        self._diff.forget()
        return self.claim_for(self._owner, topic_ids, partitions)

    def claim_for(
        self, owner: UUID, topic_ids: Mapping[str, str], partitions: Iterable[Partition]
    ) -> list[Claimed]:
        """Take partitions over for another storage, which then has them from the beginning."""
        return claim_offsets(
            self._connection, self._schema, owner=owner, topic_ids=topic_ids, partitions=partitions
        )

    def place(self, offsets: Iterable[Claimed]) -> None:
        """Say where a new schema starts; for a rebuild, which owns its schema alone."""
        place_offsets(self._connection, self._schema, self._owner, offsets)

    def commit_batch(
        self,
        fold: Fold,
        records: Sequence[ParsedRecord],
        verdicts: Mapping[RecordPlace, Verdict] = NO_VERDICTS,
    ) -> list[FoldOutcome]:
        """Fold records and commit what they lead to, in one transaction if PostgreSQL takes them all.

        Raises Fenced, WriteRefused where also a parked record is refused, and psycopg's errors for a server
        that is unavailable.
        """
        steps = batch_steps(fold, records, verdicts)
        try:
            request = next(steps)
            while True:
                try:
                    answer = self._perform(request)
                except REFUSED_BY_DATABASE as refused:
                    request = steps.throw(WriteRefused(str(refused).partition("\n")[0]))
                else:
                    request = steps.send(answer)
        except StopIteration as ended:
            outcomes: list[FoldOutcome] = ended.value
            return outcomes

    def _perform(self, request: LoadKeys | Write) -> dict[UUID, KeyState] | None:
        match request:
            case LoadKeys(records):
                return self.load(records)
            case Write(outcome):
                self.write(outcome)
                return None

    def load(self, records: Sequence[ParsedRecord]) -> dict[UUID, KeyState]:
        """What is known of the keys of these records."""
        found: dict[UUID, KeyState] = {}
        missing: set[UUID] = set()
        for parsed in records:
            key = parsed.stream_id
            if key is None or key in found or key in missing:
                continue
            cached = self._cache.get(key)
            if cached is None:
                missing.add(key)
            else:
                found[key] = cached
        if missing:
            loaded = load_key_states(self._connection, self._projection, self._schema, list(missing))
            self._remember(loaded)
            found.update(loaded)
        return found

    def write(self, outcome: FoldOutcome) -> None:
        """Write a batch and its offsets, all or nothing. Raises Fenced, and what psycopg raises."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            # A crash of the server may then take back the last batches, whole and with their offsets.
            cursor.execute("set local synchronous_commit to off")
            advance_offsets(cursor, self._schema, self._owner, outcome.offsets)
            write_outcome(
                cursor,
                self._projection,
                self._schema,
                outcome,
                self._diff,
                keeps_sums=self._keeps_sums,
            )
        self._remember(outcome.states)
        self._diff.remember(outcome.derived)

    def sum_up(self) -> None:
        """Sum up all that is there, and keep the sums from now on."""
        if not self._keeps_sums:
            with self._connection.transaction():
                sum_up(self._connection, self._projection, self._schema)
            self._keeps_sums = True

    def advance(self, offsets: Mapping[Partition, int]) -> None:
        """Say that nothing is left before these offsets. Raises Fenced."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            advance_offsets(cursor, self._schema, self._owner, offsets)

    def check(self) -> None:
        """Ask for nothing; raises what psycopg raises where the server is unavailable."""
        self._connection.execute("select")

    def quarantined(self) -> tuple[int, int]:
        """How many keys and records are parked, over all partitions."""
        row = self._connection.execute(statement(QUARANTINE_SIZE, schema=self._schema)).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _remember(self, states: Mapping[UUID, KeyState]) -> None:
        for key, state in states.items():
            self._cache[key] = state
            self._cache.move_to_end(key)
        while len(self._cache) > CACHED_STATES:
            self._cache.popitem(last=False)
