"""What the relay's journeys need: events in a store, a relay in a process of its own, a topic's reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import psycopg
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from casecore.contract.cases import Audience, Category, MessagePosted, Priority, Sender, Standing, State
from casecore.contract.envelope import Actor, Fact, Role
from casecore.contract.personal import Plain
from casecore.contract.streams import CASES, PARTITIONS, topic_name
from casecore.contract.types import EVENT_TYPES
from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from tests.waiting import LIMIT_SECONDS, wait_until

wait_for = partial(wait_until, pause_seconds=0.02)
"""Checks a condition at short intervals, since some tests act in the middle of the relay's work."""

_STREAMS = UUID("5a1c7f7e-6c1f-4f0c-8a53-1e2b0c9d4e66")
_PROGRAM = (
    "import sys, pathlib; from casecore.relay.driver import RelayConfig, run; "
    "from casecore.relay.health import RelayHealth; from casecore.cli.hints import hint_for; "
    "from casecore.kafka.cluster import Cluster; database, bootstrap, options, prefix = sys.argv[1:]; "
    "cluster = Cluster(bootstrap, pathlib.Path(options)); "
    "run(RelayConfig(database, cluster, prefix), RelayHealth(), hint_for)"
)
_INSERT = """
copy casecore.stored_events (originator_id, originator_version, topic, state, recorded_at) from stdin
"""


def store_messages(database: str, count: int, streams: int = 40, text: str = "Guten Tag") -> None:
    """Store `count` more messages, in turn to the cases of `streams` customers, in one transaction."""
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        before = cursor.execute("select count(*) from casecore.stored_events").fetchone()
        first = before[0] if before else 0
        with cursor.copy(_INSERT) as rows:
            for n in range(first, first + count):
                body = EVENT_TYPES.encode(_message(f"C-{n % streams}", f"{text} {n}"))
                stream = uuid5(_STREAMS, str(n % streams))
                rows.write_row(
                    (stream, n // streams + 1, "casecore.case.message_posted.v1", body, datetime.now(UTC))
                )
        cursor.execute("notify casecore_log")


def _message(reference: str, text: str) -> Fact[MessagePosted]:
    return Fact(
        occurred_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        actor=Actor("ida", "praxis", Role.CUSTOMER),
        command_id=uuid4(),
        correlation_id=uuid4(),
        data=MessagePosted(
            reference=reference,
            customer="praxis",
            seller="nord",
            vendor="vendor",
            standing=Standing(
                State.OPENED, Category.TECHNICAL_SUPPORT, "activation", Priority.NORMAL, "nord"
            ),
            sender=Sender.CUSTOMER,
            audience=Audience.PUBLIC,
            text=Plain(text),
        ),
    )


class RelayProcess:
    """A relay in a process of its own, and what it writes."""

    def __init__(self, database: str, cluster: Cluster, prefix: str, log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, database, *map(str, cluster), prefix],
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )

    def said(self) -> str:
        """Everything it has written so far."""
        return self.log.read_text()

    def pause(self) -> None:
        """Stop it at once, as a machine does that is out of memory."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it continue after a pause."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(LIMIT_SECONDS)

    def end(self) -> int:
        """Ask it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LIMIT_SECONDS)

    def ended(self) -> int:
        """Wait until it ends by itself; returns its exit code."""
        return self.process.wait(LIMIT_SECONDS)


class Scene:
    """One store and one topic, and the relays that were started between them."""

    def __init__(self, database: str, cluster: Cluster, prefix: str, folder: Path) -> None:
        self.database = database
        self.cluster = cluster
        self.prefix = prefix
        self.topic = topic_name(prefix, CASES)
        self._folder = folder
        self._relays: list[RelayProcess] = []
        self._reader: KafkaConsumer | None = None

    def start(self) -> RelayProcess:
        """Start a relay."""
        log = self._folder / f"relay-{len(self._relays)}.log"
        relay = RelayProcess(self.database, self.cluster, self.prefix, log)
        self._relays.append(relay)
        return relay

    def reader(self) -> KafkaConsumer:
        """A reader of the topic's committed records."""
        if self._reader is None:
            self._reader = KafkaConsumer(
                **connection(self.cluster),
                isolation_level="read_committed",
                enable_auto_commit=False,
                auto_offset_reset="none",
                fetch_max_wait_ms=50,
            )
        return self._reader

    def visible_end(self) -> int:
        """The sum of the offsets up to which a reader of committed records sees the topic."""
        partitions = [TopicPartition(self.topic, n) for n in range(PARTITIONS)]
        return sum(self.reader().end_offsets(partitions).values())

    def records(self) -> dict[int, list[ConsumerRecord]]:
        """All committed records of each partition."""
        reader = self.reader()
        partitions = [TopicPartition(self.topic, n) for n in range(PARTITIONS)]
        ends = reader.end_offsets(partitions)
        begins = reader.beginning_offsets(partitions)
        reader.assign(partitions)
        for partition in partitions:
            reader.seek(partition, begins[partition])
        found: dict[int, list[ConsumerRecord]] = {n: [] for n in range(PARTITIONS)}
        while any(reader.position(p) < ends[p] for p in partitions):
            for partition, records in reader.poll(timeout_ms=500, max_records=5_000).items():
                found[partition.partition] += records
        return found

    def positions(self) -> list[int]:
        """The positions of all committed records, in order of position."""
        headers = [dict(r.headers) for records in self.records().values() for r in records]
        return sorted(int(h["ce_position"]) for h in headers)

    def stored_positions(self) -> list[int]:
        """The positions of the store's events, in order."""
        with psycopg.connect(self.database) as connection:
            rows = connection.execute("select notification_id from casecore.stored_events order by 1")
            return [position for (position,) in rows]

    def close(self) -> None:
        """End what still runs."""
        for relay in self._relays:
            if relay.process.poll() is None:
                relay.kill()
        if self._reader is not None:
            self._reader.close()


@contextmanager
def scene(database: str, cluster: Cluster, prefix: str, folder: Path) -> Iterator[Scene]:
    """A scene, whose relays end with it."""
    made = Scene(database, cluster, prefix, folder)
    try:
        yield made
    finally:
        made.close()
