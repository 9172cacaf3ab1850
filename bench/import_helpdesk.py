"""The help desk's log from file to the last row of both views, and each stage by itself.

Run `make bench-import`. Servers of its own are started and ended; the machine should do nothing else.
The whole path is run first, with everything up, as an operator sees it. Then each stage alone, on what the
stage before left, beside a bare kafka-python consumer and a bare COPY of the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from bench.consumers import consume, published
from bench.measurements import Measurement, machine, print_measurements
from bench.servers import casecore, copy_same_bytes, process, project, start, stored, unfolded, wait
from casecore.app.running import installation
from casecore.app.settings import Settings, read_settings
from casecore.contract.streams import CASES
from casecore.imports.mapping import read_mapping
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import open_source
from casecore.imports.translation import Translator
from casecore.imports.xes import read_xes
from projections.catalogue import VIEWS

LOG, MAPPING = Path("data/helpdesk.xes.gz"), Path("data/helpdesk.toml")
TOPIC = "stages.cases"
GOAL_SECONDS = 15


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
            (_whole(settings, cache) for _ in range(arguments.runs)),
            key=lambda one: one.seconds,
        )
        measurements = [*whole, *_measure_each(settings, cache)]
    finally:
        installation.stop(settings)
        shutil.rmtree(folder, ignore_errors=True)
    _print(measurements, whole[len(whole) // 2])
    if arguments.json:
        figures = [{**one._asdict(), "rate": one.rate} for one in measurements]
        arguments.json.write_text(json.dumps({"machine": machine(), "stages": figures}, indent=1) + "\n")


def _whole(settings: Settings, cache: Path) -> Measurement:
    """From the start of `casecore import` to the last row of the views, on fresh servers."""
    installation.stop(settings)
    shutil.rmtree(settings.home, ignore_errors=True)
    addresses = start(settings, cache)
    started_at = time.monotonic()
    casecore(settings, addresses, "import", str(LOG), "--mapping", str(MAPPING), "--json")
    wait("the views have every event", lambda: not unfolded(settings, addresses))
    return Measurement(
        "whole path, file to both views", stored(addresses), "events", time.monotonic() - started_at
    )


def _measure_each(settings: Settings, cache: Path) -> Iterator[Measurement]:
    """Each stage by itself, in an empty database and an empty topic on the same servers."""
    whole = start(settings, cache)
    with psycopg.connect(whole.database, autocommit=True) as connection:
        connection.execute("create database stages")
    addresses = whole._replace(database=make_conninfo(whole.database, dbname="stages"))
    settings = settings._replace(topic_prefix="stages")
    casecore(settings, addresses, "database", "migrate")
    casecore(settings, addresses, "topics", "create")
    yield _reading()
    bus = json.loads(casecore(settings, addresses, "import", str(LOG), "--mapping", str(MAPPING), "--json"))
    yield Measurement("import into the store", bus["rows"], "rows", bus["seconds"])
    again = json.loads(casecore(settings, addresses, "import", str(LOG), "--mapping", str(MAPPING), "--json"))
    yield Measurement("import again, from receipts", again["repeated"], "rows", again["seconds"])
    stored_events = stored(addresses, CASES)
    yield copy_same_bytes(addresses, stored_events, "peer: COPY of the same bytes")
    with process(settings, addresses, "relay"):
        started_at = wait("the relay publishes", lambda: published(addresses, TOPIC) > 0)
        wait("the relay has published all", lambda: published(addresses, TOPIC) >= stored_events)
        yield Measurement(
            "relay, from the first record on", stored_events, "events", time.monotonic() - started_at
        )
    yield consume(addresses, TOPIC)
    for name in sorted(name for name, view in VIEWS.items() if CASES in view.kinds):
        yield project(settings, addresses, name, stored_events)


def _reading() -> Measurement:
    started_at, rows = time.monotonic(), 0
    translator = Translator(read_mapping(MAPPING), "vendor")
    with open_source(LOG) as source, PlaceCounter() as places:
        for row in read_xes(source, "concept:name", places):
            translator.command_for(row)
            rows += 1
    return Measurement("read and translate, no store", rows, "rows", time.monotonic() - started_at)


def _print(measurements: list[Measurement], median: Measurement) -> None:
    print_measurements(measurements)
    verdict = "met" if median.seconds <= GOAL_SECONDS else "not met"
    print(f"\nMedian of the whole path: {median.seconds:.1f} s; the goal of {GOAL_SECONDS} s is {verdict}.")
    print(", ".join(f"{name} {value}" for name, value in machine().items()))


if __name__ == "__main__":
    main()
