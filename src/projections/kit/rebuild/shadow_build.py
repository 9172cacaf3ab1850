"""A shadow build: a view built beside the live one, from its topics' beginning up to given offsets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from types import TracebackType
from typing import NamedTuple
from uuid import UUID, uuid4

from casecore.contract.streams import topic_name
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import whole_reader
from casecore.kafka.records import KafkaRecord
from casecore.kafka.settings import ANSWER_LIMIT_MS
from casecore.postgres.connection import connect
from casecore.postgres.limits import SHADOW_BUILD
from projections.kit.errors import ProjectionError, TopicReplaced
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.fold.records import RecordPlace, parse_record
from projections.kit.fold.verdicts import NO_VERDICTS, Verdict
from projections.kit.projection import AnyProjection
from projections.kit.rebuild import statements
from projections.kit.servers import ViewServers
from projections.kit.source_topics import REBUILD_BATCH_BYTES, ids_and_partitions
from projections.kit.tables import schema
from projections.kit.tables.claims import Claimed
from projections.kit.tables.offsets import load_offsets
from projections.kit.tables.statement import statement
from projections.kit.tables.storage import Storage

_SILENCE_SECONDS = 30
"""Without a record for so long although some are left, Kafka is unavailable, or a transaction hangs."""


class BuildProgress(NamedTuple):
    """How far a build has come, in offsets (a few of them are marks of transactions, not records).

    `events` are those that were applied.
    """

    done: int
    total: int
    events: int


OnProgress = Callable[[BuildProgress], None]


class PartitionShare(NamedTuple):
    """Partitions that a rebuild worker is given, and where each begins; only this owner can write them."""

    owner: UUID
    claimed: Sequence[Claimed]


class ShadowBuild:
    """Builds one schema of a view, which it makes; or a share of one: some partitions of one that is there.

    A context manager; leaving it closes its connections, and keeps the schema.
    """

    def __init__(
        self,
        projection: AnyProjection,
        servers: ViewServers,
        target_schema: str,
        verdicts: Mapping[RecordPlace, Verdict] = NO_VERDICTS,
        share: PartitionShare | None = None,
    ) -> None:
        self.projection = projection
        self.servers = servers
        self.verdicts = verdicts
        self._fold = Fold(projection)
        self.schema = target_schema
        names = [topic_name(servers.prefix, kind) for kind in projection.kinds]
        self.topic_ids, found = ids_and_partitions(servers.cluster, names)
        self._partitions = (
            found if share is None else [Partition(each.topic, each.partition) for each in share.claimed]
        )
        self._reader = whole_reader(servers.cluster, REBUILD_BATCH_BYTES)
        self.events = 0
        self._next: dict[Partition, int] = {}
        self._in_flight: Future[list[FoldOutcome]] | None = None
        with ExitStack() as opened:
            opened.callback(self._reader.close)
            self._reader.assign(self._partitions)
            self._begin = self._reader.beginnings(self._partitions)
            connection = connect(servers.database, SHADOW_BUILD, "casecore rebuild")
            self.connection = opened.enter_context(closing(connection))
            self._storage = self._new_storage() if share is None else self._storage_of(share)
            # Opened last, so that the batch in flight ends before its connection closes.
            self._thread = opened.enter_context(ThreadPoolExecutor(1, f"build {target_schema}"))
            self._opened = opened.pop_all()

    def __enter__(self) -> ShadowBuild:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _new_storage(self) -> Storage:
        """Make the schema, and begin where the topics begin."""
        with self.connection.transaction():
            self.connection.execute(statement(statements.DROP_SCHEMA, schema=self.schema))
            schema.create(self.connection, self.projection, self.schema)
        storage = Storage(self.connection, self.projection, self.schema, keeps_sums=False)
        storage.place(Claimed(t, p, self.topic_ids[t], at) for (t, p), at in self._begin.items())
        self._go_on_from(storage.claim(self.topic_ids, self._partitions))
        return storage

    def _storage_of(self, share: PartitionShare) -> Storage:
        """Go on in a schema that is there, from where the share begins."""
        storage = Storage(self.connection, self.projection, self.schema, share.owner, keeps_sums=False)
        self._go_on_from(share.claimed)
        return storage

    def share_out(self, partitions: Iterable[Partition]) -> PartitionShare:
        """Give partitions to a worker of another process, until they are taken over again."""
        owner = uuid4()
        return PartitionShare(owner, self._storage.claim_for(owner, self.topic_ids, partitions))

    def sum_up(self) -> None:
        """Sum up what was built, once: from then on the sums are kept as rows come."""
        self._settle()
        self._storage.sum_up()

    def take_over(self) -> None:
        """Go on from where the workers are now; they can write no more."""
        self._go_on_from(self._storage.claim(self.topic_ids, self._partitions))

    def _go_on_from(self, places: Iterable[Claimed]) -> None:
        for each in places:
            if each.topic_id != self.topic_ids[each.topic]:
                raise TopicReplaced(
                    self.projection.name, each.topic, each.topic_id, self.topic_ids[each.topic]
                )
            at = Partition(each.topic, each.partition)
            self._next[at] = each.next_offset
            self._reader.seek(at, each.next_offset)

    def left(self, targets: Mapping[Partition, int]) -> dict[Partition, int]:
        """How many offsets of each partition are left before these."""
        return {each: target - self._next[each] for each, target in targets.items()}

    def span(self, targets: Mapping[Partition, int]) -> int:
        """How many offsets lie between the topics' beginnings and these."""
        return sum(target - self._begin[each] for each, target in targets.items())

    def built(self) -> int:
        """How many offsets the schema has behind it, whichever worker has built them."""
        now = load_offsets(self.connection, self.schema)
        return sum(claimed.next_offset - self._begin[at] for at, claimed in now.items())

    def targets(self, live: Mapping[Partition, Claimed]) -> dict[Partition, int]:
        """Where to build to: the live view's offsets, as far as the topics still hold them, else their ends.

        A partition of a topic that was replaced is built to its end: the live offset means nothing there.
        """
        ends = self._reader.ends(self._partitions, ANSWER_LIMIT_MS)
        found: dict[Partition, int] = {}
        for each, end in ends.items():
            claimed = live.get(each)
            if not live or (claimed and claimed.topic_id != self.topic_ids[each[0]]):
                found[each] = end
            else:
                found[each] = min(max(claimed.next_offset if claimed else 0, self._begin[each]), end)
        return found

    def build_to(self, targets: Mapping[Partition, int], on_progress: OnProgress) -> None:
        """Fold up to exactly these offsets; raises ProjectionError when Kafka falls silent before."""
        behind = {each for each, target in targets.items() if self._next[each] < target}
        self._reader.pause(each for each in self._next if each not in behind)
        self._reader.resume(behind)
        total = self.span(targets)
        heard_at = time.monotonic()
        while behind:
            records = self._reader.poll(500)
            # A mark that ends a transaction takes an offset, but is never polled: the position passes it.
            self._submit([r for r in records if r.offset < targets[Partition(r.topic, r.partition)]])
            arrived = {each for each in behind if self._reader.position(each) >= targets[each]}
            if arrived:
                self._settle()
            for each in arrived:
                self._stop_at(each, targets[each])
            behind -= arrived
            done = sum(min(self._next[e], target) - self._begin[e] for e, target in targets.items())
            on_progress(BuildProgress(done, total, self.events))
            if records:
                heard_at = time.monotonic()
            elif behind and time.monotonic() - heard_at > _SILENCE_SECONDS:
                raise ProjectionError(f"nothing came from Kafka for {_SILENCE_SECONDS} s, before {behind}")

    def _submit(self, records: list[KafkaRecord]) -> None:
        """Fold and write records while the next ones are read, which takes no time from PostgreSQL's part."""
        parsed = [parse_record(record) for record in records]
        self._settle()
        if parsed:
            self._in_flight = self._thread.submit(
                self._storage.commit_batch, self._fold, parsed, self.verdicts
            )

    def _settle(self) -> None:
        """Wait for the batch in flight; raises what it raised."""
        written, self._in_flight = self._in_flight, None
        for outcome in written.result() if written else ():
            self._next.update(outcome.offsets)
            self.events += outcome.applied

    def _stop_at(self, each: Partition, target: int) -> None:
        """Say that nothing is left before the target, and read on from there if asked to."""
        self._next[each] = target
        self._storage.advance({each: target})
        self._reader.seek(each, target)
        self._reader.pause([each])
