"""What the benches share: servers of their own, the program's processes, a bare consumer, and a table."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from typing import NamedTuple

import psycopg
from kafka import KafkaConsumer, TopicPartition

from casecore.cli.addresses import Addresses
from casecore.cli.settings import Settings
from projections.catalogue import VIEWS
from projections.kit.reading import folded_events

LIMIT_SECONDS = 300


class Stage(NamedTuple):
    """What was measured: how many of what, in how many seconds."""

    name: str
    count: int
    unit: str
    seconds: float

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.count / self.seconds


def consume(addresses: Addresses, topic: str) -> Stage:
    """A bare consumer of committed records, which only counts."""
    consumer = KafkaConsumer(
        bootstrap_servers=addresses.kafka, isolation_level="read_committed", enable_auto_commit=False
    )
    partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    started_at, count = time.monotonic(), 0
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        count += sum(len(records) for records in consumer.poll(timeout_ms=200).values())
    seconds = time.monotonic() - started_at
    consumer.close()
    return Stage("peer: bare kafka-python consumer", count, "events", seconds)


def project(settings: Settings, addresses: Addresses, view: str, events: int, runners: int = 1) -> Stage:
    """A view from its first batch until it has folded so many events, with nothing else at work."""
    with ExitStack() as processes:
        for _ in range(runners):
            processes.enter_context(process(settings, addresses, "project", view))
        started_at = wait(f"view {view} begins", lambda: folded(addresses, view) > 0)
        before = folded(addresses, view)
        ended_at = wait(f"view {view} ends", lambda: folded(addresses, view) >= events)
    more = "" if runners == 1 else f", {runners} runners"
    return Stage(
        f"view {view}{more}, from its first batch on", events - before, "events", ended_at - started_at
    )


def published(addresses: Addresses, topic: str) -> int:
    """Offsets taken in a topic: by records, and by what ends transactions, so a little more than records."""
    consumer = KafkaConsumer(bootstrap_servers=addresses.kafka, isolation_level="read_committed")
    try:
        found = consumer.partitions_for_topic(topic) or set()
        return sum(consumer.end_offsets([TopicPartition(topic, n) for n in found]).values())
    finally:
        consumer.close()


def folded(addresses: Addresses, view: str) -> int:
    """How many events a view has folded; 0 while it is not there yet."""
    try:
        return folded_events(addresses.database, VIEWS[view])
    except Exception:  # the view is not there yet
        return 0


def stored(addresses: Addresses) -> int:
    """How many events there are."""
    with psycopg.connect(addresses.database) as connection:
        found = connection.execute("select count(*) from casecore.stored_events").fetchone()
    return int(found[0]) if found else 0


def environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """What the program's processes are told."""
    return {
        **os.environ,
        "CASECORE_HOME": str(settings.home),
        "CASECORE_DATABASE": addresses.database,
        "CASECORE_KAFKA": addresses.kafka,
        "CASECORE_TOPIC_PREFIX": settings.topic_prefix,
    }


def casecore(settings: Settings, addresses: Addresses, *arguments: str) -> str:
    """Run a command to its end; returns what it printed."""
    command = [sys.executable, "-m", "casecore.cli", *arguments]
    done = subprocess.run(
        command, env=environment(settings, addresses), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return done.stdout


@contextmanager
def process(settings: Settings, addresses: Addresses, *arguments: str) -> Iterator[None]:
    """One of the program's long-lived processes, while the block lasts."""
    command = [sys.executable, "-m", "casecore.cli", *arguments, "--health-port", "0"]
    running = subprocess.Popen(command, env=environment(settings, addresses), stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


def wait(what: str, condition: Callable[[], bool]) -> float:
    """Wait until it holds; returns when that was seen, on the monotonic clock."""
    print(f"waiting: {what}", file=sys.stderr)
    ends_at = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > ends_at:
            raise SystemExit(f"not within {LIMIT_SECONDS} seconds: {what}")
        time.sleep(0.02)
    return time.monotonic()


def machine() -> Mapping[str, str]:
    """What it was measured on."""
    names = ("kafka-python", "eventsourcing", "psycopg", "msgspec")
    return {
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def print_stages(stages: Sequence[Stage]) -> None:
    """A table in Markdown."""
    print("| stage | count | seconds | a second |\n|---|---|---|---|")
    for stage in stages:
        print(f"| {stage.name} | {stage.count:,} {stage.unit} | {stage.seconds:.2f} | {stage.rate:,.0f} |")
