"""Requests over a network that may lose them, or their answers, or end with the server."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from tests.simulation.world import Process, Steps, World

AnswerT = TypeVar("AnswerT")

_LATE = 0.4  # of requests that are given up arrive after all
_LATE_SECONDS = 4.0


class Server:
    """A server that can stop and return; `life` counts how often it has."""

    def __init__(self, world: World, name: str, gone: type[Exception]) -> None:
        self.world = world
        self.name = name
        self.gone = gone
        self.up = True
        self.life = 1
        self.links: list[Link] = []

    def stop(self) -> None:
        """At once, and every connection with it."""
        self.up = False
        self.world.meet(f"stopped: {self.name}")
        for link in list(self.links):
            link.end()
        self.links.clear()

    def start(self) -> None:
        """It answers again."""
        self.up = True
        self.life += 1
        self.world.tell(self.name, "is back")


class Link:
    """A connection of a process to a server. A request may arrive although its sender has died."""

    def __init__(self, process: Process, server: Server) -> None:
        self.process = process
        self.server = server
        self.open = True
        self.deserted = False  # by the client, although the server does not know yet
        self.on_the_way: Callable[[], object] | None = None
        process.links.append(self)
        server.links.append(self)

    @property
    def usable(self) -> bool:
        """Whether it is open, as far as the client knows: it hears of an end only when it asks again."""
        return not self.deserted

    def end(self) -> None:
        """Closed, by either side or in between."""
        if self.open:
            self.open = False
            self.closed()

    def desert(self) -> None:
        """The client gives up what it has asked for, and this connection."""
        self.deserted = True

    def closed(self) -> None:
        """What the server does about it."""

    def killed(self) -> None:
        """The process has died: what it had sent last is still done, or not."""
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
        """A server reads what came before the end of the connection."""
        perform_unheard(request, self.process.world)

    def arrives_late(self, request: Callable[[], object]) -> None:
        """A request that its sender has given up."""
        if self.open and self.server.up:
            perform_unheard(request, self.process.world)
        self.end()


def perform_unheard(request: Callable[[], object], world: World) -> None:
    """Do something whose outcome nobody hears."""
    world.trace.met["a request nobody waits for was done"] += 1
    try:
        request()
    except Exception as error:  # whatever the server would have answered
        world.tell("", "a request nobody waits for was refused: {!r}", error)


def connect(
    world: World, process: Process, server: Server, kind: Callable[[Process, Server], Link]
) -> Steps[Link]:
    """A new connection; raises what the server's clients raise where it is gone."""
    yield world.delay()
    if not server.up or world.chance(world.weather.request_lost):
        world.tell(process, "cannot connect to {}", server.name)
        raise server.gone(f"{server.name} does not answer")
    return kind(process, server)


def ask(world: World, link: Link, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
    """Have a server do something; raises what its clients raise where the request or its answer is lost."""
    if world.chance(world.weather.freeze_asking) and not link.process.spared:
        world.freeze(link.process)
        if world.random.random() < 0.4:
            world.meet("sessions of a frozen process ended", str(link.process))
            for one in list(link.process.links):
                one.end()
        yield 0.0
    link.on_the_way = action
    yield world.delay()
    link.on_the_way = None
    server, weather = link.server, world.weather
    drawn = world.random.random() if world.stormy else 1.0
    if link.deserted or not link.open or not server.up or drawn < weather.request_lost:
        world.tell(link.process, "{}: request lost", what)
        world.trace.met[f"request lost: {server.name}: {what.split()[0]}"] += 1
        late = link.open and not link.deserted and world.chance(_LATE)
        link.desert()
        if late:
            world.push(_LATE_SECONDS * world.random.random(), partial(link.arrives_late, action))
        else:
            link.end()
        raise server.gone(f"{server.name} does not answer: {what}")
    life = server.life
    answer = action()
    world.tell(link.process, "{} -> {}", what, answer)
    lost = drawn < weather.request_lost + weather.answer_lost
    yield world.delay()
    if lost or not link.open or server.life != life or not server.up:
        world.tell(link.process, "{}: answer lost", what)
        link.desert()
        world.trace.met[f"answer lost, but done: {server.name}: {what.split()[0]}"] += 1
        link.end()
        raise server.gone(f"{server.name} does not answer: {what}")
    return answer
