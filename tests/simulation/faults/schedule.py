"""The fault schedule: when servers stop, sessions end and groups rebalance, and when faults end."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from uuid import UUID

from casecore.contract.wire import StoredEvent, to_record
from tests.simulation.faults.profile import NO_FAULTS
from tests.simulation.servers.group import Group
from tests.simulation.servers.kafka import Kafka
from tests.simulation.servers.network import Server
from tests.simulation.servers.partitions import Made
from tests.simulation.servers.store import Store
from tests.simulation.servers.views import Views
from tests.simulation.world import Steps, World

_LONGEST_OUTAGE_SECONDS = 6.0


def begin(
    world: World, store: Store, kafka: Kafka, views: Views, group: Group, foreign_records: Random
) -> None:
    """Start every kind of fault that the run's profile has."""
    profile = world.profile
    for server, every in (
        (store, profile.store_stops_every),
        (views, profile.views_stop_every),
        (kafka, profile.broker_stops_every),
    ):
        if every:
            world.attend("faults", _outages(world, server, every))
    if profile.session_ends_every:
        world.attend("faults", _sessions_end(world, (store, views), profile.session_ends_every))
        world.attend("faults", _zombies(world, store, 2 * profile.session_ends_every))
    if profile.rebalance_every:
        world.attend("faults", _rebalances(world, group, profile.rebalance_every))
    if profile.clock_off:
        world.attend("faults", _clock_jumps(world, store))
    if profile.foreign_every:
        world.attend("faults", _foreign_records(world, kafka, profile.foreign_every, foreign_records))


def end(world: World, *servers: Server) -> None:
    """End all faults: every server runs, every frozen process continues, and no new fault happens."""
    world.profile = NO_FAULTS
    for server in servers:
        if not server.up:
            server.start()
    for process in world.processes.values():
        process.wakes_at = min(process.wakes_at, world.now)
    world.log("world", "--- end of the faults ---")


def _outages(world: World, server: Server, every_seconds: float) -> Steps[None]:
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.faults_active:
            return
        if server.up:
            server.stop()
        yield 0.1 + _LONGEST_OUTAGE_SECONDS * world.random.random() ** 2
        if not server.up:
            server.start()


def _sessions_end(world: World, servers: tuple[Server, ...], every_seconds: float) -> Steps[None]:
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.faults_active:
            return
        links = [link for server in servers for link in server.links if link.open and not link.process.ended]
        if links:
            link = world.random.choice(links)
            world.meet(f"session ended: {link.server.name}", str(link.process))
            link.end()


def _zombies(world: World, store: Store, every_seconds: float) -> Steps[None]:
    """Freeze the relay and end its lock's session, so that another one starts; the first continues later."""
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.faults_active:
            return
        session = store.relay_lock
        if session is not None and not session.process.frozen:
            world.meet("zombie: relay replaced while frozen", str(session.process))
            world.replace(session.process)


def _rebalances(world: World, group: Group, every_seconds: float) -> Steps[None]:
    while True:
        yield 2 * every_seconds * world.random.random()
        if not world.faults_active:
            return
        group.rebalance(joined=False)


def _foreign_records(world: World, kafka: Kafka, every_seconds: float, random: Random) -> Steps[None]:
    """Another program writes into the topics, one or several records at a time."""
    while True:
        yield 2 * every_seconds * random.random()
        if not world.faults_active:
            return
        if kafka.up:
            log = kafka.log(random.choice(kafka.partitions))
            for _ in range(random.randint(1, 3)):
                log.append_foreign(_foreign_record(random))
            world.meet("records of another program in a topic")


def _foreign_record(random: Random) -> Made:
    if random.random() < 0.5:
        return Made(None, b"key", b"hello", [])
    # As an event from another store, whose positions are higher or lower.
    stream_id, position = UUID(int=random.getrandbits(128)), random.choice((1, 1_000_000))
    recorded_at = datetime(2026, 3, 1, tzinfo=UTC)
    body = b'{"occurred_at":"2026-03-01T00:00:00Z"}'
    event = StoredEvent(position, stream_id, 7, "casecore.case.taken.v1", recorded_at, body)
    return Made(event, *to_record(event, "other"))


def _clock_jumps(world: World, store: Store) -> Steps[None]:
    while world.faults_active:
        yield 10.0 * world.random.random()
        store.clock_off_seconds = 3_600.0 * world.random.choice((-1, 0, 1))
        world.meet("clock an hour off")
