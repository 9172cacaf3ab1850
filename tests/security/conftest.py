"""The secured broker of these tests, started once for each of their modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import tiers
from tests.security.secured_kafka import SecuredKafka


@pytest.fixture(scope="module")
def secured_kafka(pytestconfig: pytest.Config) -> Iterator[SecuredKafka]:
    """A broker with a listener of each kind."""
    tiers.refuse_servers("Kafka")
    server = SecuredKafka(pytestconfig.rootpath / ".casecore" / "cache")
    yield server
    server.remove()
