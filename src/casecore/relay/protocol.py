"""The relay's protocol: decides from what happened what to do next, without I/O and without a clock.

The order of the start-up matters. First no other relay can write (lock, fence). Then nothing that was
written can still change (barrier). Only then the topics' last events say where to continue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.relay import messages as m
from casecore.relay.bounds import (
    BARRIER_LIMIT_SECONDS,
    LAG_AGAIN_SECONDS,
    LOCK_AGAIN_SECONDS,
    LOOK_AGAIN_SECONDS,
    NEWS_LIMIT_SECONDS,
    STORE_AGAIN_SECONDS,
    TIME_OUT_LIMIT_SECONDS,
    TOPICS_AGAIN_SECONDS,
    VISIBLE_LIMIT_SECONDS,
    Bounds,
)
from casecore.relay.errors import (
    BatchInvisible,
    LogOutOfOrder,
    OffsetsWentBack,
    RelayError,
    TransactionHangs,
)
from casecore.relay.place import (
    highest_positions,
    partition_of,
    refusal_of_tails,
    refusal_of_topics,
    starting_place,
)


class RelayProtocol:
    """One relay, from waiting for the lock to its end: `handle` takes a report, and returns a request."""

    def __init__(self, prefix: str, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - frozen
        self._prefix = prefix
        self._bounds = bounds
        self._ids: Mapping[str, str] = {}
        self._topics_seen_at = 0.0
        self._now = 0.0
        self._tails: Mapping[Partition, StoredEvent | None] = {}
        self._last_positions: dict[Partition, int] = {}
        self._last_offsets: dict[Partition, int] = {}
        self._sent: dict[Partition, int] = {}
        self._awaited: dict[Partition, int] = {}
        self._give_up_at = 0.0
        self._lag_due_at = 0.0
        self._store_pause_seconds = LOCK_AGAIN_SECONDS
        self._in_barrier = False
        self._aborted_hanging = False
        self._may_abort = True
        self._waiting: tuple[StoredEvent, ...] = ()
        self.position = 0
        """Up to here, every event of the log is published and visible to readers."""
        self._published_up_to = 0

    def begin(self) -> m.RelayRequest:
        """The first request."""
        return m.TakeLock(pause_seconds=0)

    def handle(self, report: m.RelayReport) -> m.RelayRequest:
        """The next request after `report`, which answers the last request or is StopAsked.

        A stop takes effect at once. It never answers a Commit, so it leaves no transaction open.
        """
        try:
            return self._next(report)
        except RelayError as error:
            return m.Stop(error)

    def _next(self, report: m.RelayReport) -> m.RelayRequest:
        match report:
            case m.StopAsked():
                return m.Stop(None)
            case m.StableSeen(offsets, at_seconds):
                return self._stable_seen(offsets, at_seconds)
            case m.EventsRead() | m.Sent() | m.Committed() | m.Woken() | m.TopicsSeen():
                return self._publishing(report)
            case _:
                return self._starting(report)

    def _publishing(self, report: m.PublishReport) -> m.RelayRequest:
        match report:
            case m.EventsRead(events):
                return self._events_read(events)
            case m.Sent(spans):
                # Before the commit: in a topic that was created again, a committed record would look like the
                # last one of a complete topic.
                for partition, span in spans.items():
                    self._check_offset(partition, span.first)
                self._sent = {partition: span.last for partition, span in spans.items()}
                return m.Commit()
            case m.Committed(at_seconds):
                return self._await_stable(self._sent, at_seconds + VISIBLE_LIMIT_SECONDS)
            case m.Woken(at_seconds):
                self._now = at_seconds
                return self._read_on()
            case m.TopicsSeen(ids, at_seconds):
                self._now = self._topics_seen_at = at_seconds
                refusal = refusal_of_topics(ids or {}, self._ids)
                return m.Stop(refusal) if refusal is not None else self._read_on()
            case _:
                assert_never(report)

    def _starting(self, report: m.StartReport) -> m.RelayRequest:
        match report:
            case m.LockBusy() | m.LagMeasured() | m.StoreUnavailable():
                return self._wait_for_lock(report)
            case m.LockTaken():
                return m.ReadTopics()
            case m.TopicsRead(ids, remembered):
                return self._topics_read(ids, remembered)
            case m.EarlierRelaysFenced(fillers, at_seconds):
                self._in_barrier = True
                self._now = self._topics_seen_at = at_seconds
                return self._await_stable(dict(fillers), at_seconds + BARRIER_LIMIT_SECONDS)
            case m.HangingAborted(at_seconds, allowed):
                self._may_abort = allowed
                limit_seconds = BARRIER_LIMIT_SECONDS if allowed else TIME_OUT_LIMIT_SECONDS
                return self._await_stable(self._awaited, at_seconds + limit_seconds)
            case m.TailsRead():
                return self._tails_read(report)
            case m.PlacesFound(before):
                self.position = starting_place(self._tails, before)
                return m.RememberTopics(self._ids)
            case m.TopicsRemembered():
                return self._read_on()
            case _:
                assert_never(report)

    def _wait_for_lock(self, report: m.LockBusy | m.LagMeasured | m.StoreUnavailable) -> m.RelayRequest:
        match report:
            case m.LockBusy(at_seconds) if at_seconds >= self._lag_due_at:
                return m.MeasureLag()
            case m.LagMeasured(at_seconds):
                self._lag_due_at = at_seconds + LAG_AGAIN_SECONDS
            case m.StoreUnavailable():
                pause = self._store_pause_seconds
                self._store_pause_seconds = min(2 * pause, STORE_AGAIN_SECONDS)
                return m.TakeLock(pause)
        return m.TakeLock(LOCK_AGAIN_SECONDS)

    def _topics_read(self, ids: Mapping[str, str], remembered: Mapping[str, str]) -> m.RelayRequest:
        refusal = refusal_of_topics(ids, remembered)
        if refusal is not None:
            return m.Stop(refusal)
        self._ids = dict(ids)
        return m.Fence()

    def _await_stable(self, ends: dict[Partition, int], give_up_at: float) -> m.RelayRequest:
        self._awaited = ends
        self._give_up_at = give_up_at
        self._last_offsets.update(ends)
        return m.LookAtStable(tuple(ends), pause_seconds=0)

    def _stable_seen(self, offsets: Mapping[Partition, int], at_seconds: float) -> m.RelayRequest:
        self._now = at_seconds
        self._awaited = {p: end for p, end in self._awaited.items() if offsets[p] <= end}
        if not self._awaited:
            return self._all_stable()
        if at_seconds < self._give_up_at:
            return m.LookAtStable(tuple(self._awaited), LOOK_AGAIN_SECONDS)
        stuck = ", ".join(str(partition) for partition in self._awaited)
        if not self._in_barrier:
            raise BatchInvisible(
                f"a committed batch is not visible in {stuck} after {VISIBLE_LIMIT_SECONDS:g} s; the relay "
                "starts again and finds out what was published"
            )
        if self._aborted_hanging:
            done = "although it was aborted" if self._may_abort else "and this relay may not abort it"
            raise TransactionHangs(
                f"a transaction stays open in {stuck}, {done}; the next relay tries again. "
                "If this repeats, look for the transaction with `kafka-transactions.sh find-hanging`"
            )
        self._aborted_hanging = True
        # A transaction that began after the fillers belongs to a successor: then this relay was paused, and
        # has woken up.
        return m.AbortHanging(dict(self._awaited))

    def _all_stable(self) -> m.RelayRequest:
        if self._in_barrier:
            self._in_barrier = False
            return m.ReadTails()
        self.position = self._published_up_to
        return self._go_on()

    def _tails_read(self, read: m.TailsRead) -> m.RelayRequest:
        refusal = refusal_of_tails(read.tails, read.stored, read.last_position)
        if refusal is not None:
            return m.Stop(refusal)
        tails = self._tails = read.tails
        self._last_positions = {p: tail.position if tail else 0 for p, tail in tails.items()}
        return m.FindPlaces(highest_positions(tails), self._bounds.look_back_events)

    def _events_read(self, events: tuple[StoredEvent, ...]) -> m.RelayRequest:
        if not events:
            return m.AwaitNews(NEWS_LIMIT_SECONDS)
        before = self.position
        for event in events:
            if event.position <= before:
                raise LogOutOfOrder(
                    f"the store gave position {event.position} after {before}; positions must increase"
                )
            before = event.position
        self._waiting = events
        return self._go_on()

    def _go_on(self) -> m.RelayRequest:
        while self._waiting:
            batch = self._take_batch()
            outgoing = self._unpublished(batch)
            self._published_up_to = batch[-1].position
            if outgoing:
                return m.Send(outgoing)
            self.position = self._published_up_to
        return self._read_on()

    def _read_on(self) -> m.RelayRequest:
        # Without this a relay would not notice that a topic was replaced into which it publishes nothing now.
        if self._now - self._topics_seen_at >= TOPICS_AGAIN_SECONDS:
            return m.LookAtTopics()
        return m.ReadLog(self.position, self._bounds.transaction_events)

    def _take_batch(self) -> tuple[StoredEvent, ...]:
        """The next events that fit one transaction: at least one event, whatever its size."""
        count, size = 0, 0
        for event in self._waiting[: self._bounds.transaction_events]:
            size += len(event.body)
            if count and size > self._bounds.transaction_bytes:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    def _unpublished(self, events: tuple[StoredEvent, ...]) -> tuple[m.Outgoing, ...]:
        outgoing = []
        for event in events:
            partition = partition_of(self._prefix, event)
            if event.position > self._last_positions[partition]:
                outgoing.append(m.Outgoing(partition, event))
                self._last_positions[partition] = event.position
        return tuple(outgoing)

    def _check_offset(self, partition: Partition, first: int) -> None:
        known = self._last_offsets.get(partition, -1)
        if first <= known:
            raise OffsetsWentBack(
                f"{partition} gave a new record the offset {first}, though it has given {known} before: the "
                "topic was deleted and created again while the relay was running"
            )
