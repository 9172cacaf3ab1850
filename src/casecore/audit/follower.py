"""The audit that goes on beside production: turn after turn within a budget that it keeps to by itself."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from threading import Event
from typing import NamedTuple

from casecore.audit.health import AuditHealth
from casecore.audit.key_scanner import KeyScanner
from casecore.audit.topic_follower import TopicFollower
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import KafkaError, TopicMissing
from casecore.postgres.errors import DatabaseError
from casecore.relay.errors import RelayError
from projections.kit.errors import ProjectionError
from projections.kit.projection import AnyProjection

LONGEST_REST_SECONDS = 120.0
"""After the most expensive turn: a health check must not take a rest for an end."""


class Budget(NamedTuple):
    """What the audit may cost.

    `share` is the part of one core that this process uses at most, on average. What it asks of PostgreSQL
    and Kafka is bounded by `events` and `keys` (of each view), for each turn of `turn_seconds` or longer.
    """

    share: float = 0.05
    events: int = 1_000
    keys: int = 10
    turn_seconds: float = 1.0

    def rest_seconds(self, turned_seconds: float, cpu_seconds: float) -> float:
        """How long to rest after a turn that took so long, and so much of a core."""
        length = max(self.turn_seconds, cpu_seconds / self.share)
        return min(LONGEST_REST_SECONDS, max(0.0, length - turned_seconds))


class AuditFollower:
    """Log, topics and views, compared as they grow. One thread's."""

    def __init__(
        self,
        database: str,
        cluster: Cluster,
        prefix: str,
        views: Iterable[AnyProjection],
        budget: Budget,
        health: AuditHealth,
    ) -> None:
        self._topics = TopicFollower(database, cluster, prefix)
        self._keys = KeyScanner(views, database, prefix, health)
        self._budget = budget
        self._health = health

    def turn(self) -> None:
        """Compare on. An unavailable server is not a difference: the next turn tries again."""
        troubles: list[Exception] = []
        try:
            self._topics.turn(self._budget.events)
        except (DatabaseError, KafkaError, RelayError, TopicMissing) as error:
            troubles.append(error)
        found = self._topics.take()
        self._keys.hear(found.events)
        for difference in found.differences:
            self._health.differs("topics", difference.place, difference.store, difference.topic)
        try:
            self._keys.turn(self._budget.keys, self._topics)
            self._report()
        except (DatabaseError, ProjectionError) as error:
            troubles.append(error)
        if troubles:
            self._health.troubled(*troubles)
        else:
            self._health.well()

    def close(self) -> None:
        """Leave both servers."""
        self._topics.close()
        self._keys.close()

    def _report(self) -> None:
        topics = self._topics
        self._health.followed(
            topics.position, topics.lag(), topics.waiting, topics.compared, topics.beginnings
        )


def follow(
    database: str,
    cluster: Cluster,
    prefix: str,
    views: Iterable[AnyProjection],
    budget: Budget,
    health: AuditHealth,
    stop: Event,
) -> None:
    """Compare log, topics and views until `stop` is set, and rest after each turn as the budget says."""
    with closing(AuditFollower(database, cluster, prefix, views, budget, health)) as follower:
        while not stop.is_set():
            started_at, cpu_before = time.monotonic(), time.process_time()
            follower.turn()
            stop.wait(budget.rest_seconds(time.monotonic() - started_at, time.process_time() - cpu_before))
