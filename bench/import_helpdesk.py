"""The help desk's log from file to the last row of both views, and each stage by itself.

Run `make bench-import`. Servers of its own are started and ended; the machine should do nothing else.
The whole path is run first, with everything up, as an operator sees it. Then each stage alone, on what the
stage before left, beside a bare kafka-python consumer and a bare COPY of the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psycopg
from kafka import KafkaConsumer, TopicPartition
from psycopg.conninfo import make_conninfo

from casecore.cli import installation
from casecore.cli.addresses import Addresses
from casecore.cli.settings import Settings, read_settings
from casecore.imports.mapping import read_mapping
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import open_source
from casecore.imports.translation import Translator
from casecore.imports.xes import read_xes
from projections.catalogue import VIEWS
from projections.kit.reading import folded_events

LOG, MAPPING = Path("data/helpdesk.xes.gz"), Path("data/helpdesk.toml")
LIMIT_SECONDS = 180
GOAL_SECONDS = 15


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--runs", type=int, default=3, help="how often the whole path is run; the median counts"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="casecore-bench-"))
    settings = read_settings({"CASECORE_HOME": str(folder), "CASECORE_HEALTH_PORT": "9600"})
    cache = read_settings().home / "cache"
    try:
        whole = sorted(
            (_whole(settings, cache) for _ in range(arguments.runs)), key=lambda stage: stage.seconds
        )
        stages = [*whole, *_stages(settings, cache)]
    finally:
        installation.stop(settings)
        shutil.rmtree(folder, ignore_errors=True)
    _print(stages, whole[len(whole) // 2])
    if arguments.json:
        figures = [{**stage._asdict(), "rate": stage.rate} for stage in stages]
        arguments.json.write_text(json.dumps({"machine": _machine(), "stages": figures}, indent=1) + "\n")


def _whole(settings: Settings, cache: Path) -> Stage:
    """From the start of `casecore import` to the last row of both views, on fresh servers."""
    installation.stop(settings)
    shutil.rmtree(settings.home, ignore_errors=True)
    addresses = installation.start(settings, cache, lambda _: None)
    started_at = time.monotonic()
    _casecore(settings, addresses, "import", str(LOG), "--mapping", str(MAPPING), "--json")
    _wait(
        "both views have it all",
        lambda: min(_folded(addresses, name) for name in VIEWS) >= _stored(addresses),
    )
    return Stage(
        "whole path, file to both views", _stored(addresses), "events", time.monotonic() - started_at
    )


def _stages(settings: Settings, cache: Path) -> Iterator[Stage]:
    """Each stage by itself, in an empty database and an empty topic on the same servers."""
    whole = installation.start(settings, cache, lambda _: None)
    with psycopg.connect(whole.database, autocommit=True) as connection:
        connection.execute("create database stages")
    addresses = Addresses(make_conninfo(whole.database, dbname="stages"), whole.kafka)
    settings = settings._replace(topic_prefix="stages")
    _casecore(settings, addresses, "database", "migrate")
    _casecore(settings, addresses, "topics", "create")
    yield _reading()
    bus = json.loads(_casecore(settings, addresses, "import", str(LOG), "--mapping", str(MAPPING), "--json"))
    yield Stage("import into the store", bus["rows"], "rows", bus["seconds"])
    again = json.loads(
        _casecore(settings, addresses, "import", str(LOG), "--mapping", str(MAPPING), "--json")
    )
    yield Stage("import again, from receipts", again["repeated"], "rows", again["seconds"])
    yield _copying(addresses)
    stored = _stored(addresses)
    with _process(settings, addresses, "relay"):
        started_at = _wait("the relay publishes", lambda: _published(addresses) > 0)
        _wait("the relay has published all", lambda: _published(addresses) >= stored)
        yield Stage("relay, from the first record on", stored, "events", time.monotonic() - started_at)
    yield _consuming(addresses)
    for name in sorted(VIEWS):
        with _process(settings, addresses, "project", name):
            started_at = _wait(f"view {name} begins", lambda name=name: _folded(addresses, name) > 0)  # type: ignore[misc]
            before = _folded(addresses, name)
            _wait(f"view {name} ends", lambda name=name: _folded(addresses, name) >= stored)  # type: ignore[misc]
            yield Stage(
                f"view {name}, from its first batch on",
                stored - before,
                "events",
                time.monotonic() - started_at,
            )


def _reading() -> Stage:
    started_at, rows = time.monotonic(), 0
    translator = Translator(read_mapping(MAPPING), "vendor")
    with open_source(LOG) as source, PlaceCounter() as places:
        for row in read_xes(source, "concept:name", places):
            translator.command_for(row)
            rows += 1
    return Stage("read and translate, no store", rows, "rows", time.monotonic() - started_at)


def _copying(addresses: Addresses) -> Stage:
    """The same bytes by COPY into a bare table: what PostgreSQL could do at most."""
    with psycopg.connect(addresses.database) as connection:
        rows = connection.execute(
            "select originator_id, originator_version, topic, state from casecore.stored_events"
        ).fetchall()
        connection.execute("create table bare (id uuid, version bigint, type text, body bytea)")
        connection.commit()
        started_at = time.monotonic()
        with connection.cursor().copy("copy bare from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        return Stage("peer: COPY of the same bytes", len(rows), "events", time.monotonic() - started_at)


def _consuming(addresses: Addresses) -> Stage:
    """A bare consumer of committed records, which only counts."""
    consumer = KafkaConsumer(
        bootstrap_servers=addresses.kafka, isolation_level="read_committed", enable_auto_commit=False
    )
    partitions = [TopicPartition("stages.cases", n) for n in consumer.partitions_for_topic("stages.cases")]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    started_at, count = time.monotonic(), 0
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        count += sum(len(records) for records in consumer.poll(timeout_ms=200).values())
    seconds = time.monotonic() - started_at
    consumer.close()
    return Stage("peer: bare kafka-python consumer", count, "events", seconds)


def _published(addresses: Addresses) -> int:
    """Records in the topic, which hold a few control records too: good enough to see progress and end."""
    consumer = KafkaConsumer(bootstrap_servers=addresses.kafka, isolation_level="read_committed")
    try:
        found = consumer.partitions_for_topic("stages.cases") or set()
        return sum(consumer.end_offsets([TopicPartition("stages.cases", n) for n in found]).values())
    finally:
        consumer.close()


def _folded(addresses: Addresses, view: str) -> int:
    try:
        return folded_events(addresses.database, VIEWS[view])
    except Exception:  # the view is not there yet
        return 0


def _stored(addresses: Addresses) -> int:
    with psycopg.connect(addresses.database) as connection:
        found = connection.execute("select count(*) from casecore.stored_events").fetchone()
    return int(found[0]) if found else 0


def _environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    return {
        **os.environ,
        "CASECORE_HOME": str(settings.home),
        "CASECORE_DATABASE": addresses.database,
        "CASECORE_KAFKA": addresses.kafka,
        "CASECORE_TOPIC_PREFIX": settings.topic_prefix,
    }


def _casecore(settings: Settings, addresses: Addresses, *arguments: str) -> str:
    command = [sys.executable, "-m", "casecore.cli", *arguments]
    done = subprocess.run(
        command, env=_environment(settings, addresses), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return done.stdout


@contextmanager
def _process(settings: Settings, addresses: Addresses, *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "casecore.cli", *arguments, "--health-port", "0"]
    process = subprocess.Popen(command, env=_environment(settings, addresses), stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait(what: str, condition: Callable[[], bool]) -> float:
    """Wait until it holds; returns when that was seen, on the monotonic clock."""
    ends_at = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > ends_at:
            raise SystemExit(f"not within {LIMIT_SECONDS} seconds: {what}")
        time.sleep(0.02)
    return time.monotonic()


def _machine() -> dict[str, str]:
    names = ("kafka-python", "eventsourcing", "psycopg", "msgspec")
    return {
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def _print(stages: list[Stage], median: Stage) -> None:
    print("| stage | count | seconds | a second |\n|---|---|---|---|")
    for stage in stages:
        print(f"| {stage.name} | {stage.count:,} {stage.unit} | {stage.seconds:.2f} | {stage.rate:,.0f} |")
    verdict = "met" if median.seconds <= GOAL_SECONDS else "not met"
    print(f"\nMedian of the whole path: {median.seconds:.1f} s; the goal of {GOAL_SECONDS} s is {verdict}.")
    print(", ".join(f"{name} {value}" for name, value in _machine().items()))


if __name__ == "__main__":
    main()
