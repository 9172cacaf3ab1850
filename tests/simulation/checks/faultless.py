"""A simulated world without faults, in which a test does one thing after the other."""

from __future__ import annotations

from random import Random
from typing import TypeVar

from tests.simulation.faults.profile import NO_FAULTS
from tests.simulation.trace import Trace
from tests.simulation.world import Process, Steps, World

ResultT = TypeVar("ResultT")
_LIMIT_SECONDS = 120.0


class FaultlessWorld:
    """A world without faults; `do` returns when its steps are done."""

    def __init__(self) -> None:
        self.world = World(Random(1), NO_FAULTS, Trace())

    def process(self, name: str) -> Process:
        """A process of the program."""
        return Process(self.world, name, 1)

    def do(self, process: Process, steps: Steps[ResultT]) -> ResultT:
        """Run these steps to their end; raises what they raise."""
        done: list[ResultT] = []

        def thread() -> Steps[None]:
            done.append((yield from steps))

        process.run(thread())
        assert self.world.run_until(self.world.now + _LIMIT_SECONDS, lambda: bool(done)), "it never ends"
        return done[0]

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.world.run_until(self.world.now + seconds)
