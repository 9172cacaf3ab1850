"""Where the journeys of the projections take place."""

from __future__ import annotations

import pytest

from casecore.kafka.cluster import Cluster
from tests.projections.live import Place


@pytest.fixture
def place(database: str, kafka_server: Cluster, topic_prefix: str) -> Place:
    """An empty database and an empty topic of cases."""
    found = Place(database, kafka_server, topic_prefix)
    found.create_topic()
    return found
