"""Drives the relay's protocol with a producer, readers and sessions of the simulated servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar, assert_never

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.kafka.records import KafkaRecord
from casecore.postgres.errors import DatabaseUnavailable
from casecore.relay import messages as m
from casecore.relay.bounds import Bounds
from casecore.relay.errors import LockLost, RelayInterrupted, RelayRefused
from casecore.relay.own_records import event_of_relay
from casecore.relay.protocol import RelayProtocol
from tests.simulation.drivers.publisher import Publisher
from tests.simulation.places import PREFIX
from tests.simulation.servers.kafka import Kafka, KafkaGone, Wire
from tests.simulation.servers.network import ask, connect
from tests.simulation.servers.partitions import Fenced
from tests.simulation.servers.store import Store, StoreSession
from tests.simulation.world import Process, Steps, World

AnswerT = TypeVar("AnswerT")

BOUNDS = Bounds(transaction_events=2, transaction_bytes=1_500, look_back_events=2)
"""Small, so that a run of some dozen events has many transactions."""


class RelayDriver:
    """Performs the requests of the relay's protocol."""

    def __init__(self, world: World, process: Process, store: Store, kafka: Kafka, parts: RelayParts) -> None:
        self.world = world
        self.process = process
        self.store = store
        self.kafka = kafka
        self.publisher = parts.publisher(world, process, kafka)
        self.wire = Wire(process, kafka)
        self.locking: StoreSession | None = None
        self.reading: StoreSession | None = None

    def perform(self, request: m.RelayRequest) -> Steps[m.RelayReport]:
        """Perform a request; raises the errors that end a relay."""
        match request:
            case m.LookAtStable(partitions, pause_seconds):
                yield pause_seconds
                stable = yield from self.of_kafka("stable offsets", lambda: self.stable(partitions))
                yield from self.publisher.perhaps_replaced("hears what is stable")
                return m.StableSeen(stable, self.world.now)
            case m.ReadLog(after, limit):
                yield from self.locked("still locked?", lambda: None)
                return m.EventsRead(tuple((yield from self.read("read log", after, limit))))
            case m.Send(outgoing):
                return m.Sent((yield from self.publisher.write(outgoing)))
            case m.Commit():
                yield from self.publisher.commit()
                self.world.trace.met["transaction committed"] += 1
                return m.Committed(self.world.now)
            case m.AwaitNews(limit_seconds):
                yield limit_seconds * self.world.random.random()
                return m.Woken(self.world.now)
            case m.LookAtTopics():
                return m.TopicsSeen((yield from self.topic_ids()), self.world.now)
            case m.Stop():
                raise AssertionError("a stop is not performed")
            case _:
                return (yield from self.perform_start(request))

    def perform_start(self, request: m.StartRequest) -> Steps[m.RelayReport]:
        """Perform a request of the start."""
        match request:
            case m.TakeLock(pause_seconds):
                yield pause_seconds
                return (yield from self.take_lock())
            case m.MeasureLag():
                yield 0.1
                return m.LagMeasured(self.world.now)
            case m.ReadTopics():
                yield self.world.delay()
                ids = {name: topic.id for name, topic in self.kafka.topics.items()}
                remembered = yield from self.locked("remembered topics", lambda: dict(self.store.topics))
                return m.TopicsRead(ids, remembered)
            case m.Fence():
                offsets = yield from self.publisher.fence()
                return m.EarlierRelaysFenced(offsets, self.world.now)
            case m.AbortHanging(before):
                yield from self.abort_hanging(before)
                self.world.meet("a hanging transaction was aborted", str(self.process))
                return m.HangingAborted(self.world.now)
            case m.ReadTails():
                return (yield from self.read_tails())
            case m.FindPlaces(highest, events):
                find = self.store.position_before
                found = yield from self.locked(
                    "find places", lambda: {topic: find(at, events) for topic, at in highest.items()}
                )
                return m.PlacesFound(found)
            case m.RememberTopics(ids):
                yield from self.locked("remember topics", lambda: self.store.remember_topics(ids))
                self.world.trace.met["relay started"] += 1
                return m.TopicsRemembered()
            case _:
                assert_never(request)

    def topic_ids(self) -> Steps[dict[str, str] | None]:
        """The ids that the topics have now."""
        self.world.trace.met["relay looked at its topics"] += 1
        topics = self.kafka.topics
        try:
            return (yield from self.of_kafka("ids", lambda: {name: it.id for name, it in topics.items()}))
        except KafkaGone:
            return None

    def abort_hanging(self, before: Mapping[Partition, int]) -> Steps[None]:
        """Abort, as an administrator, the transactions that are older than the fillers."""
        yield from self.of_kafka("abort hanging", lambda: self.kafka.abort_hanging(before))

    def take_lock(self) -> Steps[m.RelayReport]:
        """Try for the relay's lock, over a session that is opened when it is needed."""
        try:
            if self.locking is None:
                session = yield from connect(self.world, self.process, self.store, StoreSession)
                assert isinstance(session, StoreSession)
                self.locking = session
            locking = self.locking
            taken = yield from ask(
                self.world, locking, "take lock", lambda: self.store.take_relay_lock(locking)
            )
        except DatabaseUnavailable:
            if self.locking is not None:
                self.locking.end()
            self.locking = None
            return m.StoreUnavailable()
        return m.LockTaken() if taken else m.LockBusy(self.world.now)

    def stable(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """The last stable offsets."""
        return {at: self.kafka.log(at).stable for at in partitions}

    def read_tails(self) -> Steps[m.RelayReport]:
        """The last committed event of each partition, and the store's events at those positions."""
        tails: dict[Partition, StoredEvent | None] = {}
        for at in self.kafka.partitions:
            tails[at] = yield from self.of_kafka(f"tail of {at}", lambda at=at: self.tail(at))  # type: ignore[misc]
        stored = {}
        for tail in tails.values():
            if tail is not None:
                for found in (yield from self.read("read event", tail.position - 1, 1)):
                    stored[found.position] = found
        last = yield from self.of_store("last position", lambda: self.store.last_position)
        return m.TailsRead(tails, stored, last)

    def tail(self, at: Partition) -> StoredEvent | None:
        """The last event that a reader of committed records finds in a partition."""
        for entry in reversed(self.kafka.log(at).committed()):
            assert entry.record is not None
            event = event_of_relay(KafkaRecord(*entry.record))
            if event is not None:
                return event
            self.world.meet("a relay passed over a record of another program", str(self.process))
        return None

    def locked(self, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
        """Ask over the session that holds the lock; raises LockLost if it has ended."""
        assert self.locking is not None
        try:
            return (yield from ask(self.world, self.locking, what, action))
        except DatabaseUnavailable as error:
            self.world.trace.met["relay: lock lost"] += 1
            raise LockLost("the session that holds the relay's lock has ended") from error

    def read(self, what: str, after: int, limit: int) -> Steps[list[StoredEvent]]:
        """Events of the log."""
        return (yield from self.of_store(what, lambda: self.store.read(after, limit)))

    def of_store(self, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
        """Ask over the reader's session, which is opened when it is needed."""
        if self.reading is None or not self.reading.usable:
            session = yield from connect(self.world, self.process, self.store, StoreSession)
            assert isinstance(session, StoreSession)
            self.reading = session
        return (yield from ask(self.world, self.reading, what, action))

    def of_kafka(self, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
        """Ask the brokers."""
        return (yield from ask(self.world, self.wire, what, action))


class RelayParts(NamedTuple):
    """The classes that make up a relay; a defect replaces one of them."""

    protocol: type[RelayProtocol] = RelayProtocol
    publisher: type[Publisher] = Publisher
    driver: type[RelayDriver] = RelayDriver


def run(world: World, process: Process, store: Store, kafka: Kafka, parts: RelayParts) -> Steps[None]:
    """A relay's process: it ends with the first error."""
    driver, protocol = parts.driver(world, process, store, kafka, parts), parts.protocol(PREFIX, BOUNDS)
    try:
        request = protocol.begin()
        while not isinstance(request, m.Stop):
            request = protocol.handle((yield from driver.perform(request)))
        assert request.because is not None
        raise request.because
    except RelayRefused as error:
        world.meet(f"relay refused: {type(error).__name__}", str(process))
        world.log(process, "{}", error)
    except (RelayInterrupted, DatabaseUnavailable, KafkaGone, Fenced) as error:
        world.meet(f"relay interrupted: {type(error).__name__}", str(process))
