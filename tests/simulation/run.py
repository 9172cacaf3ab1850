"""One simulated run from one seed: a time with faults, a time without, and whether the laws held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple

from casecore.commands.admission import Admitted
from casecore.commands.protocol import Reply
from tests.simulation import laws
from tests.simulation.callers import Ledger, caller, script
from tests.simulation.drivers import relay as relays
from tests.simulation.drivers import runner as runners
from tests.simulation.drivers.bus import Bus, BusParts
from tests.simulation.drivers.relay import RelayParts
from tests.simulation.drivers.runner import RunnerParts
from tests.simulation.faults import schedule as schedule
from tests.simulation.faults.profile import draw_profile
from tests.simulation.laws import Broken
from tests.simulation.places import PARTITIONS
from tests.simulation.servers.group import Group
from tests.simulation.servers.kafka import Kafka
from tests.simulation.servers.store import Store
from tests.simulation.servers.views import Views
from tests.simulation.trace import Trace
from tests.simulation.world import Process, Steps, World

CATCH_UP_SECONDS = 60.0
"""After the last fault, until every command is answered, published and folded."""
_LOOK_SECONDS = 0.5


class Parts(NamedTuple):
    """The classes that make up the program; a defect replaces one of them."""

    bus: BusParts = BusParts()
    relay: RelayParts = RelayParts()
    runner: RunnerParts = RunnerParts()
    store: type[Store] = Store


PROGRAM = Parts()


class Result(NamedTuple):
    """The outcome of a run: the broken laws, the counts of its trace, and how long it took."""

    seed: int
    broken: list[Broken]
    met: Counter[str]
    steps: int
    caught_up_seconds: float
    lines: list[str]


class SimulationRun:
    """The servers, the processes of the program, and the callers that give commands."""

    def __init__(self, seed: int, parts: Parts, detailed: bool) -> None:
        random = Random(seed)
        self._foreign_records = Random(f"{seed} foreign records")
        self.trace = Trace(detailed)
        profile = draw_profile(random, self._foreign_records)
        self.world = world = World(random, profile, self.trace)
        self.parts = parts
        self.store = parts.store(world)
        self.kafka = Kafka(world, PARTITIONS)
        self.views = Views(world)
        self.group = Group(world, self.kafka)
        self.ledger = Ledger()
        self.ledger.heard = self._heard
        self.buses: dict[str, Bus] = {}
        self.broken: list[Broken] = []
        self._unanswered = 0
        world.log("world", "{}", world.profile)

    def begin(self) -> None:
        """Start every process and every fault."""
        world, random = self.world, self.world.random
        for number in range(random.randint(1, 2)):
            world.supervise(f"bus {number}", self._bus)
        for number in range(random.randint(1, 2)):
            world.supervise(f"relay {number}", self._relay)
        for number in range(random.randint(1, 3)):
            world.supervise(f"runner {number}", self._runner)
        for number in range(random.randint(2, 5)):
            commands = script(random, random.randint(6, 20))
            self._poison(commands)
            world.attend(f"caller {number}", caller(world, self.ledger, self.buses, commands))
        schedule.begin(world, self.store, self.kafka, self.views, self.group, self._foreign_records)

    def complete(self) -> float:
        """Run with faults, then without; returns the seconds from the last fault until all is caught up."""
        world = self.world
        faults_end_at = world.profile.fault_seconds
        while world.now < faults_end_at and not self.broken:
            world.run_until(min(world.now + 4.0, faults_end_at))
            self._check_now()
        schedule.end(world, self.store, self.kafka, self.views)
        return self._catch_up()

    def _catch_up(self) -> float:
        world, waiting_since = self.world, self.world.now
        while not self.broken:
            world.run_until(world.now + _LOOK_SECONDS)
            if self.ledger.unanswered:
                waiting_since = world.now if self._was_answered() else waiting_since
                behind = f"{self.ledger.unanswered} commands are not answered"
            else:
                behind = laws.lag(self.store, self.kafka, self.views)
                if not behind:
                    break
            if world.now - waiting_since > CATCH_UP_SECONDS:
                self._note([Broken(laws.CATCHES_UP, behind)])
        self._check_now()
        self._note(laws.of_log(self.store, self.ledger))
        self._note(Broken(laws.NOT_REFUSED, what) for what in self.refusals())
        return world.now - waiting_since

    def refusals(self) -> list[str]:
        """The refusals with which relays and runners have ended, and that only an operator can fix."""
        return [what for what in self.trace.met if "refused:" in what]

    def give_more(self, length: int) -> None:
        """Start another caller, which gives further commands."""
        commands = script(self.world.random, length)
        self.world.attend("late caller", caller(self.world, self.ledger, self.buses, commands))

    def _was_answered(self) -> bool:
        before, self._unanswered = self._unanswered, self.ledger.unanswered
        return before != self._unanswered

    def _check_now(self) -> None:
        self._note(laws.of_topics(self.store, self.kafka))
        self._note(laws.of_view(self.views, self.kafka))

    def _heard(self, admitted: Admitted[Any], reply: Reply) -> None:
        self._note(laws.of_answer(self.store, self.ledger, admitted, reply))

    def _note(self, broken: Iterable[Broken]) -> None:
        for one in broken:
            self.world.meet(f"BROKEN {one.law}: {one.what}" if self.trace.detailed else "broken law")
            self.broken.append(one)

    def _poison(self, commands: Iterable[Admitted[Any]]) -> None:
        """Choose streams that get an event whose row the view's database refuses."""
        for admitted in commands:
            if self.world.chance(self.world.profile.poison):
                stream_id = admitted.decider.stream_of(admitted.command)
                self.views.refused.add((stream_id, self.world.random.randint(1, 5)))

    def _bus(self, process: Process) -> Steps[None]:
        bus = self.buses[process.name] = Bus(self.world, process, self.store, self.parts.bus)
        return bus.run()

    def _relay(self, process: Process) -> Steps[None]:
        return relays.run(self.world, process, self.store, self.kafka, self.parts.relay)

    def _runner(self, process: Process) -> Steps[None]:
        return runners.run(self.world, process, self.group, self.views, self.parts.runner)


def simulate(seed: int, parts: Parts = PROGRAM, detailed: bool = False) -> Result:
    """Run one seed; the same seed gives the same run."""
    run = SimulationRun(seed, parts, detailed)
    run.begin()
    caught_up_seconds = run.complete()
    return Result(seed, run.broken, run.trace.met, run.world.steps, caught_up_seconds, run.trace.lines)
