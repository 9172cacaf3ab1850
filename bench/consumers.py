"""Bare consumers of committed records, which only count: what a view can be at most."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition

from bench.servers import LIMIT_SECONDS, Stage
from casecore.cli.addresses import Addresses

NAME = "peer: bare kafka-python consumer"


class _Share(NamedTuple):
    """What one of several has read, and when (on the monotonic clock, which all processes share)."""

    count: int
    started_at: float
    ended_at: float


_barrier: Barrier | None = None
"""In a process of several: where they wait for each other."""


def consume(addresses: Addresses, topic: str) -> Stage:
    """One consumer, in this process, of all partitions."""
    share = _read(addresses, topic, 1, 0)
    return Stage(NAME, share.count, "events", share.ended_at - share.started_at)


def consume_together(addresses: Addresses, topic: str, consumers: int) -> Stage:
    """Some at once, each a process with its part of the partitions; from the first start to the last end."""
    context = get_context("spawn")
    with ProcessPoolExecutor(consumers, context, _meet_at, (context.Barrier(consumers),)) as pool:
        shares = list(pool.map(partial(_read, addresses, topic, consumers), range(consumers)))
    seconds = max(share.ended_at for share in shares) - min(share.started_at for share in shares)
    return Stage(f"{NAME}, {consumers} of them", sum(share.count for share in shares), "events", seconds)


def _meet_at(barrier: Barrier) -> None:
    global _barrier  # a process is given it once, before its one task
    _barrier = barrier


def _read(addresses: Addresses, topic: str, consumers: int, number: int) -> _Share:
    consumer = KafkaConsumer(
        bootstrap_servers=addresses.kafka, isolation_level="read_committed", enable_auto_commit=False
    )
    mine = sorted(consumer.partitions_for_topic(topic))[number::consumers]
    partitions = [TopicPartition(topic, each) for each in mine]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    if _barrier is not None:
        _barrier.wait(LIMIT_SECONDS)
    started_at, count = time.monotonic(), 0
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        count += sum(len(records) for records in consumer.poll(timeout_ms=200).values())
    ended_at = time.monotonic()
    consumer.close()
    return _Share(count, started_at, ended_at)
