"""Billing: how many maintenance fees a second go from `casecore billing run` to their postings in the view.

Run `make bench-billing`. Servers of its own are started and ended; the machine should do nothing else. The
packages are stored beforehand; relay and view run beside the run, as in production. Then the view alone, from
nothing, beside a bare kafka-python consumer of the same records. Memory is looked at twice a second.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from bench.consumers import consume, count_records
from bench.measurements import Measurement, machine, print_measurements
from bench.packages import YEARS, fill_packages
from bench.servers import casecore, folded, process, project, start, wait
from casecore.app.addresses import Addresses
from casecore.app.running import installation
from casecore.app.settings import Settings, read_settings

GOAL = 5_000
_NAME = "bench_billing"
_TOPIC = f"{_NAME}.billing"
_WATCHED = ("run", "relay", "project")


class ProcessMemory(NamedTuple):
    """Of a process, in MiB: at most, and at most in each quarter of the time."""

    name: str
    highest: float
    quarters: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--packages", type=int, default=200_000, help="each is charged for five years")
    parser.add_argument("--runs", type=int, default=3, help="how often the view is built; the median counts")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="casecore-bench-"))
    settings = read_settings({"CASECORE_HOME": str(folder), "CASECORE_HEALTH_PORT": "9600"})
    measurements: list[Measurement] = []
    try:
        started = start(settings, read_settings().home / "cache")
        settings = settings._replace(topic_prefix=_NAME)
        addresses = _prepared(settings, started, arguments.packages)
        fees = arguments.packages * YEARS
        with process(settings, addresses, "relay"):
            wait(
                "the packages are published",
                lambda: count_records(addresses, f"{_NAME}.licences") >= arguments.packages,
            )
            with process(settings, addresses, "project", "billing"):
                wait("view billing begins", lambda: folded(addresses, "billing") > 0)
                path, memories = _whole_path(settings, addresses, fees)
                measurements += path
        for _ in range(arguments.runs):
            measurements.append(consume(addresses, _TOPIC))
            with psycopg.connect(addresses.database, autocommit=True) as connection:
                connection.execute("drop schema billing cascade")
            measurements.append(project(settings, addresses, "billing", fees))
    finally:
        installation.stop(settings)
        shutil.rmtree(folder, ignore_errors=True)
    _print(measurements, memories)
    if arguments.json:
        figures = [{**one._asdict(), "rate": one.rate} for one in measurements]
        results = {"machine": machine(), "stages": figures, "memory_mib": [one._asdict() for one in memories]}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def _prepared(settings: Settings, started: Addresses, packages: int) -> Addresses:
    """A database of its own on the same servers, with packages and topics."""
    with psycopg.connect(started.database, autocommit=True) as connection:
        connection.execute(f"create database {_NAME}")
    addresses = started._replace(database=make_conninfo(started.database, dbname=_NAME))
    casecore(settings, addresses, "database", "migrate")
    casecore(settings, addresses, "topics", "create")
    fill_packages(addresses.database, packages)
    with psycopg.connect(addresses.database, autocommit=True) as connection:
        connection.execute("vacuum analyze casecore.stored_events")
    return addresses


def _whole_path(
    settings: Settings, addresses: Addresses, fees: int
) -> tuple[list[Measurement], list[ProcessMemory]]:
    """From the start of the command to the last posting, relay and view beside it."""
    before = folded(addresses, "billing")
    started_at = time.monotonic()
    with _watched_memory() as memories:
        run = json.loads(casecore(settings, addresses, "billing", "run", "--json"))
        charged_at = time.monotonic()
        posted_at = wait("all fees are posted", lambda: folded(addresses, "billing") >= before + fees)
    if run["fees"] != fees:
        raise SystemExit(f"{run['fees']} fees fell due, {fees} should")
    measurements = [
        Measurement(
            "casecore billing run, with relay and view beside it", fees, "fees", charged_at - started_at
        ),
        Measurement("whole path, command to the last posting", fees, "fees", posted_at - started_at),
    ]
    return measurements, memories


@contextmanager
def _watched_memory() -> Iterator[list[ProcessMemory]]:
    """The memory of the program's processes while the block lasts; the list is filled at its end."""
    samples: dict[str, list[float]] = {}
    ending = Event()
    watcher = Thread(target=_watch, args=(samples, ending))
    memories: list[ProcessMemory] = []
    watcher.start()
    try:
        yield memories
    finally:
        ending.set()
        watcher.join()
        for name, values in samples.items():
            quarter = max(len(values) // 4, 1)
            quarters = [
                max(values[at : at + quarter]) for at in range(0, quarter * 4, quarter) if values[at:]
            ]
            memories.append(ProcessMemory(name, max(values), quarters))


def _watch(samples: dict[str, list[float]], ending: Event) -> None:
    while not ending.wait(0.5):
        for child in psutil.Process().children():
            try:
                arguments = child.cmdline()
                name = next(one for one in _WATCHED if one in arguments)
                samples.setdefault(name, []).append(child.memory_info().rss / 2**20)
            except (psutil.NoSuchProcess, StopIteration):
                continue


def _print(measurements: list[Measurement], memories: list[ProcessMemory]) -> None:
    print_measurements(measurements)
    path = next(one for one in measurements if one.name.startswith("whole path"))
    met = "met" if path.rate >= GOAL else "not met"
    print(f"\n{path.rate:,.0f} fees a second from command to posting; the goal of {GOAL:,} is {met}.")
    for one in memories:
        quarters = ", ".join(f"{value:.0f}" for value in one.quarters)
        print(f"Memory of `{one.name}`: at most {one.highest:.0f} MiB, by quarters of its time {quarters}.")
    print(", ".join(f"{name} {value}" for name, value in machine().items()))


if __name__ == "__main__":
    main()
