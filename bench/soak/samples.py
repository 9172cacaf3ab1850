"""The memory of processes over time, and whether it is flat."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

EVERY_SECONDS = 5.0

MOST_GROWTH_SHARE = 0.10
"""Memory is flat if it grows by less than a tenth of itself in an hour, as far as the samples prove."""
_CONFIDENCE = 1.96  # standard deviations on either side: 95 of 100


class Memory(NamedTuple):
    """Of a process, or of a server's processes together, in MiB.

    `rss` counts shared memory once for each process that maps it. For a server of many processes `pss` is
    right, which has each process's part of the shared memory; `uss` is a process's private memory.
    """

    rss: float
    pss: float
    uss: float


class Sample(NamedTuple):
    """A sample, taken `at_seconds` after the load began; lags are in events or records."""

    at_seconds: float
    memories: Mapping[str, Memory]
    lags: Mapping[str, float]
    pids: Mapping[str, int]


class Slope(NamedTuple):
    """MiB an hour: the median of the slopes between all pairs of samples, and its bounds (Theil, Sen)."""

    median: float
    lowest: float
    highest: float


def memory(processes: Sequence[psutil.Process]) -> Memory | None:
    """The memory of processes together; None if all have ended."""
    found = []
    for process in processes:
        try:
            found.append(process.memory_full_info())
        except psutil.NoSuchProcess:  # it has just ended
            continue
    if not found:
        return None
    rss, pss, uss = (sum(getattr(one, field) for one in found) / 2**20 for field in ("rss", "pss", "uss"))
    return Memory(rss, pss, uss)


def postgres_processes(home: Path) -> list[psutil.Process]:
    """The server below a home folder and all of its sessions."""
    pid = int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    server = psutil.Process(pid)
    return [server, *server.children(recursive=True)]


def slope(samples: Sequence[tuple[float, float]]) -> Slope:
    """The slope of samples, each a second and a value; zero for fewer than three.

    Robust: a jump of some samples does not move the median of all pairs. The bounds are Sen's, by the
    variance of Kendall's statistic.
    """
    pairs = sorted(
        (b[1] - a[1]) / (b[0] - a[0]) * 3600
        for place, a in enumerate(samples)
        for b in samples[place + 1 :]
        if b[0] > a[0]
    )
    count = len(samples)
    if count < 3 or not pairs:
        return Slope(0.0, 0.0, 0.0)
    spread = _CONFIDENCE * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    lowest = max(round((len(pairs) - spread) / 2), 0)
    highest = min(round((len(pairs) + spread) / 2), len(pairs) - 1)
    return Slope(statistics.median(pairs), pairs[lowest], pairs[highest])


def is_flat(found: Slope, median_mib: float) -> bool:
    """Whether the slope's upper bound is less than the share of the memory that flat allows."""
    return found.highest < MOST_GROWTH_SHARE * median_mib
