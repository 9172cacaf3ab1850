"""The runner of a view: a member of a consumer group that folds batches into PostgreSQL until stopped."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import psycopg
import structlog
from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from casecore.contract.streams import topic_name
from projections.kit import schema, topics
from projections.kit.batch import fold_and_write
from projections.kit.errors import Fenced, OffsetLost, TopicReplaced
from projections.kit.health import RunnerStatus
from projections.kit.logic import Fold, Outcome, read
from projections.kit.projection import AnyProjection
from projections.kit.storage import Storage
from projections.kit.topics import Partition

_POLL_MS = 200  # how long a stop may wait
_LOOK_SECONDS = 2.0  # between looks at lag and quarantine: often enough for a dashboard, and cheap
_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # while PostgreSQL is away; the last one is repeated
_CONNECT_SECONDS = 3
_IDLE_LIMIT_SECONDS = 120.0  # after which a runner without partitions joins its group anew

_log = structlog.get_logger(__name__)


def run(
    projection: AnyProjection,
    database: str,
    bootstrap: str,
    prefix: str,
    status: RunnerStatus,
    stop: Event,
) -> None:
    """Keep a view until `stop` is set.

    Pauses while PostgreSQL is away, waits while Kafka is, and starts again by itself when fenced. Raises
    ViewOutdated, TopicMissing, TopicReplaced and OffsetLost, which only an operator can mend, and
    KafkaError when Kafka is not there at the start.
    """
    while not stop.is_set():
        runner = _Runner(projection, database, bootstrap, prefix, status, stop)
        try:
            runner.run()
        except Fenced as fenced:
            status.restarts.inc()
            status.troubled(str(fenced))
            _log.info("fenced, starting again", view=projection.name, reason=str(fenced))
        finally:
            runner.close()


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """What the group has given to this member. Runs inside poll(), so it only notes; the loop acts."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self.changed = False

    def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002
        self.changed = True

    def on_partitions_assigned(self, assigned: Any) -> None:
        # Nothing may be fetched before the database has said from where; a position must exist meanwhile.
        for partition in assigned:
            self._consumer.seek(partition, 0)
            self._consumer.pause(partition)
        self.changed = True


class _Runner:
    """One membership in the group, from joining until it is fenced or stopped."""

    def __init__(
        self,
        projection: AnyProjection,
        database: str,
        bootstrap: str,
        prefix: str,
        status: RunnerStatus,
        stop: Event,
    ) -> None:
        self._projection = projection
        self._database = database
        self._bootstrap = bootstrap
        self._status = status
        self._stop = stop
        self._fold = Fold(projection)
        self._topics = [topic_name(prefix, kind) for kind in projection.kinds]
        self._ids: dict[str, str] = {}
        self._connection: schema.Connection | None = None
        self._storage: Storage | None = None
        self._next: dict[Partition, int] = {}
        self._failures = 0
        self._retry_at = 0.0
        self._look_at = 0.0
        self._idle_since = 0.0
        self._writer = ThreadPoolExecutor(1, f"write {projection.name}")
        self._in_flight: Future[list[Outcome]] | None = None
        self._consumer = topics.group_consumer(bootstrap, f"{prefix}.{projection.name}")
        self._assignment = _Assignment(self._consumer)

    def run(self) -> None:
        """Fold until stopped; raises Fenced when somebody else has taken over."""
        self._ids, _ = topics.partitions_of(self._bootstrap, self._topics)
        topics.learn_partitions(self._consumer, self._topics)
        self._idle_since = time.monotonic()
        self._consumer.subscribe(self._topics, listener=self._assignment)
        while not self._stop.is_set():
            try:
                self._turn()
            except (psycopg.OperationalError, psycopg.InterfaceError) as away:
                self._pause(away)

    def close(self) -> None:
        """Finish the batch in flight, and leave the group and the database."""
        self._writer.shutdown(wait=True)
        self._disconnect()
        self._consumer.close(autocommit=False)

    def _turn(self) -> None:
        polled = self._poll()
        self._settle()
        self._check_topics()
        if self._assignment.changed:
            self._release()
            self._assignment.changed = False
        if self._storage is None:
            # What was polled is dropped: the claim says from where to go on.
            self._claim_when_due()
            return
        self._look()
        readings = [read(record) for record in topics.flat(polled) if self._is_next(record)]
        if readings:
            # Written while the next batch is fetched and read, which is half of the work.
            self._in_flight = self._writer.submit(fold_and_write, self._fold, self._storage, readings)
            for reading in readings:
                record = reading.record
                self._next[record.topic, record.partition] = record.offset + 1

    def _settle(self) -> None:
        """Wait for the batch in flight; raises what it raised."""
        written, self._in_flight = self._in_flight, None
        if written is None:
            return
        for outcome in written.result():
            self._status.events.inc(outcome.applied)
            self._status.repeats.inc(outcome.repeated)
        self._status.batches.inc()

    def _poll(self) -> dict[Any, list[Any]]:
        try:
            polled: dict[Any, list[Any]] = self._consumer.poll(timeout_ms=_POLL_MS)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as lost:
            self._check_topics()
            raise OffsetLost(self._projection.name, str(lost)) from lost
        return polled

    def _is_next(self, record: Any) -> bool:
        expected = self._next.get((record.topic, record.partition))
        return expected is not None and record.offset >= expected

    def _check_topics(self) -> None:
        for topic, topic_id in self._ids.items():
            known = topics.known_topic_id(self._consumer, topic)
            if known is not None and known != topic_id:
                raise TopicReplaced(self._projection.name, topic, topic_id, known)

    def _claim_when_due(self) -> None:
        """Connect and take the assigned partitions over, unless the last failure was just now."""
        assigned = self._consumer.assignment()
        if not assigned:
            # The other runners of this view have them all, or the library has lost its place in the group.
            if time.monotonic() - self._idle_since > _IDLE_LIMIT_SECONDS:
                raise Fenced(f"no partition for {_IDLE_LIMIT_SECONDS:.0f} s")
            self._status.partitions.set(0)
            self._status.well()
            return
        if time.monotonic() < self._retry_at:
            return
        connection = psycopg.connect(
            self._database,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="casecore project",
        )
        self._connection = connection
        schema.ensure(connection, self._projection)
        storage = Storage(connection, self._projection, self._projection.name)
        for claimed in storage.claim(self._ids, [(tp.topic, tp.partition) for tp in assigned]):
            if claimed.topic_id != self._ids[claimed.topic]:
                raise TopicReplaced(
                    self._projection.name, claimed.topic, claimed.topic_id, self._ids[claimed.topic]
                )
            self._next[claimed.topic, claimed.partition] = claimed.next_offset
            self._consumer.seek(TopicPartition(claimed.topic, claimed.partition), claimed.next_offset)
        self._consumer.resume(*assigned)
        self._storage = storage
        self._failures = 0
        self._look_at = 0.0
        self._status.partitions.set(len(assigned))
        _log.info("claimed", view=self._projection.name, partitions=len(assigned))

    def _pause(self, away: psycopg.Error) -> None:
        self._release()
        delay = _RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS) - 1)]
        self._failures += 1
        self._retry_at = time.monotonic() + delay
        detail = str(away).strip().partition("\n")[0]
        self._status.troubled(f"PostgreSQL is away: {detail}")
        if self._failures == 1:
            _log.warning("PostgreSQL is away, pausing", view=self._projection.name, detail=detail)

    def _release(self) -> None:
        """Forget what was claimed; polling goes on with everything paused, so the membership lives."""
        self._consumer.pause(*self._consumer.assignment())
        self._next.clear()
        self._idle_since = time.monotonic()
        self._disconnect()

    def _disconnect(self) -> None:
        self._storage = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._look_at or self._storage is None:
            return
        self._look_at = now + _LOOK_SECONDS
        keys, records = self._storage.quarantined()
        self._status.quarantined_keys.set(keys)
        self._status.quarantined_records.set(records)
        try:
            end_of = topics.ends(self._consumer, self._next)
        except KafkaError as away:
            # poll() is silent about a dead broker, so this is where it shows.
            self._status.troubled(f"Kafka does not answer: {type(away).__name__}")
            return
        self._status.lag.set(sum(max(0, end - self._position(at)) for at, end in end_of.items()))
        self._status.well()

    def _position(self, at: Partition) -> int:
        # The consumer's position has also passed what is no record: the marks that end transactions.
        return int(self._consumer.position(TopicPartition(*at), timeout_ms=topics.ANSWER_LIMIT_MS) or 0)
