"""Many simulated runs on all processors, what they met, and how soon each deliberate defect is caught.

`python -m tests.simulation.campaign --seeds 10000` writes bench/results/simulation.json; `--seed 1234` prints
one run step by step.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.simulation import laws
from tests.simulation.defects.catalogue import DEFECTS
from tests.simulation.laws import Broken
from tests.simulation.run import CATCH_UP_SECONDS, Result, simulate

RESULTS = Path("bench/results/simulation.json")
CAUGHT_WITHIN = 300
"""The number of seeds within which a defect must be caught."""
RARE = {"a successor's transaction taken for a hanging one": 2_000}
"""The same for a defect that needs several rare faults; the simulation found this one in the program."""
CAUGHT_LAST_BY = {
    "a successor's transaction taken for a hanging one": 1_699,
    "no wait for the last transaction": 104,
    "place from the highest position alone": 92,
    "a fenced producer takes a newer epoch": 46,
    "a replaced runner is not fenced": 19,
    "states remembered over a claim": 11,
    "a lock without a fence": 11,
    "no barrier at the start": 10,
}
"""A seed that has caught a defect, for those that take more than ten: a test tries it before all others."""

MUST_MEET = (
    "BatchInvisible", "Fenced", "KafkaGone", "LockLost", "DatabaseUnavailable",
    "a committed batch of the view", "a consumer that fetches nothing",
    "a hanging transaction was aborted", "a relay passed over a record of another program",
    "a request nobody waits for was done", "a send failed",
    "a session idle in its transaction was ended", "answer lost, but done: kafka: commit",
    "answer lost, but done: store: commit", "answer lost, but done: views: commit",
    "broker killed right after", "bus: AppendConflict", "bus: batch of several", "bus: DatabaseUnavailable",
    "clock an hour off", "command sent again after an unknown outcome", "frozen: bus", "frozen: relay",
    "frozen: runner", "killed: bus", "killed: relay", "killed: runner", "marker written late",
    "markers never written", "over its poll interval", "rebalance in the middle of a batch",
    "record parked", "request lost: kafka: commit", "request lost: store: commit",
    "request lost: views: commit", "runner fenced by the offsets' owner", "runner frozen between",
    "session ended: store", "session ended: views", "sessions of a frozen process ended",
    "stopped: kafka", "stopped: store", "stopped: views", "the coordinator gave another producer id",
    "thrown out of the group: silent", "transaction timed out", "waited for a lock of the store",
    "waited for a lock of the view", "write refused", "zombie: relay replaced while frozen",
)  # fmt: skip
"""Parts of the names of what a thousand runs must meet; otherwise the simulation tests less than it should.
"""


class Summary(NamedTuple):
    """The outcome of a range of seeds."""

    seeds: int
    steps: int
    met: Counter[str]
    broken: list[tuple[int, Broken]]
    longest: Result | None


class Caught(NamedTuple):
    """The seed at which a defect was caught, the number of seeds run until then, and the broken law."""

    seeds: int
    seed: int
    law: str


def simulate_all(seeds: Sequence[int]) -> Summary:
    """Run every seed of a range."""
    steps, met, broken, longest = 0, Counter[str](), [], None
    for seed in seeds:
        result = simulate(seed)
        steps += result.steps
        met.update(result.met)
        broken += [(seed, one) for one in result.broken]
        if longest is None or result.caught_up_seconds > longest.caught_up_seconds:
            longest = result._replace(lines=[], met=Counter())
    return Summary(len(seeds), steps, met, broken, longest)


def never_met(met: Counter[str]) -> list[str]:
    """What of MUST_MEET was not met."""
    return [part for part in MUST_MEET if not any(part in name and count for name, count in met.items())]


def catch(name: str, start: int = 0) -> Caught | None:
    """Run with a defect until a law is broken; None if that takes too many seeds."""
    for seed in range(start, start + RARE.get(name, CAUGHT_WITHIN)):
        law = _seen(name, seed)
        if law:
            return Caught(seed - start + 1, seed, law)
    return None


def is_caught(name: str) -> str | None:
    """The law by which a defect is caught within its seeds; None if it is not caught."""
    seed = CAUGHT_LAST_BY.get(name)
    law = _seen(name, seed) if seed is not None else ""
    caught = None if law else catch(name)
    return law or (caught.law if caught else None)


def _seen(name: str, seed: int) -> str:
    try:
        broken = simulate(seed, DEFECTS[name]).broken
    except Exception as error:  # a part of the program fails in a way that it never does
        return f"a process fails: {type(error).__name__}"
    return broken[0].law if broken else ""


def print_run(seed: int) -> int:
    """Print one run step by step; returns the exit code."""
    result = simulate(seed, detailed=True)
    for line in result.lines:
        print(line)
    for broken in result.broken:
        print(f"BROKEN {broken.law}\n  {broken.what}")
    print(f"{result.steps} steps; caught up {result.caught_up_seconds:.1f} s after the last fault")
    return 1 if result.broken else 0


def run(count: int, start: int, workers: int) -> int:
    """Many runs, then every defect; prints and writes the outcome, and returns the exit code."""
    began = time.monotonic()
    size = max(1, min(100, count // workers))
    ranges = [range(at, min(at + size, start + count)) for at in range(start, start + count, size)]
    parts: list[Summary] = []
    with ProcessPoolExecutor(workers) as pool:
        for part in pool.map(simulate_all, ranges):
            parts.append(part)
            print(f"\r{sum(p.seeds for p in parts)} of {count} runs", end="", file=sys.stderr, flush=True)
        seconds = time.monotonic() - began
        caught = dict(zip(DEFECTS, pool.map(partial(catch, start=start), DEFECTS), strict=True))
    print(file=sys.stderr)
    found = _results(parts, caught, start, seconds, workers)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    _print(found, [one for part in parts for one in part.broken])
    return 1 if any(part.broken for part in parts) or None in caught.values() else 0


def _results(
    parts: Sequence[Summary], caught: dict[str, Caught | None], start: int, seconds: float, workers: int
) -> dict[str, object]:
    met: Counter[str] = Counter()
    for part in parts:
        met.update(part.met)
    longest = max((p.longest for p in parts if p.longest), key=lambda result: result.caught_up_seconds)
    broken = Counter(one.law for part in parts for _, one in part.broken)
    return {
        "seeds": sum(part.seeds for part in parts),
        "start": start,
        "steps": sum(part.steps for part in parts),
        "seconds": round(seconds, 1),
        "workers": workers,
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "laws_broken": {law: broken[law] for law in laws.LAWS},
        "catch_up_limit_seconds": CATCH_UP_SECONDS,
        "slowest_catch_up": {"seed": longest.seed, "seconds": round(longest.caught_up_seconds, 1)},
        "never_met": never_met(met),
        "met": dict(sorted(met.items())),
        "defects": {name: one._asdict() if one else None for name, one in caught.items()},
    }


def _print(found: dict[str, object], broken: list[tuple[int, Broken]]) -> None:
    met, defects = found["met"], found["defects"]
    assert isinstance(met, dict)
    assert isinstance(defects, dict)
    for name, count in met.items():
        print(f"{count:10,}  {name}")
    print("\nDefects, and after how many seeds each is caught:")
    for name, one in defects.items():
        print(f"{one['seeds'] if one else 'never':>10}  {name}  ({one['law'] if one else ''})")
    print(f"\n{found['seeds']:,} runs of {found['steps']:,} steps in {found['seconds']} s")
    print(f"slowest catch-up: {found['slowest_catch_up']}; never met: {found['never_met'] or 'nothing'}")
    for seed, one in broken[:20]:
        print(f"BROKEN at seed {seed}: {one.law}: {one.what[:300]}")
    print("laws broken:", len(broken) or "none")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many runs")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="print this one run, step by step")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes side by side")
    given = parser.parse_args()
    if given.seed is not None:
        return print_run(given.seed)
    return run(given.seeds, given.start, given.workers)


if __name__ == "__main__":
    sys.exit(main())
