"""Where the rows are measured: one PostgreSQL and one Kafka, with a database and topics for each use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo

from bench.climbs import topic_ends, wait_until_still
from bench.consumers import polled
from bench.histories import fill
from bench.packages import fill_fees
from bench.servers import casecore, process
from casecore.app.addresses import Addresses
from casecore.app.settings import Settings, read_settings
from casecore.cases.topics import TOPICS
from casecore.contract.service_levels import Policy
from casecore.contract.streams import BILLING, CASES, StreamKind, topic_name
from casecore.local import kafka, postgres, processes
from casecore.relay.published_topics import create_topics
from casecore.service_levels.policy_file import load_policy

POLICIES = ("vendor-end-to-end", "vendor-level-1", "nord-level-0", "campus-user-support")
SEED = 7
_FOLDER = Path("docs/service-levels")
_KAFKA_LIMIT_SECONDS = 60


class Station(NamedTuple):
    """A database with its tables, and the topics of one prefix."""

    settings: Settings
    addresses: Addresses

    def topic(self, kind: StreamKind = CASES) -> str:
        """The topic of a kind of stream."""
        return topic_name(self.settings.topic_prefix, kind)

    def under(self, prefix: str) -> Station:
        """The same store with topics of its own, which are created."""
        other = Station(self.settings._replace(topic_prefix=prefix), self.addresses)
        other.create_topics()
        return other

    def create_topics(self) -> None:
        """Create the topics, unless they are there."""
        create_topics(self.addresses.kafka, self.settings.topic_prefix, self.settings.replication)


class Published(NamedTuple):
    """A station whose events of one kind are all in their topic, and where its last records stand."""

    station: Station
    kind: StreamKind
    events: int
    ends: dict[int, int]
    """The offset after the last record of each partition; what ends a transaction is not counted."""

    @property
    def topic(self) -> str:
        """The topic of the kind."""
        return self.station.topic(self.kind)


class Stations:
    """Makes stations; those with events are made once and kept for the rows that come after."""

    def __init__(self, home: Path, servers: Addresses) -> None:
        self.home = home
        self.settings = read_settings({"CASECORE_HOME": str(home)})
        self.servers = servers
        self._published: dict[tuple[str, int], Published] = {}

    def database(self, name: str) -> str:
        """An empty database; returns its connection string."""
        with psycopg.connect(self.servers.database, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)")
            connection.execute(f"create database {name}")
        return make_conninfo(self.servers.database, dbname=name)

    def station(self, name: str) -> Station:
        """A store without events, and empty topics."""
        addresses = Addresses(self.database(name), self.servers.kafka)
        settings = self.settings._replace(topic_prefix=name)
        casecore(settings, addresses, "database", "migrate")
        made = Station(settings, addresses)
        made.create_topics()
        return made

    def with_cases(self, name: str, events: int) -> tuple[Station, int]:
        """A store with at least so many events of cases; returns how many."""
        policies: list[Policy] = [load_policy(_FOLDER / f"{one}.toml", TOPICS) for one in POLICIES]
        return self._filled(name, lambda database: fill(database, events, SEED, policies))

    def published(self, kind: StreamKind, events: int) -> Published:
        """At least so many events of cases, or of billing, in store and topic."""
        if (kind.topic, events) not in self._published:
            name = f"{kind.topic}_{events}"
            if kind is BILLING:
                station, count = self._filled(name, lambda database: fill_fees(database, events))
            else:
                station, count = self.with_cases(name, events)
            self._published[kind.topic, events] = _published(station, kind, count)
        return self._published[kind.topic, events]

    def _filled(self, name: str, fill_store: Callable[[str], int]) -> tuple[Station, int]:
        station = self.station(name)
        count = fill_store(station.addresses.database)
        with psycopg.connect(station.addresses.database, autocommit=True) as connection:
            connection.execute("vacuum analyze casecore.stored_events")
            connection.execute("checkpoint")
        return station, count


def _published(station: Station, kind: StreamKind, events: int) -> Published:
    topic = station.topic(kind)
    with process(station.settings, station.addresses, "relay"), topic_ends(station.addresses, topic) as ends:
        # Offsets are taken by what ends a transaction too, so that they pass the count before the last event.
        wait_until_still(f"the relay has published {events:,} events", ends, events)
    made = Published(station, kind, events, {})
    if _read(made) != events:
        raise SystemExit(f"{made.topic} does not hold the {events:,} events that are in the store")
    return made


def _read(published: Published) -> int:
    """How many records there are; notes the offset after the last of each partition."""
    count = 0
    for answer in polled(published.station.addresses, published.topic):
        for partition, records in answer.items():
            count += len(records)
            published.ends[partition.partition] = records[-1].offset + 1
    return count


@contextmanager
def stations() -> Iterator[Stations]:
    """Servers of their own below a temporary folder, while the block lasts; nothing else is started."""
    home = Path(tempfile.mkdtemp(prefix="casecore-bench-"))
    with ExitStack() as undone:  # each, also where one of them fails
        undone.callback(shutil.rmtree, home, ignore_errors=True)
        undone.callback(postgres.stop, home)
        undone.callback(processes.down, home)
        database = postgres.start(home)
        server = kafka.prepare(home, read_settings().home / "cache")
        processes.up(home, [processes.Program("kafka", server.argv, server.environment)])
        kafka.wait_until_ready(server.bootstrap, _KAFKA_LIMIT_SECONDS)
        yield Stations(home, Addresses(database, server.bootstrap))
