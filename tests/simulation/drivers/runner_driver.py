"""Drives a runner's membership on the simulated consumer group and database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, assert_never

from casecore.contract.streams import topic_name
from casecore.kafka.partitions import Partition
from projections.kit.fold.batch_steps import LoadKeys, Write, WriteRefused, batch_steps
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.fold.records import ParsedRecord
from projections.kit.runner import messages as m
from projections.kit.tables.claims import Claimed
from tests.simulation.drivers.storage import Storage
from tests.simulation.places import PREFIX
from tests.simulation.servers.group import Consumer, Group, OutOfRange
from tests.simulation.servers.kafka import KafkaGone, Wire
from tests.simulation.servers.network import ask, connect
from tests.simulation.servers.views import Views, ViewSession, ViewsGone
from tests.simulation.tally import TALLY
from tests.simulation.world import Process, Steps, World

if TYPE_CHECKING:
    from tests.simulation.drivers.runner import RunnerParts

ANSWER_SECONDS = 60.0
TOPICS = tuple(topic_name(PREFIX, kind) for kind in TALLY.kinds)
_POLL_SECONDS = 0.3


class Asked:
    """A request to the writer's thread, and its outcome."""

    def __init__(self) -> None:
        self.done = False
        self.answer: Any = None
        self.error: Exception | None = None


class RunnerDriver:
    """Performs the requests of a membership; a second thread asks the database, one request at a time."""

    def __init__(
        self, world: World, process: Process, group: Group, views: Views, parts: RunnerParts
    ) -> None:
        self.world = world
        self.process = process
        self.group = group
        self.views = views
        self.parts = parts
        self.fold = parts.fold(TALLY)
        self.consumer = Consumer(process, group)
        self.wire = Wire(process, group.kafka)
        self.session: ViewSession | None = None
        self.storage: Storage | None = None
        self.in_flight: Asked | None = None

    def perform(self, request: m.RunnerRequest) -> Steps[m.RunnerReport]:
        """Perform a request; raises the errors that end the membership."""
        match request:
            case m.Poll():
                return (yield from self.poll())
            case m.LookUpOffsets(ends_of, positions_of):
                return (yield from self.look(ends_of, positions_of))
            case m.Join():
                yield self.world.delay()
                return m.Joined(self.topic_ids(), self.world.now)
            case m.Resume(places):
                self.consumer.seek({Partition(*at): offset for at, offset in places.items()})
                return m.Done()
            case m.Release():
                self.release()
                return m.Done()
            case _:
                return (yield from self.perform_writing(request))

    def perform_writing(self, request: m.WriterRequest) -> Steps[m.RunnerReport]:
        """Perform a request to the database; PostgresAway if it does not answer."""
        try:
            match request:
                case m.Settle():
                    return m.BatchSettled((yield from self.settle()))
                case m.Submit(records):
                    self.in_flight = self.begin(self.commit_batch(records))
                    return m.Done()
                case m.Claim(ids, partitions):
                    asked = self.begin(self.claim(ids, [Partition(*at) for at in partitions]))
                    return m.Taken((yield from self.answer(asked)), self.world.now)
                case m.Check():
                    yield from self.answer(self.begin(self.ask_database("check", lambda: None)))
                    return m.Done()
                case m.Count():
                    found = yield from self.answer(
                        self.begin(self.ask_database("count", self.views.quarantined))
                    )
                    return m.Counted(*found)
                case _:
                    assert_never(request)
        except ViewsGone as gone:
            self.world.trace.met["runner: database away"] += 1
            return m.PostgresUnavailable(str(gone), self.world.now)

    def poll(self) -> Steps[m.RunnerReport]:
        """Poll for records."""
        yield _POLL_SECONDS * self.world.random.random()
        try:
            records = self.consumer.poll(self.world.random.choice((1, 3, 10, 50)))
        except OutOfRange as lost:
            return m.OffsetsLost(str(lost), self.consumer.ids)
        rebalanced, self.consumer.changed = self.consumer.changed, False
        if rebalanced and self.in_flight is not None and not self.in_flight.done:
            self.world.meet("rebalance in the middle of a batch", str(self.process))
        return m.Polled(records, self.consumer.assigned, rebalanced, self.consumer.ids, self.world.now)

    def look(self, ends_of: Sequence[Partition], positions_of: Sequence[Partition]) -> Steps[m.RunnerReport]:
        """The ends of partitions according to Kafka, and the consumer's own positions."""
        kafka = self.group.kafka
        positions = {at: self.consumer.positions.get(Partition(*at), 0) for at in positions_of}
        try:
            ends = yield from ask(
                self.world,
                self.wire,
                "ends",
                lambda: {at: kafka.log(Partition(*at)).stable for at in ends_of},
            )
        except KafkaGone as gone:
            return m.BrokersUnavailable(str(gone))
        return m.OffsetsFound(ends, positions)

    def settle(self) -> Steps[list[FoldOutcome]]:
        """The outcome of the batch in flight."""
        asked, self.in_flight = self.in_flight, None
        outcomes: list[FoldOutcome] = [] if asked is None else (yield from self.answer(asked))
        return outcomes

    def claim(self, ids: Mapping[str, str], partitions: Sequence[Partition]) -> Steps[list[Claimed]]:
        """Open a new session, and take partitions over."""
        session = yield from connect(self.world, self.process, self.views, ViewSession)
        assert isinstance(session, ViewSession)
        self.session = session
        self.storage = self.parts.storage(self.world, session, self.views)
        return (yield from self.storage.claim(ids, partitions))

    def commit_batch(self, records: Sequence[ParsedRecord]) -> Steps[list[FoldOutcome]]:
        """Write one batch, in the same steps as the program."""
        assert self.storage is not None
        storage, steps = self.storage, batch_steps(self.fold, records)
        try:
            request: LoadKeys | Write = next(steps)
            while True:
                answer: object = None
                try:
                    match request:
                        case LoadKeys(wanted):
                            answer = yield from storage.load(wanted)
                        case Write(outcome):
                            yield from storage.write(outcome)
                except WriteRefused as refused:
                    self.world.trace.met["write refused"] += 1
                    request = steps.throw(refused)
                else:
                    request = steps.send(answer)
        except StopIteration as ended:
            outcomes: list[FoldOutcome] = ended.value
            return outcomes

    def ask_database(self, what: str, action: Any) -> Steps[Any]:
        """Ask the database outside of a transaction."""
        assert self.session is not None
        return (yield from ask(self.world, self.session, what, action))

    def begin(self, steps: Steps[Any]) -> Asked:
        """Give the writer's thread a request."""
        asked = Asked()

        def thread() -> Steps[None]:
            try:
                asked.answer = yield from steps
            except Exception as error:  # raised where the answer is awaited
                asked.error = error
            asked.done = True

        self.process.run(thread())
        return asked

    def answer(self, asked: Asked) -> Steps[Any]:
        """Wait for the writer's thread, up to a limit."""
        give_up_at, pause_seconds = self.world.now + ANSWER_SECONDS, 0.005
        while not asked.done:
            if self.world.now > give_up_at:
                self.end_session()
                raise ViewsGone("the database has not answered in time")
            yield pause_seconds
            pause_seconds = min(0.2, 2 * pause_seconds)
        if asked.error is not None:
            raise asked.error
        return asked.answer

    def topic_ids(self) -> dict[str, str]:
        """The ids that the view's topics have now."""
        return {name: topic.id for name, topic in self.group.kafka.topics.items() if name in TOPICS}

    def release(self) -> None:
        """Close the session, and pause the consumer."""
        self.consumer.pause()
        self.storage = None
        self.in_flight = None
        self.end_session()

    def end_session(self) -> None:
        """Close the session, even if a thread waits for its answer."""
        if self.session is not None:
            self.session.end()
            self.session = None
