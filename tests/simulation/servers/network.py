"""Connections and requests over a network that may lose requests, answers and connections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from tests.simulation.world import Process, Steps, World

AnswerT = TypeVar("AnswerT")

_LATE = 0.4  # of requests that are given up arrive after all
_LATE_SECONDS = 4.0


class Server:
    """A server that can stop and start again; `incarnation` counts its starts."""

    def __init__(self, world: World, name: str, gone: type[Exception]) -> None:
        self.world = world
        self.name = name
        self.gone = gone
        self.up = True
        self.incarnation = 1
        self.links: list[Link] = []

    def stop(self) -> None:
        """Stop at once, and end every connection."""
        self.up = False
        self.world.meet(f"stopped: {self.name}")
        for link in list(self.links):
            link.end()
        self.links.clear()

    def start(self) -> None:
        """Start again."""
        self.up = True
        self.incarnation += 1
        self.world.log(self.name, "is back")


class Link:
    """A connection of a process to a server. A request may arrive after its sender was killed."""

    def __init__(self, process: Process, server: Server) -> None:
        self.process = process
        self.server = server
        self.open = True
        self.deserted = False  # by the client, before the server knows
        self.on_the_way: Callable[[], object] | None = None
        process.links.append(self)
        server.links.append(self)

    @property
    def usable(self) -> bool:
        """Whether it is open as far as the client knows, which notices an end only at its next request."""
        return not self.deserted

    def end(self) -> None:
        """Close the connection, from either side or on the way."""
        if self.open:
            self.open = False
            self.closed()

    def desert(self) -> None:
        """The client gives up its request and this connection."""
        self.deserted = True

    def closed(self) -> None:
        """What the server does when the connection ends."""

    def killed(self) -> None:
        """The process was killed: its last request is still performed, or not."""
        arrives, self.on_the_way = self.on_the_way, None
        if (
            self.open
            and not self.deserted
            and arrives is not None
            and self.process.world.random.random() < 0.5
        ):
            self.killed_with(arrives)
        self.end()

    def killed_with(self, request: Callable[[], object]) -> None:
        """Perform the request that arrived before the end of the connection."""
        perform_unheard(request, self.process.world)

    def arrives_late(self, request: Callable[[], object]) -> None:
        """Perform a request that its sender has given up."""
        if self.open and self.server.up:
            perform_unheard(request, self.process.world)
        self.end()


def perform_unheard(request: Callable[[], object], world: World) -> None:
    """Perform a request whose answer no client waits for."""
    world.trace.met["a request nobody waits for was done"] += 1
    try:
        request()
    except Exception as error:  # any answer of the server
        world.log("", "a request nobody waits for was refused: {!r}", error)


def connect(
    world: World, process: Process, server: Server, kind: Callable[[Process, Server], Link]
) -> Steps[Link]:
    """Open a connection; raises the client's error if the server is unavailable."""
    yield world.delay()
    if not server.up or world.chance(world.profile.request_lost):
        world.log(process, "cannot connect to {}", server.name)
        raise server.gone(f"{server.name} does not answer")
    return kind(process, server)


def ask(world: World, link: Link, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
    """Send a request and wait for the answer; raises the client's error if either of them is lost."""
    if world.chance(world.profile.freeze_asking) and not link.process.spared:
        world.freeze(link.process)
        if world.random.random() < 0.4:
            world.meet("sessions of a frozen process ended", str(link.process))
            for one in list(link.process.links):
                one.end()
        yield 0.0
    link.on_the_way = action
    yield world.delay()
    link.on_the_way = None
    server, profile = link.server, world.profile
    drawn = world.random.random() if world.faults_active else 1.0
    if link.deserted or not link.open or not server.up or drawn < profile.request_lost:
        world.log(link.process, "{}: request lost", what)
        world.trace.met[f"request lost: {server.name}: {what.split()[0]}"] += 1
        late = link.open and not link.deserted and world.chance(_LATE)
        link.desert()
        if late:
            world.push(_LATE_SECONDS * world.random.random(), partial(link.arrives_late, action))
        else:
            link.end()
        raise server.gone(f"{server.name} does not answer: {what}")
    incarnation = server.incarnation
    answer = action()
    world.log(link.process, "{} -> {}", what, answer)
    lost = drawn < profile.request_lost + profile.answer_lost
    yield world.delay()
    if lost or not link.open or server.incarnation != incarnation or not server.up:
        world.log(link.process, "{}: answer lost", what)
        link.desert()
        world.trace.met[f"answer lost, but done: {server.name}: {what.split()[0]}"] += 1
        link.end()
        raise server.gone(f"{server.name} does not answer: {what}")
    return answer
