"""The program, whose events the examples read, and a topic of a test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from casecore.kafka.cluster import Cluster
from tests.examples.records import Topic
from tests.journeys.conftest import program as program


@pytest.fixture
def topic(kafka_server: Cluster, topic_prefix: str) -> Iterator[Topic]:
    topic = Topic(kafka_server, f"{topic_prefix}.cases")
    yield topic
    topic.close()
