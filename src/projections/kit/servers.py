"""The servers of a view."""

from __future__ import annotations

from typing import NamedTuple

from casecore.kafka.cluster import Cluster


class ViewServers(NamedTuple):
    """Where a view is, and what it is built from: a database, Kafka's address, and the topics' prefix."""

    database: str
    cluster: Cluster
    prefix: str
