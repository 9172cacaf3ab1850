"""The faults that befall servers and sessions while the storm lasts, and its end."""

from __future__ import annotations

from tests.simulation.faults.profile import CALM
from tests.simulation.servers.group import Group
from tests.simulation.servers.kafka import Kafka
from tests.simulation.servers.network import Server
from tests.simulation.servers.store import Store
from tests.simulation.servers.views import Views
from tests.simulation.world import Steps, World

_LONGEST_OUTAGE_SECONDS = 6.0


def begin(world: World, store: Store, kafka: Kafka, views: Views, group: Group) -> None:
    """Let all of it begin that this weather has."""
    weather = world.weather
    for server, every in (
        (store, weather.store_stops_every),
        (views, weather.views_stop_every),
        (kafka, weather.broker_stops_every),
    ):
        if every:
            world.attend("storm", _outages(world, server, every))
    if weather.session_ends_every:
        world.attend("storm", _sessions_end(world, (store, views), weather.session_ends_every))
        world.attend("storm", _zombies(world, store, 2 * weather.session_ends_every))
    if weather.rebalance_every:
        world.attend("storm", _rebalances(world, group, weather.rebalance_every))
    if weather.clock_off:
        world.attend("storm", _clock_jumps(world, store))


def end(world: World, *servers: Server) -> None:
    """All servers are back, all processes awake, and nothing more goes wrong."""
    world.weather = CALM
    for server in servers:
        if not server.up:
            server.start()
    for process in world.processes.values():
        process.wakes_at = min(process.wakes_at, world.now)
    world.tell("world", "--- calm ---")


def _outages(world: World, server: Server, every_seconds: float) -> Steps[None]:
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.stormy:
            return
        if server.up:
            server.stop()
        yield 0.1 + _LONGEST_OUTAGE_SECONDS * world.random.random() ** 2
        if not server.up:
            server.start()


def _sessions_end(world: World, servers: tuple[Server, ...], every_seconds: float) -> Steps[None]:
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.stormy:
            return
        links = [link for server in servers for link in server.links if link.open and not link.process.ended]
        if links:
            link = world.random.choice(links)
            world.meet(f"session ended: {link.server.name}", str(link.process))
            link.end()


def _zombies(world: World, store: Store, every_seconds: float) -> Steps[None]:
    """The relay is stopped and its lock's session ended, so that another one begins; later it wakes up."""
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.stormy:
            return
        session = store.relay_lock
        if session is not None and not session.process.frozen:
            world.meet("zombie: relay replaced while frozen", str(session.process))
            world.replace(session.process)


def _rebalances(world: World, group: Group, every_seconds: float) -> Steps[None]:
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.stormy:
            return
        group.rebalance(joined=False)


def _clock_jumps(world: World, store: Store) -> Steps[None]:
    while world.stormy:
        yield 10.0 * world.random.random()
        store.clock_off_seconds = 3_600.0 * world.random.choice((-1, 0, 1))
        world.meet("clock an hour off")
