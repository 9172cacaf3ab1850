"""Bare consumers of committed records, which only count: the limit of a view's speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition

from bench.measurements import Measurement
from bench.servers import LIMIT_SECONDS
from casecore.app.addresses import Addresses
from casecore.kafka.settings import connection

NAME = "peer: bare kafka-python consumer"
Counter = Callable[[], int]


class _Reading(NamedTuple):
    """How many records were read at a time of the monotonic clock, which all processes share."""

    at_seconds: float
    count: int  # type: ignore[assignment]


_barrier: Barrier | None = None
"""In each of several processes: the barrier at which they wait for each other."""


@contextmanager
def _consumer(addresses: Addresses) -> Iterator[KafkaConsumer]:
    """A consumer of committed records, without a group."""
    consumer = KafkaConsumer(
        **connection(addresses.cluster), isolation_level="read_committed", enable_auto_commit=False
    )
    try:
        yield consumer
    finally:
        consumer.close()


@contextmanager
def topic_ends(addresses: Addresses, topic: str) -> Iterator[Counter]:
    """Counts the committed offsets of a topic: its records, and a few transaction markers."""
    with _consumer(addresses) as consumer:
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        yield lambda: sum(consumer.end_offsets(partitions).values())


def published(addresses: Addresses, topic: str) -> int:
    """The committed offsets of a topic now: a few more than its records."""
    with topic_ends(addresses, topic) as ends:
        return ends()


def polled(
    addresses: Addresses, topic: str, consumers: int = 1, number: int = 0
) -> Iterator[Mapping[TopicPartition, Sequence[Any]]]:
    """The committed records that a topic holds now, as they are polled, by partition.

    Of several consumers, each takes the partitions from its number on, in steps of their count. The first
    item is empty: the consumer is ready, and has requested nothing yet.
    """
    with _consumer(addresses) as consumer:
        mine = sorted(consumer.partitions_for_topic(topic))[number::consumers]
        partitions = [TopicPartition(topic, each) for each in mine]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        yield {}
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            yield consumer.poll(timeout_ms=200)


def count_records(addresses: Addresses, topic: str) -> int:
    """How many committed records a topic has now."""
    return sum(len(records) for answer in polled(addresses, topic) for records in answer.values())


def consume(addresses: Addresses, topic: str) -> Measurement:
    """Measure one consumer, in this process, of all partitions; the topic must have records."""
    return _measurement(NAME, [_read(addresses, topic, 1, 0)])


def consume_together(addresses: Addresses, topic: str, consumers: int) -> Measurement:
    """Some at once, each a process with its part of the partitions, while each has something to read."""
    context = get_context("spawn")
    with ProcessPoolExecutor(consumers, context, _meet_at, (context.Barrier(consumers),)) as pool:
        readings = list(pool.map(partial(_read, addresses, topic, consumers), range(consumers)))
    return _measurement(f"{NAME}, {consumers} of them", readings)


def _measurement(name: str, readings: Sequence[Sequence[_Reading]]) -> Measurement:
    """The rate of all consumers, from when each has its first records until one has read all its records."""
    started_at = max(next(one.at_seconds for one in mine if one.count) for mine in readings)
    ended_at = min(mine[-1].at_seconds for mine in readings)
    read = sum(_count_at(mine, ended_at) - _count_at(mine, started_at) for mine in readings)
    return Measurement(name, read, "events", ended_at - started_at)


def _count_at(readings: Sequence[_Reading], at_seconds: float) -> int:
    return max(one.count for one in readings if one.at_seconds <= at_seconds)


def _meet_at(barrier: Barrier) -> None:
    global _barrier  # set once in each process, before its only task
    _barrier = barrier


def _read(addresses: Addresses, topic: str, consumers: int, number: int) -> list[_Reading]:
    answers = polled(addresses, topic, consumers, number)
    next(answers)
    if _barrier is not None:
        _barrier.wait(LIMIT_SECONDS)
    count = 0
    readings = [_Reading(time.monotonic(), count)]
    for answer in answers:
        count += sum(len(records) for records in answer.values())
        readings.append(_Reading(time.monotonic(), count))
    return readings
