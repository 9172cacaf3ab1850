"""The simulated Kafka and a real one behind the same interface."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

from kafka.errors import KafkaError

from casecore.contract.streams import CASES, topic_name
from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.admin import abort_hanging
from casecore.kafka.cluster import Cluster
from casecore.kafka.partitions import Partition, Span
from casecore.kafka.reader import committed_reader, group_reader
from casecore.relay.messages import Outgoing
from casecore.relay.published_topics import create_topics
from casecore.relay.publisher import Publisher
from casecore.relay.tails import read_tails
from casecore.relay.watchdog import Watchdog
from projections.kit.source_topics import BATCH_BYTES
from tests.simulation.checks.faultless import FaultlessWorld
from tests.simulation.drivers.publisher import Publisher as SimulatedPublisher
from tests.simulation.servers.group import Consumer, Group
from tests.simulation.servers.kafka import Kafka
from tests.simulation.servers.partitions import Fenced, Made
from tests.waiting import wait_until

LIMIT_SECONDS = 60.0


class GroupMember(Protocol):
    """A consumer in a group."""

    def poll(self) -> None: ...
    def assigned(self) -> set[int]: ...
    def leave(self) -> None: ...


class Relay(Protocol):
    """A transactional producer; raises Fenced once it was replaced."""

    def fence(self) -> int: ...
    def publish(self, *events: StoredEvent) -> Span: ...
    def send_without_end(self, one: StoredEvent) -> None: ...
    def commit(self) -> None: ...


class KafkaSide(Protocol):
    """One partition of one topic, with all that the checks do."""

    def relay(self) -> Relay: ...
    def stable(self) -> int: ...
    def tail(self) -> int | None: ...
    def abort_hanging(self, before: int) -> int: ...
    def member(self) -> GroupMember: ...
    def until(self, holds: Callable[[], bool]) -> None: ...
    def leave_all(self) -> None: ...


class SimulatedRelay:
    def __init__(self, side: SimulatedKafka) -> None:
        self.side = side
        self.process = side.faultless.process("relay")
        self.publisher = SimulatedPublisher(side.faultless.world, self.process, side.kafka)

    def fence(self) -> int:
        return self.side.faultless.do(self.process, self.publisher.fence())[self.side.at]

    def publish(self, *events: StoredEvent) -> Span:
        outgoing = [Outgoing(self.side.at, one) for one in events]
        return self.side.faultless.do(self.process, self.publisher.publish(outgoing))[self.side.at]

    def send_without_end(self, one: StoredEvent) -> None:
        kafka, publisher, at = self.side.kafka, self.publisher, self.side.at
        add = publisher.insist("add", lambda: kafka.add(publisher.producer, publisher.epoch, [at]))
        self.side.faultless.do(self.process, add)
        self.side.faultless.do(self.process, publisher.send(at, [Made(one, *to_record(one))]))

    def commit(self) -> None:
        self.side.faultless.do(self.process, self.publisher.end(commit=True))


class SimulatedMember:
    def __init__(self, side: SimulatedKafka) -> None:
        self.process = side.faultless.process("runner")
        self.consumer = Consumer(self.process, side.group)

    def poll(self) -> None:
        self.consumer.poll(10)

    def assigned(self) -> set[int]:
        return {at.number for at in self.consumer.assigned}

    def leave(self) -> None:
        self.consumer.leave()


class SimulatedKafka:
    """The simulated Kafka, with one topic of twelve partitions."""

    def __init__(self) -> None:
        self.at = Partition(topic_name("some", CASES), 0)
        self.faultless = FaultlessWorld()
        self.kafka = Kafka(self.faultless.world, [self.at._replace(number=number) for number in range(12)])
        self.group = Group(self.faultless.world, self.kafka)

    def relay(self) -> Relay:
        return SimulatedRelay(self)

    def stable(self) -> int:
        return self.kafka.log(self.at).stable

    def tail(self) -> int | None:
        found = self.kafka.log(self.at).committed()
        return found[-1].event.position if found and found[-1].event else None

    def abort_hanging(self, before: int) -> int:
        return self.kafka.abort_hanging({self.at: before})

    def member(self) -> GroupMember:
        return SimulatedMember(self)

    def leave_all(self) -> None:
        raise AssertionError("nothing is in the way of a simulated member")

    def until(self, holds: Callable[[], bool]) -> None:
        give_up_at = self.faultless.world.now + LIMIT_SECONDS
        while not holds():
            assert self.faultless.world.now < give_up_at
            self.faultless.wait(0.1)


class RealRelay:
    def __init__(self, side: RealKafka) -> None:
        self.side = side
        self.publisher = Publisher(side.cluster, side.prefix, Watchdog())

    def fence(self) -> int:
        return self.publisher.fence([self.side.at])[self.side.at]

    def publish(self, *events: StoredEvent) -> Span:
        with _Refused():
            spans = self.publisher.send([Outgoing(self.side.at, one) for one in events])
            self.publisher.commit()
            return spans[self.side.at]
        raise AssertionError

    def send_without_end(self, one: StoredEvent) -> None:
        producer = self.publisher._producer
        key, value, headers = to_record(one, self.side.prefix)
        with _Refused():
            producer.begin_transaction()
            future = producer.send(self.side.at.topic, value, key, headers, self.side.at.number)
            producer.flush(timeout=20)
            future.get(timeout=20)

    def commit(self) -> None:
        with _Refused():
            self.publisher._producer.commit_transaction()


class _Refused:
    """The library raises several errors for a fenced producer."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KafkaError):
            raise Fenced(str(error)) from error


class RealMember:
    """A member that polls in a thread of its own, as a runner does in a process of its own.

    Members of one thread wait for each other while they join, and each may miss the other's round.
    """

    def __init__(self, side: RealKafka) -> None:
        self._reader = group_reader(side.cluster, f"{side.prefix}.some", BATCH_BYTES)
        self._reader.join([side.at.topic], lambda: None)
        self._assigned: set[int] = set()
        self._leaves = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def poll(self) -> None:
        assert self._thread.is_alive(), "the member has failed"

    def assigned(self) -> set[int]:
        return self._assigned

    def leave(self) -> None:
        self._leaves.set()
        self._thread.join(LIMIT_SECONDS)

    def _run(self) -> None:
        try:
            while not self._leaves.is_set():
                self._reader.poll(100)
                self._assigned = {partition.number for partition in self._reader.assignment()}
        finally:
            self._reader.close()


class RealKafka:
    """A real Kafka, over the program's own code."""

    def __init__(self, cluster: Cluster, prefix: str) -> None:
        create_topics(cluster, prefix, 1)
        self.cluster, self.prefix = cluster, prefix
        self.at = Partition(topic_name(prefix, CASES), 0)
        self.reader = committed_reader(cluster)
        self.relays: list[RealRelay] = []
        self.members: list[RealMember] = []

    def relay(self) -> Relay:
        self.relays.append(RealRelay(self))
        return self.relays[-1]

    def stable(self) -> int:
        return self.reader.ends([self.at])[self.at]

    def tail(self) -> int | None:
        tail = read_tails(self.reader, [self.at]).tails[self.at]
        return tail.event.position if tail else None

    def abort_hanging(self, before: int) -> int:
        return abort_hanging(self.cluster, {self.at: before})

    def member(self) -> GroupMember:
        self.members.append(RealMember(self))
        return self.members[-1]

    def until(self, holds: Callable[[], bool]) -> None:
        wait_until(holds, "the real Kafka is as expected", LIMIT_SECONDS, pause_seconds=0.01)

    def leave_all(self) -> None:
        for member in self.members:
            member.leave()
        self.members.clear()

    def close(self) -> None:
        self.leave_all()
        for relay in self.relays:
            relay.publisher.close()
        self.reader.close()
