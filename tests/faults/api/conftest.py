"""Two servers of the API on a database of their own, without Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from casecore.kafka.cluster import Cluster
from tests.faults.harness.api_servers import ApiServers
from tests.faults.harness.program import SupervisedProgram
from tests.faults.injection.servers import OwnHome

NO_KAFKA = Cluster("127.0.0.1:1")


@pytest.fixture
def alone(tmp_path: Path, own_home: OwnHome, database: str) -> Iterator[SupervisedProgram]:
    """The program with tables, and without a Kafka that answers."""
    made = SupervisedProgram(tmp_path, database, NO_KAFKA, "alone", own_home.notes)
    try:
        made.run("database", "migrate")
        yield made
    finally:
        made.stop_all()


@pytest.fixture
def servers(alone: SupervisedProgram) -> Iterator[ApiServers]:
    """Two servers, of which none is started yet."""
    with ApiServers(alone) as made:
        yield made
