"""A simulated runner: the program's membership and fold on the simulated group and database."""

from __future__ import annotations

from typing import NamedTuple

from projections.kit.errors import Fenced, ProjectionError
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.runner.protocol import JoinBackoff, RunnerProtocol
from tests.simulation.drivers.runner_driver import TOPICS, RunnerDriver
from tests.simulation.drivers.storage import Storage
from tests.simulation.servers.group import Group
from tests.simulation.servers.views import Views
from tests.simulation.tally import TALLY
from tests.simulation.world import Process, Steps, World


class CountingStatus:
    """A runner's status that counts in the trace."""

    def __init__(self, world: World) -> None:
        self._world = world

    def well(self) -> None:
        """Not counted."""

    def troubled(self, what: str) -> None:
        """Add it to the trace."""
        self._world.log("runner", "troubled: {}", what)

    def settled(self, outcome: FoldOutcome) -> None:
        """Count what happened to records."""
        met = self._world.trace.met
        met["batch settled"] += 1
        met["record repeated for a view"] += outcome.repeated
        met["record parked"] += len(outcome.parked)

    def behind(self, records: int) -> None:
        """Not counted."""

    def keeps(self, partitions: int) -> None:
        """Not counted."""

    def parked(self, keys: int, records: int) -> None:
        """Not counted."""


class RunnerParts(NamedTuple):
    """The classes that make up a runner; a defect replaces one of them."""

    membership: type[RunnerProtocol] = RunnerProtocol
    fold: type[Fold] = Fold
    storage: type[Storage] = Storage
    driver: type[RunnerDriver] = RunnerDriver


def run(world: World, process: Process, group: Group, views: Views, parts: RunnerParts) -> Steps[None]:
    """A runner's process: one membership after the other, until an error that only an operator can fix."""
    backoff, status = JoinBackoff(), CountingStatus(world)
    while True:
        driver = parts.driver(world, process, group, views, parts)
        steps = parts.membership(TALLY.name, TOPICS, backoff, status).steps()
        try:
            request = next(steps)
            while True:
                request = steps.send((yield from driver.perform(request)))
        except Fenced as fenced:
            world.log(process, "starts again: {}", fenced)
            world.trace.met["runner: began a new membership"] += 1
            yield from shut_down(world, driver)
        except ProjectionError as error:
            world.meet(f"runner refused: {type(error).__name__}", str(process))
            return


def shut_down(world: World, driver: RunnerDriver) -> Steps[None]:
    """Wait a moment for the batch in flight, then leave group and database."""
    give_up_at = world.now + 3.0
    while driver.in_flight is not None and not driver.in_flight.done and world.now < give_up_at:
        yield 0.05
    driver.release()
    driver.consumer.leave()
