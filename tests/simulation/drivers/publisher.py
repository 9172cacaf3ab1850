"""The simulated relay's producer: transactions into the simulated Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from casecore.contract.wire import to_record
from casecore.kafka.partitions import Partition, Span
from casecore.relay import messages as m
from tests.simulation.places import PREFIX
from tests.simulation.servers.kafka import Concurrent, Kafka, KafkaGone, Wire
from tests.simulation.servers.network import ask
from tests.simulation.servers.partitions import Made
from tests.simulation.world import Process, Steps, World

AnswerT = TypeVar("AnswerT")

WATCHDOG_SECONDS = 25.0
FILLER = Made(None, None, b"", [("casecore_filler", b"1")])
_GIVES_UP = 0.1  # at each error


class Publisher:
    """The transactional producer; after any error its process ends."""

    def __init__(self, world: World, process: Process, kafka: Kafka) -> None:
        self.world = world
        self.kafka = kafka
        self.wire = Wire(process, kafka)
        self.producer = self.epoch = 0

    def fence(self) -> Steps[dict[Partition, int]]:
        """Fence every earlier relay, and write and abort a filler at each partition's end."""
        yield from self.begin()
        partitions = self.kafka.partitions
        yield from self.insist("add", lambda: self.kafka.add(self.producer, self.epoch, partitions))
        offsets = {}
        for at in partitions:
            offsets[at] = yield from self.send(at, [FILLER])
        yield from self.end(commit=False)
        return offsets

    def begin(self) -> Steps[None]:
        """Get an epoch above all earlier ones."""
        self.producer, self.epoch = yield from self.insist("init", self.kafka.init)

    def publish(self, outgoing: Sequence[m.Outgoing]) -> Steps[Mapping[Partition, Span]]:
        """Send and commit one transaction."""
        spans = yield from self.write(outgoing)
        yield from self.commit()
        return spans

    def write(self, outgoing: Sequence[m.Outgoing]) -> Steps[Mapping[Partition, Span]]:
        """Send the events in one transaction, and leave it open."""
        made: dict[Partition, list[Made]] = {}
        for at, event in outgoing:
            made.setdefault(at, []).append(Made(event, *to_record(event, PREFIX)))
        yield from self.perhaps_replaced("sends")
        yield from self.insist("add", lambda: self.kafka.add(self.producer, self.epoch, made))
        spans, failed = {}, None
        for at, records in made.items():
            try:
                if self.world.chance(self.world.profile.send_fails):
                    self.world.meet("a send failed", str(self.wire.process))
                    raise KafkaGone("a record was not acknowledged in time")
                first = yield from self.send(at, records)
                spans[at] = Span(first, first + len(records) - 1)
            except KafkaGone as gone:
                failed = gone
        self.check(failed)
        return spans

    def commit(self) -> Steps[None]:
        """Commit the open transaction; raises also where it was committed after all."""
        yield from self.perhaps_replaced("commits")
        if self.world.chance(3 * self.world.profile.publish_frozen):
            yield from self.world.wake_others(self.wire.process)
        yield from self.end(commit=True)

    def perhaps_replaced(self, before: str) -> Steps[None]:
        """Freeze and replace the relay at the points where a zombie does the most harm."""
        if self.world.chance(self.world.profile.publish_frozen):
            self.world.meet(f"zombie: relay frozen before it {before}", str(self.wire.process))
            self.world.replace(self.wire.process)
        yield 0.0

    def check(self, failed: Exception | None) -> None:
        """Check the futures, since a commit succeeds although a send has failed."""
        if failed is not None:
            raise failed

    def send(self, at: Partition, made: Sequence[Made]) -> Steps[int]:
        """Send records to one partition; returns the first one's offset."""
        return (
            yield from self.insist(
                f"send {len(made)} to {at}", lambda: self.kafka.produce(self.producer, self.epoch, at, made)
            )
        )

    def end(self, commit: bool) -> Steps[None]:
        """Commit or abort."""
        yield from self.insist(
            "commit" if commit else "abort",
            lambda: self.kafka.end_transaction(self.producer, self.epoch, commit),
        )

    def insist(self, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
        """Retry as the client does, which numbers its requests: none is performed twice."""
        give_up_at = self.world.now + WATCHDOG_SECONDS
        done: list[AnswerT] = []

        def once() -> AnswerT:
            if not done:
                done.append(action())
            return done[0]

        while True:
            try:
                return (yield from ask(self.world, self.wire, what, once))
            except Concurrent:
                yield 0.01
            except KafkaGone:
                if self.world.random.random() < _GIVES_UP:
                    raise
                yield 0.2
            if self.world.now > give_up_at:
                self.world.meet("watchdog", str(self.wire.process))
                raise KafkaGone(f"{what} takes too long")
