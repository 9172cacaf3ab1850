"""The simulated machine: one clock, one queue of timed steps, and processes that can be killed or frozen."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from tests.simulation.faults.profile import NO_FAULTS, FaultProfile
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from tests.simulation.servers.network import Link

ResultT = TypeVar("ResultT")
Steps: TypeAlias = Generator[float, None, ResultT]
"""What a process does: at each yield that many seconds pass, and anything may happen in between."""

STEP_LIMIT = 400_000
"""Ten times the steps of the longest run: an endless loop is reported, and does not hang the campaign."""

_LONGEST_FREEZE_SECONDS = 25.0
_SHORT_FREEZE_SECONDS = 2.0
_NAP_SECONDS = 0.1  # between two checks whether a frozen process was woken early
_LONGEST_DELAY_SECONDS = 8.0
_LONGEST_DISK_SECONDS = 4.0
_RESTART_SECONDS = 1.0


class Process:
    """A process of the program: its threads run until it ends, all at once."""

    def __init__(self, world: World, name: str, incarnation: int) -> None:
        self.world = world
        self.name = name
        self.incarnation = incarnation
        self.ended = False
        self.spared = False  # from faults, since it is not a part of the program
        self.wakes_at = 0.0
        self.links: list[Link] = []
        self.restart: Callable[[], None] | None = None

    def __str__(self) -> str:
        return f"{self.name}.{self.incarnation}"

    @property
    def frozen(self) -> bool:
        """Whether it is stopped, and continues later."""
        return self.wakes_at > self.world.now

    def run(self, steps: Steps[Any]) -> None:
        """Start another thread."""
        self.world.push(0.0, Thread(self, steps))

    def end(self) -> None:
        """End the process: the operating system closes every connection."""
        self.ended = True
        for link in self.links:
            link.killed()
        self.links.clear()


class Thread:
    """One sequence of steps of a process."""

    __slots__ = ("process", "steps")

    def __init__(self, process: Process, steps: Steps[Any]) -> None:
        self.process = process
        self.steps = steps


class World:
    """Every random choice comes from one seed, so a run can be repeated step by step."""

    def __init__(self, random: Random, profile: FaultProfile, trace: Trace) -> None:
        self.random = random
        self.profile = profile
        self.trace = trace
        self.now = 0.0
        self.steps = 0
        self.processes: dict[str, Process] = {}
        self._queue: list[tuple[float, int, Thread | Callable[[], None]]] = []
        self._count = 0

    @property
    def faults_active(self) -> bool:
        """Whether faults are still injected."""
        return self.profile is not NO_FAULTS

    def push(self, delay_seconds: float, what: Thread | Callable[[], None]) -> None:
        """Schedule a step after a delay."""
        self._count += 1
        heapq.heappush(self._queue, (self.now + delay_seconds, self._count, what))

    def supervise(self, name: str, body: Callable[[Process], Steps[None]], incarnation: int = 1) -> None:
        """Run a process, and start it again whenever it has ended."""
        process = self.processes[name] = Process(self, name, incarnation)

        def steps() -> Steps[None]:
            yield from body(process)
            self.end(process)

        process.restart = lambda: self.supervise(name, body, incarnation + 1)
        process.run(steps())

    def attend(self, name: str, steps: Steps[None]) -> None:
        """Run a process that is not a part of the program; no fault is injected into it."""
        process = Process(self, name, 1)
        process.spared = True
        process.run(steps)

    def end(self, process: Process) -> None:
        """End a process; its supervisor starts the next one a moment later."""
        if not process.ended:
            process.end()
            if process.restart is not None:
                self.push(0.05 + _RESTART_SECONDS * self.random.random(), process.restart)

    def run_until(self, at_seconds: float, done: Callable[[], bool] | None = None) -> bool:
        """Perform the steps up to an instant; returns True as soon as `done` does."""
        queue = self._queue
        while queue and queue[0][0] <= at_seconds:
            self.now, _, what = heapq.heappop(queue)
            self.steps += 1
            if self.steps > STEP_LIMIT:
                raise AssertionError(f"{STEP_LIMIT} steps: the run does not end")
            if isinstance(what, Thread):
                self._step(what)
            else:
                what()
            if done is not None and done():
                return True
        self.now = max(self.now, at_seconds)
        return False

    def _step(self, thread: Thread) -> None:
        process = thread.process
        if process.ended:
            return
        if process.wakes_at > self.now:
            self.push(min(process.wakes_at - self.now, _NAP_SECONDS), thread)
            return
        profile = self.profile
        if (profile.kill or profile.freeze) and not process.spared:
            drawn = self.random.random()
            if drawn < profile.kill:
                self.meet(f"killed: {_kind(process)}", str(process))
                self.end(process)
                return
            if drawn < profile.kill + profile.freeze:
                self.freeze(process)
                self.push(_NAP_SECONDS, thread)
                return
        try:
            delay_seconds = next(thread.steps)
        except StopIteration:
            return
        self.push(delay_seconds, thread)

    def freeze(self, process: Process, least_seconds: float = 0.1) -> None:
        """Freeze a process, as SIGSTOP does: it keeps its connections and locks, and continues later."""
        longest = _LONGEST_FREEZE_SECONDS if self.random.random() < 0.5 else _SHORT_FREEZE_SECONDS
        seconds = least_seconds + longest * self.random.random()
        process.wakes_at = self.now + seconds
        self.meet(f"frozen: {_kind(process)}", str(process))

    def replace(self, process: Process) -> None:
        """Freeze a process and end its sessions, so that another one takes its place."""
        self.freeze(process, 1.0)
        for link in list(process.links):
            link.end()

    def wake_others(self, process: Process) -> Steps[None]:
        """Wake frozen processes of the same kind while this one is at work."""
        for other in self.processes.values():
            if other is not process and other.frozen and _kind(other) == _kind(process):
                self.meet(f"zombie woke while its successor was at work: {_kind(other)}", str(other))
                other.wakes_at = self.now
                yield 2 * _NAP_SECONDS * self.random.random()

    def chance(self, probability: float) -> bool:
        """Whether an event of this probability happens now."""
        return probability > 0 and self.random.random() < probability

    def delay(self) -> float:
        """How long a message takes, in seconds."""
        random = self.random.random
        if self.profile.slow and random() < self.profile.slow:
            self.trace.met["slow message"] += 1
            return _LONGEST_DELAY_SECONDS * random() ** 2
        return 0.003 * random()

    def disk(self, longest_seconds: float = _LONGEST_DISK_SECONDS) -> float:
        """How long a commit waits for the disk, in seconds."""
        if self.chance(self.profile.slow_disk):
            self.trace.met["slow disk"] += 1
            return longest_seconds * self.random.random() ** 2
        return 0.0

    def meet(self, what: str, process: str = "") -> None:
        """Count a fault or a state."""
        self.trace.meet(what, self.now, process)

    def log(self, source: object, text: str, *details: object) -> None:
        """Add a line to the trace, if it is detailed."""
        if self.trace.detailed:
            self.trace.log(self.now, str(source), text.format(*details))


def _kind(process: Process) -> str:
    return process.name.rstrip("0123456789 ")
