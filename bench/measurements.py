"""Measurements, the machine on which they were taken, and their table."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psutil

from casecore.local.kafka import KAFKA_VERSION
from casecore.local.postgres import POSTGRES_VERSION


class Measurement(NamedTuple):
    """One measurement: how many of what, in how many seconds."""

    name: str
    count: int  # type: ignore[assignment]
    unit: str
    seconds: float

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.count / self.seconds


def machine() -> Mapping[str, str]:
    """The machine and the versions."""
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
    """The processor's name, if the kernel gives it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )


def print_measurements(measurements: Sequence[Measurement]) -> None:
    """Print a table in Markdown."""
    print("| stage | count | seconds | a second |\n|---|---|---|---|")
    for one in measurements:
        print(f"| {one.name} | {one.count:,} {one.unit} | {one.seconds:.2f} | {one.rate:,.0f} |")
