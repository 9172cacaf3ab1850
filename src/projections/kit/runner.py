"""The runner of a view: a member of a consumer group that folds batches into PostgreSQL until stopped."""

from __future__ import annotations

import gc
import time
from contextlib import closing
from threading import Event
from typing import Any

import psycopg
import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from casecore.contract.streams import topic_name
from projections.kit import topics
from projections.kit.errors import Fenced, OffsetLost, TopicReplaced, TopicUnanswered
from projections.kit.health import RunnerStatus
from projections.kit.membership import Assignment, Patience
from projections.kit.projection import AnyProjection
from projections.kit.records import Reading, read
from projections.kit.topics import Partition
from projections.kit.writer import Writer

_POLL_MS = (
    200  # that a poll waits for records; with Kafka frozen a stop waits for a look and the farewell too
)
_LOOK_SECONDS = 2.0  # between looks at the lag: often enough for a dashboard, and cheap
_COUNT_SECONDS = 30.0  # between counts of the quarantine, which read all of it
_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # while PostgreSQL is away; the last one is repeated
_SILENT_SECONDS = 10.0  # longer than a broker needs to be back after a hard kill
_KAFKA_RETRY_SECONDS = 1.0

_TROUBLE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""PostgreSQL is away, does not answer, or takes no writes, and may do so again."""

_log = structlog.get_logger(__name__)


def quieten_collector() -> None:
    """Let this process collect garbage more rarely; for a program that only runs views.

    What a batch makes is freed by counting references, so looking for cycles finds nothing, and takes an
    eighth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


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
    ViewOutdated, StateUnreadable, TopicMissing, TopicReplaced and OffsetLost, which only an operator can
    mend, and KafkaError or TopicUnanswered when Kafka is not there at the start.
    """
    patience = Patience()
    fenced_before = False
    while not stop.is_set():
        try:
            if fenced_before:
                topics.knock(bootstrap)
            with closing(_Runner(projection, database, bootstrap, prefix, status, stop, patience)) as runner:
                runner.run()
        except Fenced as fenced:
            fenced_before = True
            status.restarts.inc()
            status.troubled(str(fenced))
            _log.info("fenced, starting again", view=projection.name, reason=str(fenced))
        except (KafkaError, TopicUnanswered) as away:
            if not fenced_before:
                raise
            status.troubled(f"Kafka does not answer: {away}")
            stop.wait(_KAFKA_RETRY_SECONDS)


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
        patience: Patience,
    ) -> None:
        self._view = projection.name
        self._bootstrap = bootstrap
        self._status = status
        self._stop = stop
        self._patience = patience
        self._topics = [topic_name(prefix, kind) for kind in projection.kinds]
        self._ids: dict[str, str] = {}
        self._next: dict[Partition, int] = {}  # after the last record handed to the writer
        self._done: dict[Partition, int] = {}  # before it, nothing is left to write
        self._failures = 0  # of PostgreSQL, since the last commit
        self._retry_at = self._look_at = self._count_at = self._idle_since = self._heard_at = 0.0
        self._writer = Writer(projection, database, status, stop)
        self._consumer = topics.group_consumer(bootstrap, f"{prefix}.{projection.name}")
        self._assignment = Assignment(self._consumer)

    def run(self) -> None:
        """Fold until stopped; raises Fenced when somebody else has taken over."""
        self._ids, _ = topics.partitions_of(self._bootstrap, self._topics)
        topics.learn_partitions(self._consumer, self._topics)
        self._idle_since = time.monotonic()
        self._consumer.subscribe(self._topics, listener=self._assignment)
        while not self._stop.is_set():
            try:
                self._turn()
            except _TROUBLE as away:
                self._pause(away)

    def close(self) -> None:
        """Finish the batch in flight, and leave the group and the database."""
        self._writer.close()
        self._consumer.close(autocommit=False, timeout_ms=topics.LOOK_LIMIT_MS)
        self._status.lag.set(0)
        self._status.partitions.set(0)

    def _turn(self) -> None:
        polled = self._poll()
        if polled:
            self._heard_at = time.monotonic()
        # Read before the last batch has settled, since its writing leaves the processor idle.
        readings = [read(record) for record in topics.flat(polled)] if self._writer.ready else []
        self._settle()
        self._check_topics()
        if self._assignment.changed:
            self._release()
            self._done.clear()
            self._assignment.changed = False
        if not self._writer.ready:
            # What was polled is dropped: the claim says from where to go on.
            self._claim_when_due()
            self._look([])
            return
        fresh = [reading for reading in readings if self._is_next(reading)]
        self._look(fresh)
        if fresh:
            self._writer.submit(fresh)
            for reading in fresh:
                self._next[reading.record.topic, reading.record.partition] = reading.record.offset + 1

    def _settle(self) -> None:
        """Wait for the batch in flight; raises what it raised."""
        for outcome in self._writer.settle():
            self._done.update(outcome.offsets)
            self._status.events.inc(outcome.applied)
            self._status.repeats.inc(outcome.repeated)
            self._status.batches.inc()
            if outcome.parked:
                self._count_at = 0.0
            self._failures = 0
            self._status.well()

    def _poll(self) -> dict[Any, list[Any]]:
        try:
            polled: dict[Any, list[Any]] = self._consumer.poll(timeout_ms=_POLL_MS)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as lost:
            self._check_topics()
            raise OffsetLost(self._view, str(lost)) from lost
        return polled

    def _is_next(self, reading: Reading) -> bool:
        expected = self._next.get((reading.record.topic, reading.record.partition))
        return expected is not None and reading.record.offset >= expected

    def _check_topics(self) -> None:
        for topic, topic_id in self._ids.items():
            known = topics.known_topic_id(self._consumer, topic)
            if known is not None and known != topic_id:
                raise TopicReplaced(self._view, topic, topic_id, known)

    def _claim_when_due(self) -> None:
        """Take the assigned partitions over, unless the last failure was just now."""
        assigned = self._consumer.assignment()
        if not assigned:
            # The other runners of this view have them all, or the library has lost its place in the group.
            if time.monotonic() - self._idle_since > self._patience.seconds:
                waited = self._patience.seconds
                self._patience.in_vain()
                raise Fenced(f"no partition for {waited:.0f} s")
            self._status.partitions.set(0)
            self._status.well()
            return
        if time.monotonic() < self._retry_at:
            return
        for claimed in self._writer.claim(self._ids, [(tp.topic, tp.partition) for tp in assigned]):
            if claimed.topic_id != self._ids[claimed.topic]:
                raise TopicReplaced(self._view, claimed.topic, claimed.topic_id, self._ids[claimed.topic])
            self._next[claimed.topic, claimed.partition] = claimed.next_offset
            self._consumer.seek(TopicPartition(claimed.topic, claimed.partition), claimed.next_offset)
        self._done = dict(self._next)
        self._consumer.resume(*assigned)
        self._patience.rewarded()
        self._look_at = self._count_at = 0.0
        self._heard_at = time.monotonic()
        self._status.partitions.set(len(assigned))
        _log.info("claimed", view=self._view, partitions=len(assigned))

    def _pause(self, away: psycopg.Error) -> None:
        self._release()
        delay = _RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS) - 1)]
        self._failures += 1
        self._retry_at = time.monotonic() + delay
        detail = str(away).strip().partition("\n")[0]
        # Without a state of SQL, the words are not PostgreSQL's, but those of a broken connection.
        what = "PostgreSQL does not write" if away.sqlstate else "PostgreSQL is away"
        self._status.troubled(f"{what}: {detail}")
        if self._failures == 1:
            _log.warning("pausing", view=self._view, reason=what, detail=detail)

    def _release(self) -> None:
        """Forget what was claimed; polling goes on with everything paused, so the membership lives."""
        self._consumer.pause(*self._consumer.assignment())
        self._next.clear()
        self._idle_since = time.monotonic()
        self._writer.release()

    def _look(self, unwritten: list[Reading]) -> None:
        """See how far behind the view is; `unwritten` was polled, and all before it is written."""
        now = time.monotonic()
        if now < self._look_at or not self._done:
            return
        self._look_at = now + _LOOK_SECONDS
        if self._writer.ready:
            self._ask_postgresql(now)
        polled = {(reading.record.topic, reading.record.partition) for reading in unwritten}
        # The consumer's position has also passed what is no record: the marks that end transactions.
        self._done.update((at, self._position(at)) for at in self._next if at not in polled)
        try:
            end_of = topics.ends(self._consumer, self._done, topics.LOOK_LIMIT_MS)
        except KafkaError as away:
            # poll() is silent about a dead broker, so this is where it shows.
            self._status.troubled(f"Kafka does not answer: {type(away).__name__}")
            return
        lag = sum(max(0, end - self._done[at]) for at, end in end_of.items())
        self._status.lag.set(lag)
        if not lag:
            self._heard_at = now
        elif self._writer.ready and now - self._heard_at > _SILENT_SECONDS:
            # After a hasty second rebalance the library can hold partitions and fetch nothing, for good.
            raise Fenced(f"no record for {_SILENT_SECONDS:.0f} s, although {lag} wait")
        if self._writer.ready and (not lag or not self._failures):
            self._failures = 0
            self._status.well()

    def _ask_postgresql(self, now: float) -> None:
        self._writer.check()
        if now >= self._count_at:
            self._count_at = now + _COUNT_SECONDS
            keys, records = self._writer.quarantined()
            self._status.quarantined_keys.set(keys)
            self._status.quarantined_records.set(records)

    def _position(self, at: Partition) -> int:
        return int(self._consumer.position(TopicPartition(*at), timeout_ms=topics.LOOK_LIMIT_MS) or 0)
