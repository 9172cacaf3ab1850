"""The runner of a view: does what its protocol asks for, with a real Kafka and PostgreSQL, until stopped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from threading import Event
from typing import assert_never

import psycopg
import structlog

from casecore.contract.streams import topic_name
from casecore.health.saying import KAFKA_UNAVAILABLE, said_of
from casecore.kafka.errors import (
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicUnanswered,
)
from casecore.kafka.greeting import greet
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import group_reader
from casecore.kafka.settings import LOOK_LIMIT_MS
from casecore.postgres.errors import UNAVAILABLE
from projections.kit.errors import Fenced, ProjectionError, TopicReplaced
from projections.kit.projection import AnyProjection
from projections.kit.rebuild.rebuild import rebuild_on_topic_replacement
from projections.kit.rebuild.shadow_build import BuildProgress
from projections.kit.runner import messages as m
from projections.kit.runner.health import RunnerStatus
from projections.kit.runner.protocol import JoinBackoff, RunnerProtocol
from projections.kit.runner.writer import Writer
from projections.kit.servers import ViewServers
from projections.kit.source_topics import BATCH_BYTES, ids_and_partitions

_POLL_MS = 200
"""How long a poll waits for records; with Kafka frozen a stop waits for a look and the farewell too."""

_KAFKA_RETRY_SECONDS = 1.0
_REBUILD_AGAIN_SECONDS = 2.0

_log = structlog.get_logger(__name__)


def run(projection: AnyProjection, servers: ViewServers, status: RunnerStatus, stop: Event) -> None:
    """Keep a view until `stop` is set.

    Pauses while PostgreSQL or Kafka is unavailable, starts again when fenced, and rebuilds the view when its
    topics were replaced. Raises ViewOutdated, StateUnreadable, TopicMissing and OffsetLost, which only an
    operator can fix, and KafkaError or TopicUnanswered when Kafka does not answer at the start.
    """
    backoff = JoinBackoff()
    names = [topic_name(servers.prefix, kind) for kind in projection.kinds]
    has_run = False
    while not stop.is_set():
        try:
            if has_run:
                greet(servers.cluster)
            protocol = RunnerProtocol(projection.name, names, backoff, status)
            with closing(_Driver(projection, servers, status, stop)) as driver:
                driver.perform_all(protocol)
        except Fenced as fenced:
            has_run = True
            status.restarts.inc()
            status.troubled(str(fenced))
            _log.info("fenced, starting again", view=projection.name, reason=str(fenced))
        except TopicReplaced as replaced:
            has_run = True
            status.troubled(str(replaced))
            _log.warning("topics were replaced", view=projection.name, reason=str(replaced))
            _rebuild(projection, servers, status, stop)
        except (KafkaError, TopicUnanswered) as unavailable:
            if not has_run:
                raise
            status.troubled(KAFKA_UNAVAILABLE)
            _log.warning("kafka is unavailable", view=projection.name, reason=str(unavailable))
            stop.wait(_KAFKA_RETRY_SECONDS)


class _Stopped(Exception):
    """The process ends while the view is rebuilt."""


def _rebuild(projection: AnyProjection, servers: ViewServers, status: RunnerStatus, stop: Event) -> None:
    """Rebuild the view from its new topics; where that cannot be yet, say why, and wait a moment."""

    def end_on_stop(_: BuildProgress) -> None:
        if stop.is_set():
            raise _Stopped

    try:
        report = rebuild_on_topic_replacement(projection, servers, end_on_stop)
        seconds = round(report.seconds, 1)
        _log.info("rebuilt", view=projection.name, events=report.events, seconds=seconds)
    except _Stopped:
        return
    except (ProjectionError, KafkaError, psycopg.Error) as hindered:
        status.troubled(said_of(hindered))
        _log.warning("not rebuilt yet", view=projection.name, reason=str(hindered))
        stop.wait(_REBUILD_AGAIN_SECONDS)


class _Driver:
    """The connections of one membership."""

    def __init__(
        self, projection: AnyProjection, servers: ViewServers, status: RunnerStatus, stop: Event
    ) -> None:
        self._view = projection.name
        self._cluster = servers.cluster
        self._status = status
        self._stop = stop
        self._topics: Sequence[str] = ()
        self._writer = Writer(projection, servers.database, status, stop)
        self._reader = group_reader(servers.cluster, f"{servers.prefix}.{projection.name}", BATCH_BYTES)
        self._rebalanced = False
        self._reason = ""

    def perform_all(self, protocol: RunnerProtocol) -> None:
        """Do what the protocol asks for until stopped; raises what ends the membership."""
        steps = protocol.steps()
        request = next(steps)
        while not (self._stop.is_set() and isinstance(request, m.Poll)):
            try:
                report = self._perform(request)
            except UNAVAILABLE as error:
                self._reason = str(error).strip().partition("\n")[0]
                report = m.PostgresUnavailable(_message(error), time.monotonic())
            request = steps.send(report)

    def close(self) -> None:
        """Finish the batch in flight, and leave the group and the database."""
        self._writer.close()
        self._reader.close()
        if self._stop.is_set():  # else it begins again, and is as far behind as it was
            self._status.behind(0)
        self._status.keeps(0)

    def _perform(self, request: m.RunnerRequest) -> m.RunnerReport:
        match request:
            case m.Poll():
                return self._poll()
            case m.LookUpOffsets(ends_of, positions_of):
                return self._look_up_offsets(ends_of, positions_of)
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

    def _perform_writing(self, request: m.WriterRequest) -> m.RunnerReport:
        match request:
            case m.Settle():
                return m.BatchSettled(self._writer.settle())
            case m.Submit(records):
                self._writer.submit(records)
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
        ids, _ = ids_and_partitions(self._cluster, names)
        self._reader.join(names, self._note_rebalance)
        return m.Joined(ids, time.monotonic())

    def _note_rebalance(self) -> None:
        # Called within poll(): the protocol acts.
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

    def _look_up_offsets(
        self, ends_of: Sequence[Partition], positions_of: Sequence[Partition]
    ) -> m.OffsetsFound | m.BrokersUnavailable:
        try:
            positions = {at: self._reader.position(at, LOOK_LIMIT_MS) for at in positions_of}
            return m.OffsetsFound(self._reader.ends(ends_of, LOOK_LIMIT_MS), positions)
        except KafkaError as error:
            return m.BrokersUnavailable(f"Kafka does not answer: {type(error).__name__}")

    def _release(self, trouble: str) -> None:
        self._reader.pause(self._reader.assignment())
        self._writer.release()
        if trouble:
            _log.warning("pausing", view=self._view, reason=f"{trouble}: {self._reason}")


def _message(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.DiskFull):
        return "PostgreSQL's disk is full"
    # Without an SQLSTATE, the words are not PostgreSQL's, but those of a broken connection.
    return "PostgreSQL does not write" if error.sqlstate else "PostgreSQL is unavailable"
