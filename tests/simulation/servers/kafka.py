"""The simulated Kafka: its topics, and one coordinator of transactions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import partial

from casecore.kafka.partitions import Partition
from tests.simulation.servers.network import Link, Server, perform_unheard
from tests.simulation.servers.partitions import Fenced, Log, Made, Status, Topic
from tests.simulation.world import World

TRANSACTION_SECONDS = 10.0
_LATE_MARKER_SECONDS = 6.0
_LATE_REQUEST_SECONDS = 6.0


class KafkaGone(Exception):
    """No broker answers, or the client has given up."""


class Concurrent(Exception):
    """The transaction before this one is still ending; retry."""


class Stage(Enum):
    """The state of the transactional id's transaction."""

    EMPTY = "empty"
    ONGOING = "ongoing"
    COMMITTING = "committing"
    ABORTING = "aborting"


class Kafka(Server):
    """Topics, and the coordinator of the one transactional id that a relay uses."""

    def __init__(self, world: World, partitions: Sequence[Partition]) -> None:
        super().__init__(world, "kafka", KafkaGone)
        self.partitions = tuple(partitions)
        self.topics: dict[str, Topic] = {}
        self._topics_made = 0
        for name in dict.fromkeys(at.topic for at in partitions):
            self.make(name)
        self.producer, self.epoch, self.stage = 1, 0, Stage.EMPTY
        self.members: set[Partition] = set()
        self._unmarked: list[Partition] = []
        self._transaction = 0

    # Topics.

    def make(self, name: str) -> None:
        """Create a topic, in place of one with the same name."""
        self._topics_made += 1
        self.topics[name] = Topic(name, f"id-{self._topics_made}", self.partitions)

    def log(self, at: Partition) -> Log:
        """The log of a partition of the current topic."""
        return self.topics[at.topic].logs[at]

    # The coordinator.

    def init(self) -> tuple[int, int]:
        """A producer id, and an epoch above all earlier ones; aborts what an earlier producer left open."""
        if self.stage is Stage.ONGOING:
            self.epoch += 1
            self._end(Stage.ABORTING)
        if self.stage is not Stage.EMPTY:
            raise Concurrent
        self.epoch += 1
        return self.producer, self.epoch

    def add(self, producer: int, epoch: int, partitions: Collection[Partition]) -> None:
        """Add partitions to the transaction, before records are sent to them."""
        self._check(producer, epoch)
        if self.stage in (Stage.COMMITTING, Stage.ABORTING):
            raise Concurrent
        if self.stage is Stage.EMPTY:
            self.stage = Stage.ONGOING
            self._transaction += 1
            self.world.push(TRANSACTION_SECONDS, partial(self._expire, self._transaction))
        self.members.update(partitions)

    def produce(self, producer: int, epoch: int, at: Partition, made: Sequence[Made]) -> int:
        """Append records to a partition of the running transaction; returns the first one's offset."""
        self._check(producer, epoch)
        if self.stage is not Stage.ONGOING or at not in self.members:
            raise Fenced(f"{at} belongs to no running transaction")
        return self.log(at).append(producer, epoch, made)

    def end_transaction(self, producer: int, epoch: int, commit: bool) -> None:
        """Decide how the transaction ends; the markers follow, partition by partition."""
        self._check(producer, epoch)
        if self.stage is not Stage.ONGOING:
            raise Fenced("there is no running transaction")
        self._end(Stage.COMMITTING if commit else Stage.ABORTING)

    def abort_hanging(self, before: Mapping[Partition, int]) -> int:
        """Abort, as an administrator, what began before these offsets, without the coordinator."""
        count = 0
        for at, limit in before.items():
            for producer in [p for p, first in self.log(at).open_from.items() if first < limit]:
                self.log(at).mark(producer, self.log(at).epochs[producer], Status.ABORTED)
                count += 1
        return count

    def stop(self) -> None:
        """Kill the broker. It writes the decided markers when it is back, unless it has KAFKA-20734."""
        super().stop()
        if self._unmarked and self.world.chance(self.world.profile.markers_skipped):
            self.world.meet("markers never written")
            self._unmarked.clear()
            self._ended()
            if self.world.chance(0.3):
                self.world.meet("the coordinator gave another producer id")
                self.producer += 1

    def _check(self, producer: int, epoch: int) -> None:
        if (producer, epoch) != (self.producer, self.epoch):
            raise Fenced(f"epoch {epoch} of producer {producer} is not the newest")

    def _expire(self, transaction: int) -> None:
        if self.stage is Stage.ONGOING and transaction == self._transaction:
            self.world.meet("transaction timed out")
            self.epoch += 1
            self._end(Stage.ABORTING)

    def _end(self, stage: Stage) -> None:
        self.stage = stage
        self._unmarked = sorted(self.members)
        if not self._unmarked:
            self._ended()
        for at in self._unmarked:
            self._mark_later(at, self._transaction)
        if self.world.chance(self.world.profile.broker_dies_deciding):
            self.world.push(0.006 * self.world.random.random(), self._die_for_a_moment)

    def _die_for_a_moment(self) -> None:
        if self.up and self.world.faults_active:
            self.world.meet("broker killed right after a transaction's end was decided")
            self.stop()
            self.world.push(0.1 + 3.0 * self.world.random.random() ** 3, self._return)

    def _return(self) -> None:
        if not self.up:
            self.start()

    def _mark_later(self, at: Partition, transaction: int) -> None:
        world, seconds = self.world, 0.004
        if world.chance(world.profile.markers_late):
            world.trace.met["marker written late"] += 1
            seconds = _LATE_MARKER_SECONDS * world.random.random() ** 2
        world.push(seconds * world.random.random(), partial(self._mark, at, transaction))

    def _mark(self, at: Partition, transaction: int) -> None:
        if at not in self._unmarked or transaction != self._transaction:
            return
        if not self.up:
            self.world.push(0.3, partial(self._mark, at, transaction))
            return
        status = Status.COMMITTED if self.stage is Stage.COMMITTING else Status.ABORTED
        self.log(at).mark(self.producer, self.epoch, status)
        self.world.log("kafka", "{} marked {} up to {}", at, status.value, len(self.log(at).entries))
        self._unmarked.remove(at)
        if not self._unmarked:
            self._ended()

    def _ended(self) -> None:
        self.stage = Stage.EMPTY
        self.members.clear()


class Wire(Link):
    """A producer's or reader's connection, which the client opens again by itself."""

    def end(self) -> None:
        """Nothing to do: the client opens another connection."""

    def desert(self) -> None:
        """Nothing to do: the client opens another connection."""

    def killed_with(self, request: object) -> None:
        """The request may reach a broker long after its sender was killed."""
        assert callable(request)
        world = self.process.world
        world.push(_LATE_REQUEST_SECONDS * world.random.random(), partial(self.arrives_late, request))

    def arrives_late(self, request: object) -> None:
        """Perform the request: a broker does not know whether its client still waits."""
        assert callable(request)
        if self.server.up:
            perform_unheard(request, self.process.world)
