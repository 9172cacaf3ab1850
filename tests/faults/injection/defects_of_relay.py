"""Defects between the store and the topics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.producer.sender import Sender

from casecore.contract.streams import CASES, PARTITIONS
from casecore.contract.wire import from_record
from casecore.kafka.partitions import Partition, Span
from casecore.kafka.reader import Reader
from casecore.kafka.settings import connection
from casecore.relay import driver, publisher
from casecore.relay.messages import Outgoing
from casecore.relay.protocol import RelayProtocol
from casecore.relay.publisher import FILLER_HEADER, Publisher
from casecore.relay.session import RelaySession
from casecore.relay.tails import Tail, TailsFound

Change = Callable[[Sequence[Outgoing]], Sequence[Outgoing]]

_send = Publisher.send
_offset = publisher.offset_of


def batch_lost() -> None:
    """No defect, but what kafka-python does after long: a batch of cases is given up, the rest is sent."""
    send_data, abort = Sender._send_producer_data, KafkaProducer.abort_transaction
    state = _Losing()

    def after_the_barrier(self: KafkaProducer) -> None:
        abort(self)
        state.due = True

    def send_but_one(self: Any, now: float | None = None) -> Any:
        if state.due:
            state.due = not _give_up_one(self)
        return send_data(self, now)

    KafkaProducer.abort_transaction = after_the_barrier
    Sender._send_producer_data = send_but_one


@dataclass
class _Losing:
    due: bool = False


def _give_up_one(sender: Any) -> bool:
    accumulator = sender._accumulator
    for partition, waiting in list(accumulator._batches.items()):
        with accumulator._tp_lock(partition):
            if waiting and _is_of_a_case(partition):
                batch = waiting.popleft()
                batch.records.close()
                sender._complete_batch_with_exception(batch, KafkaTimeoutError("not sent in time"))
                return True
    return False


def future_not_awaited() -> None:
    """The relay does not ask what became of its records, so it does not know their offsets either."""
    publisher.offset_of = lambda future: _offset(future) if future.succeeded() else 0
    RelayProtocol._check_offset = _check_nothing  # type: ignore[method-assign]


def _check_nothing(_protocol: RelayProtocol, _partition: Partition, _first: int) -> None:
    return None


def place_from_an_uncommitted_tail() -> None:
    """The place to go on from is read from all records, also those of a transaction that was aborted."""

    def read_tails(reader: Reader, partitions: Iterable[Partition]) -> TailsFound:
        consumer = KafkaConsumer(**connection(reader._cluster), isolation_level="read_uncommitted")
        wanted = [TopicPartition(*partition) for partition in partitions]
        consumer.assign(wanted)
        consumer.seek_to_beginning(*wanted)
        ends = consumer.end_offsets(wanted)
        tails: dict[Partition, Tail | None] = {Partition(*place): None for place in wanted}
        while any(consumer.position(place) < ends[place] for place in wanted):
            for place, records in consumer.poll(timeout_ms=200).items():
                for record in records:
                    if FILLER_HEADER not in dict(record.headers):
                        event = from_record(record.key, record.value, record.headers)
                        tails[Partition(*place)] = Tail(record.offset, event)
        consumer.close()
        return TailsFound(tails, {})

    driver.read_tails = read_tails  # type: ignore[assignment]


def no_lock_and_an_id_of_its_own() -> None:
    """Nothing keeps a second relay waiting, and Kafka takes each for another producer."""
    take_lock, own_id = RelaySession.take_lock, uuid4().hex

    def take_no_lock(self: RelaySession) -> None:
        take_lock(self)

    RelaySession.take_lock = take_no_lock  # type: ignore[method-assign]
    publisher.transactional_id = lambda prefix: f"{prefix}-{own_id}"


def event_dropped() -> None:
    """The first batch lacks its third event of a case."""
    _change_first_batch(lambda batch: [*batch[:2], *batch[3:]])


def event_doubled() -> None:
    """The first batch has its third event of a case twice."""
    _change_first_batch(lambda batch: [*batch[:3], *batch[2:]])


def events_swapped() -> None:
    """The first two events of a case change places in the first batch."""
    _change_first_batch(lambda batch: [batch[1], batch[0], *batch[2:]])


def event_in_another_partition() -> None:
    """The first batch's third event of a case goes to the partition beside its own."""

    def misplace(batch: Sequence[Outgoing]) -> list[Outgoing]:
        (topic, number), event = batch[2]
        return [*batch[:2], Outgoing(Partition(topic, (number + 1) % PARTITIONS), event), *batch[3:]]

    _change_first_batch(misplace)


def event_altered() -> None:
    """The body of the first batch's third event of a case is published with another word in it."""

    def alter(batch: Sequence[Outgoing]) -> list[Outgoing]:
        body = batch[2].event.body.replace(b'"nord"', b'"sued"')
        return [*batch[:2], batch[2]._replace(event=batch[2].event._replace(body=body)), *batch[3:]]

    _change_first_batch(alter)


def _change_first_batch(change: Change) -> None:
    """Change what the first batch with events of cases holds of them."""
    changes = iter([change])

    def send(self: Publisher, outgoing: Sequence[Outgoing]) -> Mapping[Partition, Span]:
        cases = [each for each in outgoing if _is_of_a_case(each.partition)]
        others = [each for each in outgoing if not _is_of_a_case(each.partition)]
        if cases:
            outgoing = [*others, *next(changes, lambda batch: batch)(cases)]
        return _send(self, outgoing)

    Publisher.send = send  # type: ignore[method-assign]


def _is_of_a_case(partition: Partition | TopicPartition) -> bool:
    return partition.topic.endswith(f".{CASES.topic}")
