"""One life of everything from one seed: a storm of faults, then calm; and whether the laws held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple

from casecore.commands.admission import Admitted
from casecore.commands.protocol import Reply
from tests.simulation import laws, relays, runners, storm
from tests.simulation.buses import Bus, BusParts
from tests.simulation.callers import Ledger, caller, script
from tests.simulation.group import Group
from tests.simulation.kafka import Kafka
from tests.simulation.laws import Broken
from tests.simulation.places import PARTITIONS
from tests.simulation.relays import RelayParts
from tests.simulation.runners import RunnerParts
from tests.simulation.store import Store
from tests.simulation.trace import Trace
from tests.simulation.views import Views
from tests.simulation.weather import drawn
from tests.simulation.world import Process, Steps, World

CATCH_UP_SECONDS = 60.0
"""After the faults, until every command is answered, published and folded."""
_LOOK_SECONDS = 0.5


class Parts(NamedTuple):
    """Of what the program is made; a defect is another part."""

    bus: BusParts = BusParts()
    relay: RelayParts = RelayParts()
    runner: RunnerParts = RunnerParts()
    store: type[Store] = Store


PROGRAM = Parts()


class Result(NamedTuple):
    """How a life went: which laws were broken, what was met, and how long it took."""

    seed: int
    broken: list[Broken]
    met: Counter[str]
    steps: int
    caught_up_seconds: float
    lines: list[str]


class Life:
    """The servers, the processes of the program, and those who give commands."""

    def __init__(self, seed: int, parts: Parts, telling: bool) -> None:
        random = Random(seed)
        self.trace = Trace(telling)
        self.world = world = World(random, drawn(random), self.trace)
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
        world.tell("world", "{}", world.weather)

    def begin(self) -> None:
        """Start every process, and let the storm begin."""
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
        storm.begin(world, self.store, self.kafka, self.views, self.group)

    def run(self) -> float:
        """Storm and calm; returns how long it took after the storm until all was caught up, in seconds."""
        world = self.world
        storm_ends_at = world.weather.storm_seconds
        while world.now < storm_ends_at and not self.broken:
            world.run_until(min(world.now + 4.0, storm_ends_at))
            self._check_now()
        storm.end(world, self.store, self.kafka, self.views)
        return self._calm()

    def _calm(self) -> float:
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
        """With what relays and runners have ended that only an operator can mend."""
        return [what for what in self.trace.met if "refused:" in what]

    def give_more(self, length: int) -> None:
        """Somebody gives further commands."""
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
            self.world.meet(f"BROKEN {one.law}: {one.what}" if self.trace.telling else "broken law")
            self.broken.append(one)

    def _poison(self, commands: Iterable[Admitted[Any]]) -> None:
        """Some streams will have an event whose row the view's database refuses."""
        for admitted in commands:
            if self.world.chance(self.world.weather.poison):
                stream_id = admitted.decider.stream_of(admitted.command)
                self.views.refused.add((stream_id, self.world.random.randint(1, 5)))

    def _bus(self, process: Process) -> Steps[None]:
        bus = self.buses[process.name] = Bus(self.world, process, self.store, self.parts.bus)
        return bus.run()

    def _relay(self, process: Process) -> Steps[None]:
        return relays.run(self.world, process, self.store, self.kafka, self.parts.relay)

    def _runner(self, process: Process) -> Steps[None]:
        return runners.run(self.world, process, self.group, self.views, self.parts.runner)


def live(seed: int, parts: Parts = PROGRAM, telling: bool = False) -> Result:
    """Live through one seed; the same seed gives the same life."""
    life = Life(seed, parts, telling)
    life.begin()
    caught_up_seconds = life.run()
    return Result(seed, life.broken, life.trace.met, life.world.steps, caught_up_seconds, life.trace.lines)
