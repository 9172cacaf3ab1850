"""Drives the relay's protocol: performs its requests on real servers, and ends the process on any error."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import FrameType
from typing import TypeAlias, assert_never

import msgspec
import structlog

from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import CasecoreError
from casecore.kafka.admin import abort_hanging
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import (
    ClusterUnusable,
    KafkaError,
    NobodyListens,
    NotAuthorised,
    TopicDiffers,
    TopicMissing,
    TopicUnanswered,
)
from casecore.kafka.partitions import Partition
from casecore.kafka.reader import Reader, committed_reader
from casecore.postgres.errors import DatabaseError, DatabaseUnavailable
from casecore.postgres.holders import LockHolder
from casecore.relay import messages as m
from casecore.relay.bounds import READ_AGAIN_SECONDS, TIME_OUT_LIMIT_SECONDS
from casecore.relay.errors import RelayError, RelayRefused
from casecore.relay.health import RelayHealth
from casecore.relay.protocol import RelayProtocol
from casecore.relay.published_topics import check_topics, partitions_of, topic_ids
from casecore.relay.publisher import Publisher
from casecore.relay.session import RelaySession
from casecore.relay.tails import published_position, read_tails
from casecore.relay.watchdog import Watchdog
from casecore.store.log import LogReader

EXIT_FAILED = 1
"""An error that a restart may fix."""

EXIT_REFUSED = 3
"""An error that a restart does not fix; the log says what is wrong and how to fix it."""

_STORE_ASKED_EVERY_SECONDS = 1.0
_PAUSE_SLICE_SECONDS = 0.1

HintOf: TypeAlias = Callable[[CasecoreError], str | None]
"""What helps with an error, in the words of the door through which the relay was started."""

_log = structlog.get_logger(__name__)


class RelayConfig(msgspec.Struct, frozen=True):
    """The store (a libpq URI) and the destination (Kafka; the topics' prefix and replicas)."""

    database: str
    cluster: Cluster
    prefix: str
    replication: int = 1


class Relay:
    """One relay's connections, and the loop that answers each request of the protocol with a report."""

    def __init__(self, config: RelayConfig, health: RelayHealth) -> None:
        self._config = config
        self._health = health
        self._protocol = RelayProtocol(config.prefix)
        self._partitions = partitions_of(config.prefix)
        self._session = RelaySession(config.database, config.prefix)
        self._log_reader = LogReader(config.database)
        self._watchdog = Watchdog()
        self._publisher: Publisher
        self._reader: Reader
        self._opened = ExitStack()
        self._opened.callback(self._session.close)
        self._opened.callback(self._log_reader.close)
        self._last_position = 0
        self._sent = 0
        self._read_at = 0.0
        self._store_asked_at = 0.0
        self._holder: LockHolder | None = None
        self._stop_asked = False

    def stop(self) -> None:
        """End before the next request; may be called from a signal handler."""
        self._stop_asked = True

    def run(self) -> None:
        """Publish until `stop`; raises the error that ends the relay, after which the process must end."""
        request = self._protocol.begin()
        while not isinstance(request, m.Stop):
            stops = self._stop_asked and not isinstance(request, m.Commit)
            report: m.RelayReport = m.StopAsked() if stops else self._perform(request)
            request = self._protocol.handle(report)
        if request.because is not None:
            raise request.because
        self._opened.close()

    def _perform(self, request: m.RelayRequest) -> m.RelayReport:
        match request:
            case m.LookAtStable(partitions, pause_seconds):
                self._pause(pause_seconds)
                return m.StableSeen(self._reader.ends(partitions), time.monotonic())
            case m.ReadLog(after, limit):
                return self._read_log(after, limit)
            case m.Send(outgoing):
                self._sent = len(outgoing)
                return m.Sent(self._publisher.send(outgoing))
            case m.Commit():
                self._publisher.commit()
                self._health.committed(self._sent)
                return m.Committed(time.monotonic())
            case m.AwaitNews(limit_seconds):
                self._log_reader.wait(limit_seconds)
                return m.Woken(time.monotonic())
            case m.LookAtTopics():
                return m.TopicsSeen(self._topic_ids(), time.monotonic())
            case m.Stop():
                raise AssertionError("a stop is not performed")
            case _:
                return self._perform_start(request)

    def _perform_start(self, request: m.StartRequest) -> m.RelayReport:
        match request:
            case m.TakeLock(pause_seconds):
                self._pause(pause_seconds)
                return self._take_lock()
            case m.MeasureLag():
                self._measure_lag()
                return m.LagMeasured(time.monotonic())
            case m.ReadTopics():
                return self._read_topics()
            case m.Fence():
                return self._fence()
            case m.AbortHanging(before):
                return self._abort_hanging(before)
            case m.ReadTails():
                return self._read_tails()
            case m.FindPlaces(highest, events):
                return m.PlacesFound(
                    {t: self._session.position_before(p, events) for t, p in highest.items()}
                )
            case m.RememberTopics(ids):
                self._session.remember_topics(ids)
                return m.TopicsRemembered()
            case _:
                assert_never(request)

    def _take_lock(self) -> m.RelayReport:
        try:
            holder = self._session.take_lock()
        except DatabaseUnavailable as error:
            self._health.store_unavailable()
            _log.warning("relay.store_away", error=str(error))
            return m.StoreUnavailable()
        if holder is not None:
            if self._holder != holder:
                _log.info("relay.standing_by", prefix=self._config.prefix, holder=str(holder))
            self._holder = holder
            self._health.standing_by(f"the session with pid {holder.pid}")
            return m.LockBusy(time.monotonic())
        self._health.starting()
        _log.info("relay.lock_taken", prefix=self._config.prefix)
        for ignored in self._session.ignored():
            _log.warning("relay.lock_of_a_reader_ignored", holder=str(ignored))
        return m.LockTaken()

    def _measure_lag(self) -> None:
        try:
            last_position = self._log_reader.last_position()
        except DatabaseError as error:
            _log.warning("relay.store_away", error=str(error))
            return
        published = published_position(self._config.cluster, self._partitions)
        self._health.published_by_another(published, last_position)

    def _read_topics(self) -> m.RelayReport:
        ids = check_topics(self._config.cluster, self._config.prefix, self._config.replication)
        return m.TopicsRead(ids, self._session.remembered_topics(tuple(ids)))

    def _topic_ids(self) -> Mapping[str, str] | None:
        try:
            return topic_ids(self._config.cluster, self._config.prefix)
        except (
            KafkaError,
            TopicUnanswered,
        ):  # an unavailable broker shows when there is something to publish
            return None

    def _fence(self) -> m.RelayReport:
        self._publisher = Publisher(self._config.cluster, self._config.prefix, self._watchdog)
        self._opened.callback(self._publisher.close)
        self._reader = committed_reader(self._config.cluster)
        self._opened.callback(self._reader.close)
        return m.EarlierRelaysFenced(self._publisher.fence(self._partitions), time.monotonic())

    def _abort_hanging(self, before: Mapping[Partition, int]) -> m.RelayReport:
        try:
            count = abort_hanging(self._config.cluster, before)
        except NotAuthorised as error:
            _log.warning(
                "relay.may_not_abort_hanging_transactions",
                reason=f"{error}. Without it the relay waits until Kafka ends them",
                waits_up_to_seconds=TIME_OUT_LIMIT_SECONDS,
            )
            return m.HangingAborted(time.monotonic(), allowed=False)
        _log.warning("relay.aborted_hanging_transactions", count=count)
        return m.HangingAborted(time.monotonic())

    def _read_tails(self) -> m.RelayReport:
        tails, foreign = read_tails(self._reader, self._partitions)
        for partition, count in foreign.items():
            _log.warning("relay.foreign_records", partition=str(partition), count=count)
        self._health.passed_over(sum(foreign.values()))
        events = {partition: tail.event if tail else None for partition, tail in tails.items()}
        stored: dict[int, StoredEvent] = {}
        for event in events.values():
            if event is not None:
                for found in self._log_reader.read(event.position - 1, 1):
                    stored[found.position] = found
        return m.TailsRead(events, stored, self._log_reader.last_position())

    def _read_log(self, after: int, limit: int) -> m.RelayReport:
        self._pause(self._read_at + READ_AGAIN_SECONDS - time.monotonic())
        self._read_at = time.monotonic()
        # Kafka fences a relay that was replaced; this check only ends it earlier.
        self._session.check()
        self._session.note_place(after)
        events = tuple(self._log_reader.read(after, limit))
        now = time.monotonic()
        if len(events) < limit:
            self._last_position = events[-1].position if events else after
        elif now - self._store_asked_at > _STORE_ASKED_EVERY_SECONDS:
            self._last_position, self._store_asked_at = self._log_reader.last_position(), now
        self._health.publishing(after, self._last_position)
        return m.EventsRead(events)

    def _pause(self, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        while not self._stop_asked and (left := ends_at - time.monotonic()) > 0:
            time.sleep(min(left, _PAUSE_SLICE_SECONDS))


def run(config: RelayConfig, health: RelayHealth, hint_of: HintOf = lambda _: None) -> None:
    """Publish the store's log until SIGTERM or SIGINT; then close everything and return.

    Must be called from the main thread. On an error it logs the reason, with what the door says that helps,
    and ends the whole process with EXIT_REFUSED or EXIT_FAILED, without any clean-up: Kafka's client could
    still do something wrong then, and the next process finds out what was published.
    """
    try:
        relay = Relay(config, health)
        _stop_on_signals(relay)
        relay.run()
    except (RelayError, DatabaseError, TopicMissing, TopicDiffers, KafkaError) as error:
        refused = isinstance(error, (RelayRefused, TopicMissing, TopicDiffers, ClusterUnusable))
        if refused and not isinstance(error, (TopicUnanswered, NobodyListens)):
            hint = hint_of(error)
            helps = {} if hint is None else {"hint": hint}
            _log.error("relay.refused", kind=type(error).__name__, reason=str(error), **helps)
            os._exit(EXIT_REFUSED)
        _log.error("relay.interrupted", kind=type(error).__name__, reason=str(error))
        os._exit(EXIT_FAILED)
    except BaseException as error:
        # As plain text: a renderer that shows variables would log events, and the names in them.
        _log.error("relay.failed", kind=type(error).__name__, traceback=traceback.format_exc())
        os._exit(EXIT_FAILED)
    health.ended()
    _log.info("relay.ended")


def _stop_on_signals(relay: Relay) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        relay.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
