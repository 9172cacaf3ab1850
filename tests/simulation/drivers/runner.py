"""A simulated runner of the view: the real membership and fold, on the simulated group and database."""

from __future__ import annotations

from typing import NamedTuple

from projections.kit.errors import Fenced, ProjectionError
from projections.kit.logic import Fold, Outcome
from projections.kit.membership import Membership, Patience
from tests.simulation.drivers.runner_driver import TOPICS, RunnerHands
from tests.simulation.drivers.storage import Storage
from tests.simulation.servers.group import Group
from tests.simulation.servers.views import Views
from tests.simulation.tally import TALLY
from tests.simulation.world import Process, Steps, World


class Quiet:
    """A status that only counts."""

    def __init__(self, world: World) -> None:
        self._world = world

    def well(self) -> None:
        """Nothing to say."""

    def troubled(self, what: str) -> None:
        """Say it to a reader of this life."""
        self._world.tell("runner", "troubled: {}", what)

    def settled(self, outcome: Outcome) -> None:
        """Count what happened to records."""
        met = self._world.trace.met
        met["batch settled"] += 1
        met["record repeated for a view"] += outcome.repeated
        met["record parked"] += len(outcome.parked)

    def behind(self, records: int) -> None:
        """Nothing to say."""

    def keeps(self, partitions: int) -> None:
        """Nothing to say."""

    def parked(self, keys: int, records: int) -> None:
        """Nothing to say."""


class RunnerParts(NamedTuple):
    """Of what a runner is made; a defect is another part."""

    membership: type[Membership] = Membership
    fold: type[Fold] = Fold
    storage: type[Storage] = Storage
    hands: type[RunnerHands] = RunnerHands


def run(world: World, process: Process, group: Group, views: Views, parts: RunnerParts) -> Steps[None]:
    """A runner's process: one membership after the other, until it meets what only an operator can mend."""
    patience, status = Patience(), Quiet(world)
    while True:
        hands = parts.hands(world, process, group, views, parts)
        steps = parts.membership(TALLY.name, TOPICS, patience, status).steps()
        try:
            request = next(steps)
            while True:
                request = steps.send((yield from hands.perform(request)))
        except Fenced as fenced:
            world.tell(process, "starts again: {}", fenced)
            world.trace.met["runner: began a new membership"] += 1
            yield from farewell(world, hands)
        except ProjectionError as error:
            world.meet(f"runner refused: {type(error).__name__}", str(process))
            return


def farewell(world: World, hands: RunnerHands) -> Steps[None]:
    """Give the batch in flight its last moment, then leave group and database."""
    give_up_at = world.now + 3.0
    while hands.in_flight is not None and not hands.in_flight.done and world.now < give_up_at:
        yield 0.05
    hands.release()
    hands.consumer.leave()
