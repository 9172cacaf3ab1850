"""How fast a counter climbs while other processes work: from its first move to its last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from kafka import KafkaConsumer, TopicPartition

from bench.servers import LIMIT_SECONDS, Stage, wait
from casecore.app.addresses import Addresses

Counter = Callable[[], int]
_LOOK_SECONDS = 0.02
_QUIET_SECONDS = 1.0


def climb(name: str, events: int, unit: str, counter: Counter, least: int, *, to_a_standstill: bool) -> Stage:
    """Watch a counter that is worth `events` in all, until it has reached `least`; start-up is not counted.

    `to_a_standstill` waits until it moves no more, for a counter whose last value nobody knows before.
    """
    gives_up_at = time.monotonic() + LIMIT_SECONDS
    first = last = (0.0, 0)
    while True:
        now, value = time.monotonic(), counter()
        if value > last[1]:
            last = (now, value)
            first = first if first[1] else last
        if last[1] >= least and (not to_a_standstill or now - last[0] > _QUIET_SECONDS):
            break
        if now > gives_up_at:
            raise SystemExit(f"{name}: {last[1]} of {least} after {LIMIT_SECONDS} seconds")
        time.sleep(_LOOK_SECONDS)
    if last == first:
        raise SystemExit(f"{name}: too few events to be measured, it was done at the first look")
    return Stage(name, round(events * (last[1] - first[1]) / last[1]), unit, last[0] - first[0])


class Share(NamedTuple):
    """What one runner of a view has committed, and how far its partitions go."""

    offsets: int
    ends: int


def climb_together(
    name: str, events: int, shares: Callable[[], list[Share]], runners: int, least: int
) -> Stage:
    """How fast a view climbs while each of its runners has a share and work left; waits until all is done.

    What one does before the other has joined, and after the other is done, is no rate of both.
    """
    gives_up_at = time.monotonic() + LIMIT_SECONDS
    first = last = (0.0, 0)
    while True:
        now, found = time.monotonic(), shares()
        done = sum(share.offsets for share in found)
        if len(found) == runners and all(share.offsets for share in found):
            first = first if first[1] else (now, done)
            if all(share.offsets < share.ends for share in found):
                last = (now, done)
        if done >= least:
            break
        if now > gives_up_at:
            raise SystemExit(f"{name}: {done} of {least} after {LIMIT_SECONDS} seconds")
        time.sleep(_LOOK_SECONDS)
    if last[1] <= first[1]:
        raise SystemExit(f"{name}: too few events to be measured, one runner was done before both had begun")
    return Stage(name, round(events * (last[1] - first[1]) / least), "events", last[0] - first[0])


def wait_until_still(what: str, counter: Counter, least: int) -> None:
    """Wait until a counter has reached `least`, and moves no more."""
    last, moved_at = 0, time.monotonic()

    def is_still() -> bool:
        nonlocal last, moved_at
        now, value = time.monotonic(), counter()
        if value > last:
            last, moved_at = value, now
        return last >= least and now - moved_at > _QUIET_SECONDS

    wait(what, is_still)


@contextmanager
def topic_ends(addresses: Addresses, topic: str) -> Iterator[Counter]:
    """The sum of a topic's last stable offsets: records, and a few for what ends transactions."""
    consumer = KafkaConsumer(bootstrap_servers=addresses.kafka, isolation_level="read_committed")
    try:
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        yield lambda: sum(consumer.end_offsets(partitions).values())
    finally:
        consumer.close()


@contextmanager
def view_offsets(addresses: Addresses, view: str) -> Iterator[Counter]:
    """The sum of the offsets that a view has committed with its rows; 0 while it is not there."""
    with psycopg.connect(addresses.database, autocommit=True) as connection:

        def counter() -> int:
            try:
                found = connection.execute(f"select sum(next_offset)::bigint from {view}.offsets").fetchone()
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                return 0
            return int(found[0] or 0) if found else 0

        yield counter
