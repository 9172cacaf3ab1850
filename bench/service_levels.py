"""Service levels: clocks evaluated a second, the SLA view's events a second, and what-if on a million events.

Run `make bench-sla`. Servers of its own are started and ended; the machine should do nothing else. The view
is measured alone, beside a bare kafka-python consumer of the same records in the same run, interleaved. The
memory of `casecore sla whatif` is that of all its processes together, ten times a second.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from bench.consumers import consume, count_records
from bench.histories import book_with, case_events, fill
from bench.measurements import Measurement, machine, print_measurements
from bench.servers import casecore, environment, process, project, start, stored, wait
from casecore.app.addresses import Addresses
from casecore.app.running import installation
from casecore.app.settings import Settings, read_settings
from casecore.cases.topics import TOPICS
from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.contract.service_levels import Policy
from casecore.contract.streams import CASES
from casecore.contract.types import EVENT_TYPES
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.service_levels.book import Book
from casecore.service_levels.policy_file import load_policy

POLICIES = ("vendor-end-to-end", "vendor-level-1", "nord-level-0", "campus-user-support")
FOLDER = Path("docs/service-levels")
SEED = 7
GOAL_VIEW, GOAL_WHATIF_SECONDS = 20_000, 30


class CommandMemory(NamedTuple):
    """Of a command and its children together, in MiB: at most, and at most in each quarter of its time."""

    highest: float
    quarters: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=1_000_000, help="how many the what-if is tried on")
    parser.add_argument("--view-events", type=int, default=200_000, help="how many the view folds")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run; the median counts")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="casecore-bench-"))
    settings = read_settings({"CASECORE_HOME": str(folder), "CASECORE_HEALTH_PORT": "9600"})
    policies = [load_policy(FOLDER / f"{name}.toml", TOPICS) for name in POLICIES]
    measurements: list[Measurement] = []
    try:
        measurements += _evaluating(policies, arguments.runs)
        main_address = start(settings, read_settings().home / "cache")
        servers = Servers(settings, main_address)
        measurements += servers.measure_view(policies, arguments.view_events, arguments.runs)
        whatif, memory = servers.measure_what_if(policies, arguments.events, arguments.runs)
        measurements += whatif
    finally:
        installation.stop(settings)
        shutil.rmtree(folder, ignore_errors=True)
    _print(measurements, memory)
    if arguments.json:
        figures = [{**one._asdict(), "rate": one.rate} for one in measurements]
        results = {"machine": machine(), "stages": figures, "whatif_memory_mib": memory._asdict()}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def _evaluating(policies: list[Policy], runs: int) -> Iterator[Measurement]:
    """Histories that are in memory, evaluated in one process; each clock of a case counts."""
    book, at = book_with(policies), time.time_ns() // 1000
    histories = [_case(number, book).history() for number in range(3_000)]
    for _ in range(runs):
        started_at = time.monotonic()
        clocks = sum(len(found.clocks) for history in histories if (found := evaluate(history, at)))
        yield Measurement("clocks evaluated, one process", clocks, "clocks", time.monotonic() - started_at)


def _case(number: int, book: Book) -> CaseEvents:
    made = [event for _, event in case_events(SEED, number, book)]
    facts = [(event.version, EVENT_TYPES.decode(event.type, event.body)) for event in made]
    events = tuple(Happened(micros(fact.occurred_at), version, fact.data) for version, fact in facts)  # type: ignore[arg-type]
    return CaseEvents(str(number), events)


class Servers:
    """Databases of their own on the same PostgreSQL and Kafka."""

    def __init__(self, settings: Settings, address: Addresses) -> None:
        self._settings = settings
        self._address = address

    def measure_view(self, policies: list[Policy], events: int, runs: int) -> list[Measurement]:
        """The relay publishes the events once; then consumer and view in turn, the view from scratch."""
        settings = self._settings._replace(topic_prefix="levels")
        addresses = self._filled("levels", policies, events)
        casecore(settings, addresses, "topics", "create")
        count = stored(addresses, CASES)
        with process(settings, addresses, "relay"):
            # Not by offsets, since transaction markers take some too.
            wait("the relay has published all", lambda: count_records(addresses, "levels.cases") >= count)
        measurements = []
        for _ in range(runs):
            measurements.append(consume(addresses, "levels.cases"))
            for runners in (1, 2):
                measurements.append(project(settings, addresses, "sla", count, runners))
                with psycopg.connect(addresses.database, autocommit=True) as connection:
                    connection.execute("drop schema sla cascade")
        return measurements

    def measure_what_if(
        self, policies: list[Policy], events: int, runs: int
    ) -> tuple[list[Measurement], CommandMemory]:
        """The end-to-end policy with shorter targets, tried on all of history."""
        addresses = self._filled("whatif", policies, events)
        count = stored(addresses)
        measurements, memories = [], []
        shorter = self._settings.home / "shorter.toml"
        shorter.parent.mkdir(parents=True, exist_ok=True)
        shorter.write_text(_shortened(FOLDER / "vendor-end-to-end.toml"))
        for _ in range(runs):
            started_at = time.monotonic()
            memories.append(
                _memory_of(self._settings, addresses, "sla", "whatif", "--policy", str(shorter), "--json")
            )
            measurements.append(
                Measurement("what-if, start to end", count, "events", time.monotonic() - started_at)
            )
        return measurements, max(memories, key=lambda memory: memory.highest)

    def _filled(self, name: str, policies: list[Policy], events: int) -> Addresses:
        with psycopg.connect(self._address.database, autocommit=True) as connection:
            connection.execute(f"create database {name}")
        addresses = self._address._replace(database=make_conninfo(self._address.database, dbname=name))
        casecore(self._settings, addresses, "database", "migrate")
        fill(addresses.database, events, SEED, policies)
        with psycopg.connect(addresses.database, autocommit=True) as connection:
            connection.execute("vacuum analyze casecore.stored_events")
        return addresses


def _shortened(path: Path) -> str:
    """The policy with shorter targets for some priorities, whose calendar is found from anywhere."""
    calendar = (path.parent / "calendars/berlin.toml").resolve()
    text = path.read_text().replace("calendars/berlin.toml", str(calendar))
    return text.replace("PT8H", "PT4H").replace("PT80H", "PT40H").replace("PT40H", "PT20H")


def _memory_of(settings: Settings, addresses: Addresses, *arguments: str) -> CommandMemory:
    """Run a command, and look at the memory of its processes meanwhile."""
    command = [sys.executable, "-m", "casecore.cli", *arguments]
    running = subprocess.Popen(command, env=environment(settings, addresses), stdout=subprocess.DEVNULL)
    samples: list[float] = []
    while running.poll() is None:
        samples.append(_mib(running.pid))
        time.sleep(0.1)
    if running.returncode:
        raise SystemExit(f"{arguments} ended with {running.returncode}")
    quarter = max(len(samples) // 4, 1)
    quarters = [max(samples[place : place + quarter]) for place in range(0, quarter * 4, quarter)]
    return CommandMemory(max(samples), quarters)


def _mib(pid: int) -> float:
    total = 0
    try:
        parent = psutil.Process(pid)
        for one in (parent, *parent.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:  # it has just ended
        pass
    return total / 2**20


def _print(measurements: list[Measurement], memory: CommandMemory) -> None:
    print_measurements(measurements)

    def median(name: str) -> Measurement:
        found = [one for one in measurements if one.name.startswith(name)]
        return found[0]._replace(seconds=found[0].count / statistics.median(one.rate for one in found))

    view, peer, whatif = median("view sla, from"), median("peer"), median("what-if")
    spread = statistics.pstdev(one.rate for one in measurements if one.name.startswith("view sla, from"))
    print(
        f"\nMedian of the view: {view.rate:,.0f} events a second (spread {spread:,.0f}), "
        f"{view.rate / peer.rate:.2f} of the bare consumer; the goal of {GOAL_VIEW:,} is "
        f"{'met' if view.rate >= GOAL_VIEW else 'not met'}."
    )
    print(
        f"Median of what-if: {whatif.seconds:.1f} s for {whatif.count:,} events; the goal of "
        f"{GOAL_WHATIF_SECONDS} s is {'met' if whatif.seconds <= GOAL_WHATIF_SECONDS else 'not met'}. "
        f"Memory at most {memory.highest:.0f} MiB, by quarters of its time "
        f"{', '.join(f'{value:.0f}' for value in memory.quarters)}."
    )
    print(", ".join(f"{name} {value}" for name, value in machine().items()))


if __name__ == "__main__":
    main()
