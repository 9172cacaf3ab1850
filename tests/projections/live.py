"""A real topic with records, a real database, and runners of a view in threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from prometheus_client import CollectorRegistry

from casecore.contract.streams import CASES, TOPIC_CONFIGURATION, StreamKind, topic_name
from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from projections.kit.projection import AnyProjection
from projections.kit.runner.driver import run
from projections.kit.runner.health import RunnerMetrics, RunnerStatus
from projections.kit.servers import ViewServers
from tests.projections.histories import Sent
from tests.waiting import LIMIT_SECONDS, wait_until

PARTITIONS = 3  # fewer than in production: each costs a file and a moment


until = partial(wait_until, pause_seconds=0.02)
"""Checks a condition at short intervals, since some tests act in the middle of a runner's work."""


class Place:
    """A database, a broker and a prefix of topics, with what tests do there."""

    def __init__(self, database: str, cluster: Cluster, prefix: str, kind: StreamKind = CASES) -> None:
        self.database = database
        self.cluster = cluster
        self.prefix = prefix
        self.topic = topic_name(prefix, kind)

    @property
    def where(self) -> ViewServers:
        """As the functions of the kit take it."""
        return ViewServers(self.database, self.cluster, self.prefix)

    def create_topic(self) -> None:
        """Make the topic of that kind of stream, empty."""
        with KafkaAdminClient(**connection(self.cluster)) as admin:
            admin.create_topics([NewTopic(self.topic, PARTITIONS, 1, topic_configs=TOPIC_CONFIGURATION)])
            # The broker hears of a new topic a moment after the controller has made it.
            admin.wait_for_topics([self.topic])

    def wipe_topic(self) -> None:
        """Delete the topic and create it again."""
        with KafkaAdminClient(**connection(self.cluster)) as admin:
            admin.delete_topics([self.topic])
            until(lambda: self.topic not in admin.list_topics(), "the topic is deleted")
        self.create_topic()

    def send(self, events: Sequence[StoredEvent]) -> None:
        """Send the events' records as the relay does."""
        self.send_records([Sent("", 0, 0, *to_record(event)) for event in events])

    def send_records(self, records: Sequence[Sent]) -> None:
        """Send records as they are, each to the partition of its key."""
        with KafkaProducer(**connection(self.cluster), linger_ms=5) as producer:
            sent = [
                producer.send(self.topic, key=each.key, value=each.value, headers=each.headers)
                for each in records
            ]
            for future in sent:
                future.get(timeout=LIMIT_SECONDS)

    def ask(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(query, given)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *given: object) -> Any:
        """The only value that a query gives; None while its table is not there yet."""
        try:
            return self.ask(query, *given)[0][0]
        except psycopg.errors.UndefinedTable:
            return None

    @contextmanager
    def running(self, view: AnyProjection) -> Iterator[RunnerStatus]:
        """A runner of the view, until the block ends; what it raised is raised then."""
        with started(view, self) as (status, thread, stop, failed):
            yield status
            stop.set()
            thread.join(LIMIT_SECONDS)
            assert not thread.is_alive(), "the runner did not stop"
            if failed:
                raise failed[0]


Started = tuple[RunnerStatus, threading.Thread, threading.Event, list[BaseException]]


@contextmanager
def started(view: AnyProjection, place: Place) -> Iterator[Started]:
    """A runner in a thread, with what it raises; it is stopped when the block ends, however it ends."""
    status, stop = RunnerStatus(view.name, RunnerMetrics(CollectorRegistry())), threading.Event()
    failed: list[BaseException] = []

    def keep() -> None:
        try:
            run(view, place.where, status, stop)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=keep, name=f"runner of {view.name}")
    thread.start()
    try:
        yield status, thread, stop, failed
    finally:
        stop.set()
        thread.join(LIMIT_SECONDS)
