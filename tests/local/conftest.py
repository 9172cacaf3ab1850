"""A folder for local servers that ends with the test, and with everything that it started."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from casecore.local import postgres, processes
from tests.servers import new_home


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty folder with a short path, as a checkout has."""
    folder = new_home()
    yield folder
    processes.down(folder)
    postgres.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture
def cache(pytestconfig: pytest.Config) -> Path:
    """Where `make install` has put Kafka's files."""
    return pytestconfig.rootpath / ".casecore" / "cache"
