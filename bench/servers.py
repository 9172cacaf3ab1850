"""What the benches share: servers of their own, the program's processes, and a table."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from _thread import interrupt_main
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import psutil
import psycopg
from kafka import KafkaConsumer, TopicPartition

from casecore.app.addresses import Addresses
from casecore.app.settings import Settings
from casecore.contract.streams import kind_of
from casecore.local.kafka import KAFKA_VERSION
from casecore.local.postgres import POSTGRES_VERSION
from casecore.store.log import LogReader
from projections.catalogue import VIEWS
from projections.kit.reading.folded import folded_events

LIMIT_SECONDS = 600


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


def copy_same_bytes(addresses: Addresses, events: int, name: str) -> Stage:
    """The last so many events and receipts by COPY into bare tables: what PostgreSQL could do at most."""
    columns = "originator_id, originator_version, topic, state, recorded_at"
    with psycopg.connect(addresses.database) as connection:
        rows = connection.execute(
            f"select {columns} from casecore.stored_events order by notification_id desc limit %s", (events,)
        ).fetchall()
        receipts = connection.execute(
            "select * from casecore.receipts order by recorded_at desc limit %s", (events,)
        ).fetchall()
        connection.execute(f"create table bare as select {columns} from casecore.stored_events limit 0")
        connection.execute("create table bare_receipts as select * from casecore.receipts limit 0")
        connection.commit()
        started_at = time.monotonic()
        for table, each in (("bare", rows), ("bare_receipts", receipts)):
            with connection.cursor().copy(f"copy {table} from stdin") as copy:
                for row in each:
                    copy.write_row(row)
        connection.commit()
        seconds = time.monotonic() - started_at
        connection.execute("drop table bare, bare_receipts")
    return Stage(name, len(rows), "events", seconds)


def unfolded(addresses: Addresses) -> int:
    """How many of the stored events the view that is furthest behind lacks."""
    with LogReader(addresses.database) as log:
        by_type = log.count_by_type()
    return max(
        sum(count for name, count in by_type.items() if kind_of(name) in view.kinds)
        - folded_events(addresses.database, view)
        for view in VIEWS.values()
    )


def environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """What the program's processes are told."""
    return {
        **os.environ,
        "CASECORE_HOME": str(settings.home),
        "CASECORE_DATABASE": addresses.database,
        "CASECORE_KAFKA": addresses.kafka,
        "CASECORE_TOPIC_PREFIX": settings.topic_prefix,
    }


def casecore(settings: Settings, addresses: Addresses, *arguments: str, exits: Collection[int] = (0,)) -> str:
    """Run a command to its end; returns what it printed. SystemExit if it ends with none of these codes."""
    command = [sys.executable, "-m", "casecore.cli", *arguments]
    done = subprocess.run(
        command, env=environment(settings, addresses), capture_output=True, text=True, check=False
    )
    if done.returncode not in exits:
        raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return done.stdout


@contextmanager
def process(settings: Settings, addresses: Addresses, *arguments: str) -> Iterator[None]:
    """A long-lived process, while the block lasts; if it ends by itself, the bench is interrupted."""
    command = [sys.executable, "-m", "casecore.cli", *arguments, "--health-port", "0"]
    with tempfile.TemporaryFile("w+") as complaints:
        running = subprocess.Popen(command, env=environment(settings, addresses), stderr=complaints)
        ending = Event()
        watcher = Thread(target=_watch_for_end, args=(running, ending))
        watcher.start()
        try:
            yield
        finally:
            ending.set()
            watcher.join()
            if running.poll() is not None:
                complaints.seek(0)
                print(f"{arguments} ended: {complaints.read()[-2000:]}", file=sys.stderr)
            running.terminate()
            running.wait(30)


def _watch_for_end(running: subprocess.Popen[bytes], ending: Event) -> None:
    """Interrupt the main thread, which waits for what an ended process would have done."""
    while not ending.wait(0.5):
        if running.poll() is not None:
            interrupt_main()
            return


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
        "processor": _processor(),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "PostgreSQL": str(POSTGRES_VERSION),
        "Kafka": KAFKA_VERSION,
        **{name: version(name) for name in names},
    }


def _processor() -> str:
    """Its name, where the kernel tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )


def print_stages(stages: Sequence[Stage]) -> None:
    """A table in Markdown."""
    print("| stage | count | seconds | a second |\n|---|---|---|---|")
    for stage in stages:
        print(f"| {stage.name} | {stage.count:,} {stage.unit} | {stage.seconds:.2f} | {stage.rate:,.0f} |")
