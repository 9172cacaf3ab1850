"""Deliberate defects of the relay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.relay import messages as r
from tests.simulation.drivers.publisher import Publisher
from tests.simulation.drivers.relay import RelayDriver
from tests.simulation.servers.partitions import Fenced
from tests.simulation.world import Steps

AnswerT = TypeVar("AnswerT")

_FAR = 1 << 40


class SendsUnheard(Publisher):
    """The future of a send is not checked."""

    def check(self, failed: Exception | None) -> None:
        """Ignore its error."""


class LockOnly(Publisher):
    """The lock alone keeps an earlier relay out."""

    def begin(self) -> Steps[None]:
        """Continue with the epoch of the earlier relay."""
        yield self.world.delay()
        self.producer, self.epoch = self.kafka.producer, self.kafka.epoch


class BumpsEpochs(Publisher):
    """A fenced producer asks for a newer epoch, as the library would."""

    def insist(self, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
        """Take the aborted transaction for committed."""
        try:
            return (yield from super().insist(what, action))
        except Fenced:
            self.producer, self.epoch = yield from super().insist("init", self.kafka.init)
            if what == "commit":
                return None  # type: ignore[return-value]
            return (yield from super().insist(what, action))


class UncommittedTails(RelayDriver):
    """The place is read from records that may yet be aborted."""

    def tail(self, at: Partition) -> StoredEvent | None:
        """The last record, also if it is aborted later."""
        entries = [entry for entry in self.kafka.log(at).entries if not entry.foreign]
        events = [entry.event for entry in entries if entry.event is not None]
        return events[-1] if events else None


class TrustsAll(RelayDriver):
    """The last record of a partition is taken for the relay's own, whoever wrote it."""

    def tail(self, at: Partition) -> StoredEvent | None:
        """The last record that reads as an event."""
        events = [entry.event for entry in self.kafka.log(at).committed() if entry.event is not None]
        return events[-1] if events else None


class NoBarrier(Publisher):
    """The start does not wait until earlier transactions have ended."""

    def fence(self) -> Steps[dict[Partition, int]]:
        """Write no filler."""
        yield from self.begin()
        return {}


class NoWaitAfterCommit(RelayDriver):
    """The next transaction does not wait until the last one is visible."""

    started = False

    def perform_start(self, request: r.StartRequest) -> Steps[r.RelayReport]:
        """Perform the start correctly."""
        self.started = isinstance(request, r.RememberTopics)
        return (yield from super().perform_start(request))

    def perform(self, request: r.RelayRequest) -> Steps[r.RelayReport]:
        """Do not ask Kafka after the start."""
        if self.started and isinstance(request, r.LookAtStable):
            yield 0.0
            return r.StableSeen(dict.fromkeys(request.partitions, _FAR), self.world.now)
        return (yield from super().perform(request))


class HighestOnly(RelayDriver):
    """The place to go on from is the highest position that was published."""

    def perform_start(self, request: r.StartRequest) -> Steps[r.RelayReport]:
        """Ignore what is missing from other partitions."""
        if isinstance(request, r.FindPlaces):
            yield self.world.delay()
            return r.PlacesFound(dict.fromkeys(request.highest, max(request.highest.values())))
        return (yield from super().perform_start(request))


class AbortsAll(RelayDriver):
    """A hanging transaction is aborted, and with it the transaction of a successor."""

    def abort_hanging(self, before: Mapping[Partition, int]) -> Steps[None]:
        """Abort every open transaction, whenever it began."""
        yield from super().abort_hanging(dict.fromkeys(before, _FAR))
