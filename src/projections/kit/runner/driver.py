"""The runner of a view: does what its logic asks for, with a real Kafka and PostgreSQL, until stopped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from threading import Event
from typing import assert_never

import psycopg
import structlog

from casecore.contract.streams import topic_name
from casecore.kafka.admin import check_probe
from casecore.kafka.errors import (
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicUnanswered,
)
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import group_reader
from casecore.kafka.settings import LOOK_LIMIT_MS
from projections.kit.errors import Fenced, ProjectionError, TopicReplaced
from projections.kit.projection import AnyProjection
from projections.kit.rebuild.rebuild import renew
from projections.kit.rebuild.shadow_build import Progress
from projections.kit.runner import messages as m
from projections.kit.runner.health import RunnerStatus
from projections.kit.runner.protocol import Membership, Patience
from projections.kit.runner.writer import Writer
from projections.kit.source_topics import BATCH_BYTES, ids_and_partitions

_POLL_MS = (
    200  # that a poll waits for records; with Kafka frozen a stop waits for a look and the farewell too
)
_KAFKA_RETRY_SECONDS = 1.0
_RENEW_AGAIN_SECONDS = 2.0

_TROUBLE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""PostgreSQL is away, does not answer, or takes no writes, and may do so again."""

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

    Pauses while PostgreSQL is away, waits while Kafka is, starts again by itself when fenced, and builds
    the view again when its topics were made anew. Raises ViewOutdated, StateUnreadable, TopicMissing and
    OffsetLost, which only an operator can mend, and KafkaError or TopicUnanswered when Kafka is not there
    at the start.
    """
    patience = Patience()
    names = [topic_name(prefix, kind) for kind in projection.kinds]
    fenced_before = False
    while not stop.is_set():
        try:
            if fenced_before:
                check_probe(bootstrap)
            membership = Membership(projection.name, names, patience, status)
            with closing(_Runner(projection, database, bootstrap, prefix, status, stop)) as runner:
                runner.perform_all(membership)
        except Fenced as fenced:
            fenced_before = True
            status.restarts.inc()
            status.troubled(str(fenced))
            _log.info("fenced, starting again", view=projection.name, reason=str(fenced))
        except TopicReplaced as replaced:
            fenced_before = True
            status.troubled(str(replaced))
            _log.warning("topics made anew", view=projection.name, reason=str(replaced))
            _renew(projection, database, bootstrap, prefix, status, stop)
        except (KafkaError, TopicUnanswered) as away:
            if not fenced_before:
                raise
            status.troubled(f"Kafka does not answer: {away}")
            stop.wait(_KAFKA_RETRY_SECONDS)


class _Stopped(Exception):
    """The process ends while the view is built again."""


def _renew(
    projection: AnyProjection, database: str, bootstrap: str, prefix: str, status: RunnerStatus, stop: Event
) -> None:
    """Build the view again from its new topics; where that cannot be yet, say why, and wait a moment."""

    def go_on(_: Progress) -> None:
        if stop.is_set():
            raise _Stopped

    try:
        report = renew(projection, database, bootstrap, prefix, go_on)
        _log.info("built again", view=projection.name, events=report.events, seconds=round(report.seconds, 1))
    except _Stopped:
        return
    except (ProjectionError, KafkaError, psycopg.Error) as hindered:
        status.troubled(str(hindered))
        stop.wait(_RENEW_AGAIN_SECONDS)


class _Runner:
    """The connections of one membership."""

    def __init__(
        self,
        projection: AnyProjection,
        database: str,
        bootstrap: str,
        prefix: str,
        status: RunnerStatus,
        stop: Event,
    ) -> None:
        self._view = projection.name
        self._bootstrap = bootstrap
        self._status = status
        self._stop = stop
        self._topics: Sequence[str] = ()
        self._writer = Writer(projection, database, status, stop)
        self._reader = group_reader(bootstrap, f"{prefix}.{projection.name}", BATCH_BYTES)
        self._rebalanced = False

    def perform_all(self, membership: Membership) -> None:
        """Do what the logic asks for until stopped; raises what ends the membership."""
        steps = membership.steps()
        request = next(steps)
        while not (self._stop.is_set() and isinstance(request, m.Poll)):
            try:
                report = self._perform(request)
            except _TROUBLE as away:
                report = m.PostgresAway(_told(away), time.monotonic())
            request = steps.send(report)

    def close(self) -> None:
        """Finish the batch in flight, and leave the group and the database."""
        self._writer.close()
        self._reader.close()
        if self._stop.is_set():  # else it begins again, and is as far behind as it was
            self._status.behind(0)
        self._status.keeps(0)

    def _perform(self, request: m.Request) -> m.Report:
        match request:
            case m.Poll():
                return self._poll()
            case m.Look(ends_of, positions_of):
                return self._look(ends_of, positions_of)
            case m.Join(names):
                return self._join(names)
            case m.Resume(places):
                for at, offset in places.items():
                    self._reader.seek(at, offset)
                self._reader.resume(places)
                _log.info("claimed", view=self._view, partitions=len(places))
                return m.Done()
            case m.Release(trouble):
                self._release(trouble)
                return m.Done()
            case _:
                return self._perform_writing(request)

    def _perform_writing(self, request: m.WriterRequest) -> m.Report:
        match request:
            case m.Settle():
                return m.Settled(self._writer.settle())
            case m.Submit(readings):
                self._writer.submit(readings)
                return m.Done()
            case m.Claim(ids, partitions):
                return m.Taken(self._writer.claim(ids, partitions), time.monotonic())
            case m.Check():
                self._writer.check()
                return m.Done()
            case m.Count():
                return m.Counted(*self._writer.quarantined())
            case _:
                assert_never(request)

    def _join(self, names: Sequence[str]) -> m.Joined:
        self._topics = names
        ids, _ = ids_and_partitions(self._bootstrap, names)
        self._reader.join(names, self._note_rebalance)
        return m.Joined(ids, time.monotonic())

    def _note_rebalance(self) -> None:
        # Called within poll(): the logic acts.
        self._rebalanced = True

    def _poll(self) -> m.Polled | m.OffsetsLost:
        try:
            records = self._reader.poll(_POLL_MS)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as lost:
            return m.OffsetsLost(str(lost), self._known_ids())
        rebalanced, self._rebalanced = self._rebalanced, False
        return m.Polled(records, self._reader.assignment(), rebalanced, self._known_ids(), time.monotonic())

    def _known_ids(self) -> dict[str, str]:
        known = {topic: self._reader.topic_id(topic) for topic in self._topics}
        return {topic: topic_id for topic, topic_id in known.items() if topic_id is not None}

    def _look(
        self, ends_of: Sequence[Partition], positions_of: Sequence[Partition]
    ) -> m.Looked | m.KafkaAway:
        try:
            positions = {at: self._reader.position(at, LOOK_LIMIT_MS) for at in positions_of}
            return m.Looked(self._reader.ends(ends_of, LOOK_LIMIT_MS), positions)
        except KafkaError as away:
            return m.KafkaAway(f"Kafka does not answer: {type(away).__name__}")

    def _release(self, trouble: str) -> None:
        self._reader.pause(self._reader.assignment())
        self._writer.release()
        if trouble:
            _log.warning("pausing", view=self._view, reason=trouble)


def _told(away: psycopg.Error) -> str:
    detail = str(away).strip().partition("\n")[0]
    # Without a state of SQL, the words are not PostgreSQL's, but those of a broken connection.
    return f"{'PostgreSQL does not write' if away.sqlstate else 'PostgreSQL is away'}: {detail}"
