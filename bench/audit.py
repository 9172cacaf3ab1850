"""What `casecore audit --follow` takes from the throughput of all else: the same path with it and without it.

Run `python -m bench.audit`. Each run has a database and topics of its own on the same servers: relay and two
views run, with the audit beside them or without, and the help desk's log is imported until both views have
it. The runs alternate; what counts is the median of what each pair says.
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

from bench.servers import Stage, casecore, folded, print_stages, process, stored, wait
from casecore.app import installation
from casecore.app.addresses import Addresses, create_local_database
from casecore.app.settings import Settings, read_settings
from casecore.local import kafka, postgres, processes
from casecore.local.processes import Program

LOG, MAPPING = Path("data/helpdesk.xes.gz"), Path("data/helpdesk.toml")
VIEWS = ("timeline", "workload")
GOAL_SHARE = 0.05
WITHOUT, WITH = "import to two views", "the same beside audit --follow"
_BEGUN_SECONDS = 4.0  # for the audit to have started, and to be at its pace


def measure(settings: Settings, addresses: Addresses, runs: int = 4) -> list[Stage]:
    """Stages named WITHOUT and WITH in turn, `runs` of each, on servers that run."""
    stages = []
    for run in range(runs):
        # Each pair begins with the other one: what a first run leaves behind favours neither.
        for follows in (False, True) if run % 2 == 0 else (True, False):
            stages.append(
                _once(settings, addresses, f"audit{run}{'with' if follows else 'without'}", follows)
            )
    return stages


def costs(stages: Sequence[Stage]) -> list[float]:
    """The share of the throughput that the audit took in each pair of runs; below zero, it is the noise's."""
    without, with_it = (
        [stage.rate for stage in stages if stage.name.startswith(name)] for name in (WITHOUT, WITH)
    )
    return [1 - beside / alone for alone, beside in zip(without, with_it, strict=True)]


def told(stages: Sequence[Stage]) -> str:
    """What it takes, in a sentence, with the range of the pairs."""
    each = costs(stages)
    return (
        f"The audit takes {median(each):.1%} of the throughput, by the median of {len(each)} pairs of runs "
        f"({min(each):.1%} to {max(each):.1%}; below zero, the machine's moods did more)."
    )


def _once(settings: Settings, addresses: Addresses, name: str, follows: bool) -> Stage:
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
    return Stage(title, events, "events", seconds)


@contextmanager
def _own_database(
    settings: Settings, addresses: Addresses, name: str
) -> Iterator[tuple[Settings, Addresses]]:
    with psycopg.connect(addresses.database, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        try:
            where = Addresses(make_conninfo(addresses.database, dbname=name), addresses.kafka)
            yield settings._replace(topic_prefix=name), where
        finally:
            connection.execute(f"drop database {name} with (force)".encode())


def _exists(addresses: Addresses, view: str) -> bool:
    with psycopg.connect(addresses.database) as connection:
        found = connection.execute("select to_regclass(%s) is not null", (f"{view}.states",)).fetchone()
    return bool(found and found[0])


def _audit_cpu_seconds() -> float:
    """Processor time of this process's audit, 0 where none runs."""
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
    kafka.wait_until_ready(server.bootstrap, installation.READY_LIMIT_SECONDS)
    return Addresses(database, server.bootstrap)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=4, help="how often each of the two is run")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="casecore-bench-"))
    settings = read_settings({"CASECORE_HOME": str(folder), "CASECORE_HEALTH_PORT": "9620"})
    try:
        stages = measure(settings, _servers(settings), arguments.runs)
    finally:
        installation.stop(settings)
        shutil.rmtree(folder, ignore_errors=True)
    print_stages(stages)
    verdict = "met" if median(costs(stages)) <= GOAL_SHARE else "not met"
    print(f"\n{told(stages)} The goal of {GOAL_SHARE:.0%} is {verdict}.")


if __name__ == "__main__":
    main()
