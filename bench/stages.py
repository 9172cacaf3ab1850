"""Stages, on which the rows are measured: on one PostgreSQL and one Kafka, each has a database and topics."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo

from bench.consumers import polled, topic_ends
from bench.histories import fill
from bench.packages import fill_fees
from bench.ramps import wait_until_still
from bench.servers import casecore, process
from casecore.app.addresses import Addresses, addresses_of
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


class Stage(NamedTuple):
    """A database with the program's tables, and the topics of one prefix."""

    settings: Settings
    addresses: Addresses

    def topic(self, kind: StreamKind = CASES) -> str:
        """The topic of a kind of stream."""
        return topic_name(self.settings.topic_prefix, kind)

    def under(self, prefix: str) -> Stage:
        """A stage with the same store and topics of its own, which are created."""
        other = Stage(self.settings._replace(topic_prefix=prefix), self.addresses)
        other.create_topics()
        return other

    def create_topics(self) -> None:
        """Create the topics, unless they exist."""
        create_topics(self.addresses.cluster, self.settings.topic_prefix, self.settings.replication)


class Published(NamedTuple):
    """A stage whose events of one kind are all in their topic, and the offsets of the last records."""

    stage: Stage
    kind: StreamKind
    events: int
    ends: dict[int, int]
    """The offset after the last record of each partition; transaction markers are not counted."""

    @property
    def topic(self) -> str:
        """The topic of the kind."""
        return self.stage.topic(self.kind)


class Stages:
    """Makes stages; a stage with published events is made once, and used by all rows that need it."""

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

    def stage(self, name: str) -> Stage:
        """A stage with an empty store and empty topics."""
        addresses = self.servers._replace(database=self.database(name))
        settings = self.settings._replace(topic_prefix=name)
        casecore(settings, addresses, "database", "migrate")
        made = Stage(settings, addresses)
        made.create_topics()
        return made

    def with_cases(self, name: str, events: int) -> tuple[Stage, int]:
        """A stage whose store has at least `events` events of cases; returns the stage and the number."""
        policies: list[Policy] = [load_policy(_FOLDER / f"{one}.toml", TOPICS) for one in POLICIES]
        return self._filled(name, lambda database: fill(database, events, SEED, policies))

    def published(self, kind: StreamKind, events: int) -> Published:
        """A stage with at least `events` events of cases, or of billing, in store and topic."""
        if (kind.topic, events) not in self._published:
            name = f"{kind.topic}_{events}"
            if kind is BILLING:
                stage, count = self._filled(name, lambda database: fill_fees(database, events))
            else:
                stage, count = self.with_cases(name, events)
            self._published[kind.topic, events] = _published(stage, kind, count)
        return self._published[kind.topic, events]

    def _filled(self, name: str, fill_store: Callable[[str], int]) -> tuple[Stage, int]:
        stage = self.stage(name)
        count = fill_store(stage.addresses.database)
        with psycopg.connect(stage.addresses.database, autocommit=True) as connection:
            connection.execute("vacuum analyze casecore.stored_events")
            connection.execute("checkpoint")
        return stage, count


def _published(stage: Stage, kind: StreamKind, events: int) -> Published:
    topic = stage.topic(kind)
    with process(stage.settings, stage.addresses, "relay"), topic_ends(stage.addresses, topic) as ends:
        # Transaction markers take offsets too, so the offsets exceed the count before the last event is
        # there.
        wait_until_still(f"the relay has published {events:,} events", ends, events)
    made = Published(stage, kind, events, {})
    if _read(made) != events:
        raise SystemExit(f"{made.topic} does not hold the {events:,} events that are in the store")
    return made


def _read(published: Published) -> int:
    """Counts the records, and notes the offset after the last one of each partition."""
    count = 0
    for answer in polled(published.stage.addresses, published.topic):
        for partition, records in answer.items():
            count += len(records)
            published.ends[partition.partition] = records[-1].offset + 1
    return count


@contextmanager
def stages() -> Iterator[Stages]:
    """Stages on servers below a temporary folder, which stop at the end; no process of the program is
    started."""
    home = Path(tempfile.mkdtemp(prefix="casecore-bench-"))
    with ExitStack() as undone:  # all of them, even if one fails
        undone.callback(shutil.rmtree, home, ignore_errors=True)
        undone.callback(postgres.stop, home)
        undone.callback(processes.down, home)
        database = postgres.start(home)
        server = kafka.prepare(home, read_settings().home / "cache")
        processes.up(home, [processes.Program("kafka", server.argv, server.environment)])
        kafka.wait_until_ready(server.cluster, _KAFKA_LIMIT_SECONDS, home)
        yield Stages(home, addresses_of(database, server.cluster))
