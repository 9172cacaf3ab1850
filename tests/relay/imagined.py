"""An imagined cluster and store, in which a relay can be killed at any point and a marker can be lost.

Each partition is a list of entries, as in Kafka's own log: an entry is open until its transaction's
marker is written, and nothing behind an open entry is visible. A marker ends every open entry of its
partition, also those of an older transaction: that is how a real broker doubles events when a relay
trusts it too early.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple, assert_never

from casecore.contract.wire import StoredEvent
from casecore.relay import messages as m
from casecore.relay.place import partitions_of

PREFIX = "imagined"


class Killed(Exception):
    """The relay's process ended here, without a word."""


class Fate(Enum):
    """What becomes of one publication."""

    COMMITTED = "committed"
    COMMITTED_LATE = "the commit returns before its markers are written"
    KILLED_BEFORE_COMMIT = "killed before the commit"
    KILLED_AFTER_COMMIT = "killed after the commit was decided"


class Status(Enum):
    """Whether an entry's transaction has ended in its partition."""

    OPEN = "open"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Entry:
    """A record: an event, or a filler (None)."""

    def __init__(self, event: StoredEvent | None, status: Status = Status.OPEN) -> None:
        self.event = event
        self.status = status


class Marker(NamedTuple):
    """How a transaction ends in a partition, and how many more looks it takes; None if it is lost."""

    decided: Status
    looks_left: int | None


class Imagined:
    """Performs requests against lists; `choose` decides, from a seed, what goes wrong."""

    def __init__(self, log: list[StoredEvent], choose: Callable[[Sequence[Any]], Any]) -> None:
        self.log = log
        self.choose = choose
        self.entries: dict[m.Partition, list[Entry]] = {p: [] for p in partitions_of(PREFIX)}
        self.markers: dict[m.Partition, Marker] = {}
        self.remembered: dict[str, str] = {}
        self.ids = {p.topic: "id-1" for p in self.entries}
        self.now = 0.0
        self.faults = True
        self.sent = 0

    def visible(self, partition: m.Partition) -> list[StoredEvent]:
        """What a reader of committed records sees."""
        shown = self.entries[partition][: self._stable(partition)]
        return [e.event for e in shown if e.event is not None and e.status is Status.COMMITTED]

    def perform(self, request: m.Request) -> m.Report:
        """Do what the logic asks for; raises Killed where the relay is killed."""
        if self.faults and not isinstance(request, m.Publish) and self.choose([False] * 29 + [True]):
            raise Killed
        self.now += 1
        match request:
            case m.LookAtStable(partitions):
                self._late_markers()
                return m.StableSeen({p: self._stable(p) for p in partitions}, self.now)
            case m.ReadLog(after, limit):
                return m.EventsRead(tuple([e for e in self.log if e.position > after][:limit]))
            case m.Publish(outgoing):
                return self._publish(outgoing)
            case m.AwaitNews() | m.Stop():
                raise AssertionError("the relay's life is over here")
            case _:
                return self._perform_start(request)

    def _perform_start(self, request: m.StartRequest) -> m.Report:
        match request:
            case m.TakeLock():
                return m.LockTaken()
            case m.ReadTopics():
                return m.TopicsRead(dict(self.ids), dict(self.remembered))
            case m.Fence():
                return self._fence()
            case m.AbortHanging(partitions):
                self._abort(partitions)
                return m.HangingAborted(self.now)
            case m.ReadTails():
                return self._tails()
            case m.FindPlaces(highest, events):
                return m.PlacesFound({t: self._before(position, events) for t, position in highest.items()})
            case m.RememberTopics(ids):
                self.remembered.update(ids)
                return m.TopicsRemembered()
            case _:
                assert_never(request)

    def _stable(self, partition: m.Partition) -> int:
        entries = self.entries[partition]
        return next((n for n, e in enumerate(entries) if e.status is Status.OPEN), len(entries))

    def _fence(self) -> m.Report:
        fillers = {}
        for partition, entries in self.entries.items():
            fillers[partition] = len(entries)
            entries.append(Entry(None, Status.ABORTED))
        return m.Fenced(fillers, self.now)

    def _late_markers(self) -> None:
        for partition, marker in list(self.markers.items()):
            if marker.looks_left == 0:
                self._mark(partition, marker.decided)
            elif marker.looks_left is not None:
                self.markers[partition] = Marker(marker.decided, marker.looks_left - 1)

    def _abort(self, partitions: tuple[m.Partition, ...]) -> None:
        for partition in partitions:
            self._mark(partition, Status.ABORTED)

    def _tails(self) -> m.Report:
        seen = {p: self.visible(p) for p in self.entries}
        tails = {p: events[-1] if events else None for p, events in seen.items()}
        stored = {e.position: e for e in self.log}
        last = self.log[-1].position if self.log else 0
        return m.TailsRead(tails, stored, last)

    def _before(self, position: int, events: int) -> int:
        earlier = [e.position for e in self.log if e.position <= position]
        return earlier[-1 - events] if len(earlier) > events else 0

    def _publish(self, outgoing: tuple[m.Outgoing, ...]) -> m.Report:
        fate = self.choose(list(Fate)) if self.faults else Fate.COMMITTED
        decided = Status.ABORTED if fate is Fate.KILLED_BEFORE_COMMIT else Status.COMMITTED
        spans: dict[m.Partition, m.Span] = {}
        for partition, event in outgoing:
            offset = len(self.entries[partition])
            self.entries[partition].append(Entry(event))
            known = spans.get(partition)
            spans[partition] = m.Span(known.first if known else offset, offset)
        self.sent += len(outgoing)
        for partition in spans:
            looks = 0 if fate is Fate.COMMITTED else self.choose([0, 2, None])
            if looks == 0:
                self._mark(partition, decided)
            else:
                self.markers[partition] = Marker(decided, looks)
        if fate in (Fate.KILLED_BEFORE_COMMIT, Fate.KILLED_AFTER_COMMIT):
            raise Killed
        return m.Published(spans, self.now)

    def _mark(self, partition: m.Partition, decided: Status) -> None:
        self.markers.pop(partition, None)
        for entry in self.entries[partition]:
            if entry.status is Status.OPEN:
                entry.status = decided
