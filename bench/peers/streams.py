"""The workload view with quixstreams, run as a process of the peers' own environment."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from uuid import uuid4

import psycopg

from bench.measurements import Measurement
from bench.servers import LIMIT_SECONDS
from bench.stages import Published
from casecore.postgres.connection import connect
from casecore.postgres.limits import HISTORY
from projections.kit.tables import schema
from projections.workload.projection import WORKLOAD

NAME = "peer: workload with quixstreams"
PEERS = Path(".venv/peers/bin/python")


def measure(published: Published) -> Measurement:
    """From its first record to its last written row, into tables of its own, which are dropped again."""
    name, addresses = f"quix_{uuid4().hex[:8]}", published.stage.addresses
    make_tables(addresses.database, name)
    try:
        arguments = (
            addresses.kafka_options,
            published.topic,
            addresses.database,
            name,
            str(published.events),
        )
        result = run(PEERS, "bench.peers.quix_workload", *arguments)
        check_rows(addresses.database, name, published.events)
    finally:
        drop_tables(addresses.database, name)
    return Measurement(NAME, int(result["count"]), "events", result["seconds"])


def make_tables(database: str, name: str) -> None:
    """The workload view's own tables, indexes and all, in a schema of another name."""
    with connect(database, HISTORY) as connection, connection.transaction():
        schema.create(connection, WORKLOAD, name)


def drop_tables(database: str, name: str) -> None:
    """Drop them again."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"drop schema if exists {name} cascade")


def check_rows(database: str, name: str, events: int) -> None:
    """Ends the bench unless the cases' versions, which count their events, add up to all events."""
    with psycopg.connect(database) as connection:
        found = connection.execute(f"select sum(version)::bigint from {name}.cases").fetchone()
    if not found or found[0] != events:
        raise SystemExit(f"the peer's rows hold {found and found[0]} events, and should hold {events}")


def run(python: Path, module: str, *arguments: str) -> dict[str, float]:
    """Run a peer's module to its end; returns what it printed as JSON."""
    if not python.exists():
        raise SystemExit(f"{python} is not there: `make bench` makes it")
    done = subprocess.run(
        [str(python), "-W", "ignore", "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": "src:."},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{module} ended with {done.returncode}: {done.stderr[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result
