"""Killing a process of the running program at a named point, and seeing that it was."""

from __future__ import annotations

import random
import signal

from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, at_point
from tests.faults.injection.stopping import POINTS
from tests.waiting import wait_until

FIRST_ONLY = ("relay.locked", "relay.fenced", "relay.barrier", "runner.claimed")
"""Points that a process passes once; the others it passes with each batch."""

RELAY_POINTS = sorted(point for point in POINTS if point.startswith("relay."))
RUNNER_POINTS = sorted(point for point in POINTS if point.startswith("runner."))
BUS_POINTS = sorted(point for point in POINTS if point.startswith("bus."))


def _nth(chance: random.Random, point: str) -> int:
    """At which time the point stops its process."""
    return 1 if point in FIRST_ONLY else chance.randrange(1, 9)


def stop_one_at(
    program: SupervisedProgram, name: str, point: str, chance: random.Random, *arguments: str
) -> None:
    """Let a kept process be replaced by one that stops itself, and wait until it has done that.

    `chance` says at which time the point stops it.
    """
    before = len(program.codes(name))
    program.replace(name, *at_point(point, _nth(chance, point), "kill", *arguments))
    wait_until(
        lambda: len(program.codes(name)) > before, f"{name} stops at {point}\n{program.complaints()}", 60
    )
    assert program.codes(name)[-1] == -signal.SIGKILL, program.said(name)[-2000:]


def stop_giver_at(program: SupervisedProgram, load: Load, point: str, chance: random.Random) -> None:
    """Let the giver be replaced by one that stops itself, and wait until it has done that.

    `chance` says at which time the point stops it.
    """
    before = len(program.codes("giver")) + load.stop_at(point, _nth(chance, point))
    wait_until(
        lambda: len(program.codes("giver")) > before,
        f"the giver stops at {point}\n{program.complaints()}",
        60,
    )
    assert program.codes("giver")[-1] == -signal.SIGKILL, program.said("giver")[-2000:]
