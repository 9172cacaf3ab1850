"""Durable one-event commands from 64 callers, beside the eventsourcing library's own application."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Barrier, Thread

import psycopg

from bench.findings import Findings, Options, Row, Verdict, median_rate
from bench.load import message, opening
from bench.measurements import Measurement
from bench.peers.application import PeerApplication
from bench.servers import copy_same_bytes
from bench.stages import Stage, Stages
from casecore.app.deciders import DECIDERS
from casecore.cases.commands import CaseCommand
from casecore.commands.bus import CommandBus

CALLERS = 64
GOAL, GOAL_TIMES = 13_000, 20
_AT_WORK = 640
"""Cases that the callers write on in turn: ten each, since a help desk writes on the same cases repeatedly.
"""

OURS = "command bus, 64 callers, a message to one of 640 cases"
OURS_COLD = "command bus, 64 callers, a message to a case not touched before"
OURS_OPENING = "command bus, 64 callers, each command opens a case"
PEER = "peer: eventsourcing Application, 64 threads, as it comes"
PEER_ALONE = "peer: eventsourcing Application, 1 thread, as it comes"
PEER_TUNED = "peer: eventsourcing Application, 64 threads, a connection for each"
PEER_CACHED = "peer: eventsourcing Application, 1 thread, with its aggregate cache"
COPY = "limit: COPY of the same events and receipts, one commit"
SYNCS = "limit: fdatasync of 8 KiB, one after another"


def measure(stages: Stages, options: Options) -> Findings:
    """All in turn, `runs` times."""
    commands, peers = options.sized(40_000, 2_000), options.sized(2_000, 320)
    stage = stages.stage("bus")
    peer = PeerApplication(stages.database("peer_application"))
    tuned = PeerApplication(stages.database("peer_tuned"), pool_size=CALLERS)
    cached = PeerApplication(stages.database("peer_cached"), pool_size=1, cache=1_000)
    measurements: list[Measurement] = []
    try:
        for run in range(options.runs):
            measurements += _ours(stage, run, commands)
            measurements.append(together(PEER, peer.posters(CALLERS, peers // CALLERS)))
            measurements.append(together(PEER_TUNED, tuned.posters(CALLERS, peers // CALLERS)))
            measurements.append(together(PEER_ALONE, peer.posters(1, peers)))
            measurements.append(together(PEER_CACHED, cached.posters(1, peers)))
            measurements.append(copy_same_bytes(stage.addresses, commands, COPY))
            measurements.append(_syncs(stages.home / "syncs", options.sized(2_000, 200)))
    finally:
        peer.close()
        tuned.close()
        cached.close()
    ours = median_rate(measurements, OURS)
    default = max(median_rate(measurements, PEER), median_rate(measurements, PEER_ALONE))
    verdicts = (
        Verdict("durable commands a second, 64 callers", ours, GOAL, "commands/s"),
        Verdict(
            "times eventsourcing's Application as it comes, the better of 1 and 64 threads",
            ours / default,
            GOAL_TIMES,
            "times",
        ),
    )
    tuned_times = ours / median_rate(measurements, PEER_TUNED)
    note = f"Ours is {tuned_times:.1f} times as fast as the peer with a connection for each of 64 threads."
    return Findings(measurements, (), verdicts, dict.fromkeys((OURS, OURS_COLD, OURS_OPENING), COPY), (note,))


ROW = Row("bus", "Durable commands from many callers", measure)


def together(name: str, givers: Sequence[Callable[[], int]]) -> Measurement:
    """Callers in threads that begin at one moment, until the last has its last answer."""
    barrier = Barrier(len(givers) + 1)
    counts: list[int] = []

    def run(giver: Callable[[], int]) -> None:
        barrier.wait()
        counts.append(giver())

    threads = [Thread(target=run, args=(giver,)) for giver in givers]
    for thread in threads:
        thread.start()
    barrier.wait()
    started_at = time.monotonic()
    for thread in threads:
        thread.join()
    if len(counts) < len(givers):
        raise SystemExit(f"{name}: {len(givers) - len(counts)} of {len(givers)} callers failed")
    return Measurement(name, sum(counts), "commands", time.monotonic() - started_at)


def _ours(stage: Stage, run: int, commands: int) -> list[Measurement]:
    names = [f"r{run}-{number}" for number in range(max(commands, _AT_WORK))]
    each = commands // CALLERS
    opened = [[opening(name) for name in names[caller::CALLERS][:each]] for caller in range(CALLERS)]
    cold = [[message(one.case) for one in mine] for mine in opened]
    warm = [[message(mine[place % (_AT_WORK // CALLERS)].case) for place in range(each)] for mine in opened]
    measurements = []
    with psycopg.connect(stage.addresses.database, autocommit=True) as connection:
        for name, given in ((OURS_OPENING, opened), (OURS_COLD, cold), (OURS, warm)):
            # A new bus for each, so that nothing is cached.
            with CommandBus(stage.addresses.database, DECIDERS, "vendor") as bus:
                measurements.append(together(name, [_giver(bus, mine) for mine in given]))
            connection.execute("vacuum analyze casecore.stored_events, casecore.receipts")
    return measurements


def _giver(bus: CommandBus, commands: Sequence[CaseCommand]) -> Callable[[], int]:
    def give() -> int:
        for command in commands:
            answer = bus.give(command)
            if answer.events != 1:
                raise SystemExit(f"a command led to {answer.events} events, and should to one")
        return len(commands)

    return give


def _syncs(path: Path, count: int) -> Measurement:
    """Syncs on the disk of the database."""
    block = b"\0" * 8192
    with path.open("wb", buffering=0) as file:
        started_at = time.monotonic()
        for _ in range(count):
            file.write(block)
            os.fdatasync(file.fileno())
        seconds = time.monotonic() - started_at
    path.unlink()
    return Measurement(SYNCS, count, "syncs", seconds)
