"""The cost of `casecore audit --follow` in throughput: the same path with the audit and without it.

Run `python -m bench.audit`. Each run has a database and topics of its own on the same servers: relay and two
views run, with the audit beside them or without, and the help desk's log is imported until both views have
it. The runs alternate; the result is the median over the pairs.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from bench.measurements import Measurement, print_measurements
from bench.servers import casecore, folded, process, stored, wait
from casecore.app.addresses import Addresses, addresses_of, create_local_database
from casecore.app.running import installation
from casecore.app.settings import Settings, read_settings
from casecore.local import kafka, postgres, processes
from casecore.local.processes import Program
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD

LOG, MAPPING = Path("data/helpdesk.xes.gz"), Path("data/helpdesk.toml")
VIEWS = (TIMELINE.name, WORKLOAD.name)
GOAL_SHARE = 0.05
WITHOUT, WITH = "import to two views", "the same beside audit --follow"
_BEGUN_SECONDS = 4.0  # for the audit to have started, and to be at its pace


def measure(settings: Settings, addresses: Addresses, runs: int = 4) -> list[Measurement]:
    """Stages named WITHOUT and WITH in turn, `runs` of each, on servers that run."""
    measurements = []
    for run in range(runs):
        # Each pair begins with the other one, so that what a first run leaves behind favours neither.
        for follows in (False, True) if run % 2 == 0 else (True, False):
            measurements.append(
                _once(settings, addresses, f"audit{run}{'with' if follows else 'without'}", follows)
            )
    return measurements


def costs(measurements: Sequence[Measurement]) -> list[float]:
    """The share of the throughput that the audit took in each pair of runs; below zero it is noise."""
    without, with_it = (
        [one.rate for one in measurements if one.name.startswith(name)] for name in (WITHOUT, WITH)
    )
    return [1 - beside / alone for alone, beside in zip(without, with_it, strict=True)]


def summary(measurements: Sequence[Measurement]) -> str:
    """The cost in a sentence, with the range over the pairs."""
    each = costs(measurements)
    return (
        f"The audit takes {median(each):.1%} of the throughput, by the median of {len(each)} pairs of runs "
        f"({min(each):.1%} to {max(each):.1%}; below zero, the noise was larger)."
    )


def _once(settings: Settings, addresses: Addresses, name: str, follows: bool) -> Measurement:
    with _own_database(settings, addresses, name) as (own, where), ExitStack() as running:
        casecore(own, where, "database", "migrate")
        casecore(own, where, "topics", "create")
        for arguments in (("relay",), *(("project", view) for view in VIEWS)):
            running.enter_context(process(own, where, *arguments))
        first = stored(where)
        wait("both views are there", lambda: all(_exists(where, view) for view in VIEWS))
        if follows:
            running.enter_context(process(own, where, "audit", "--follow"))
        time.sleep(_BEGUN_SECONDS)  # on both sides alike
        cpu_before, started_at = _audit_cpu_seconds(), time.monotonic()
        casecore(own, where, "import", str(LOG), "--mapping", str(MAPPING), "--json")
        events = stored(where) - first
        wait("both views have it all", lambda: min(folded(where, view) for view in VIEWS) >= events)
        seconds = time.monotonic() - started_at
        used = 100 * (_audit_cpu_seconds() - cpu_before) / seconds
    title = f"{WITH}, which used {used:.1f} % of a core" if follows else WITHOUT
    return Measurement(title, events, "events", seconds)


@contextmanager
def _own_database(
    settings: Settings, addresses: Addresses, name: str
) -> Iterator[tuple[Settings, Addresses]]:
    with psycopg.connect(addresses.database, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        try:
            where = addresses._replace(database=make_conninfo(addresses.database, dbname=name))
            yield settings._replace(topic_prefix=name), where
        finally:
            connection.execute(f"drop database {name} with (force)".encode())


def _exists(addresses: Addresses, view: str) -> bool:
    with psycopg.connect(addresses.database) as connection:
        found = connection.execute("select to_regclass(%s) is not null", (f"{view}.states",)).fetchone()
    return bool(found and found[0])


def _audit_cpu_seconds() -> float:
    """Processor time of the audit that this process started; 0 if none runs."""
    used = 0.0
    for child in psutil.Process().children():
        if "--follow" in child.cmdline():
            times = child.cpu_times()
            used += times.user + times.system
    return used


def _servers(settings: Settings) -> Addresses:
    """PostgreSQL and Kafka, and nothing else of an installation."""
    settings.home.mkdir(parents=True, exist_ok=True)
    database = create_local_database(postgres.start(settings.home))
    server = kafka.prepare(settings.home, read_settings().home / "cache")
    processes.up(settings.home, [Program("kafka", server.argv, server.environment)])
    kafka.wait_until_ready(server.cluster, installation.READY_LIMIT_SECONDS, settings.home)
    return addresses_of(database, server.cluster)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=4, help="how often each of the two is run")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="casecore-bench-"))
    settings = read_settings({"CASECORE_HOME": str(folder), "CASECORE_HEALTH_PORT": "9620"})
    try:
        measurements = measure(settings, _servers(settings), arguments.runs)
    finally:
        installation.stop(settings)
        shutil.rmtree(folder, ignore_errors=True)
    print_measurements(measurements)
    verdict = "met" if median(costs(measurements)) <= GOAL_SHARE else "not met"
    print(f"\n{summary(measurements)} The goal of {GOAL_SHARE:.0%} is {verdict}.")


if __name__ == "__main__":
    main()
