"""Fixtures that every test may use: a database and a broker, the same servers for the whole run."""

from __future__ import annotations

import gc
import os
import sys
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from casecore.kafka.cluster import Cluster
from tests import guard, profiles, tiers
from tests.browser.fixtures import browser, new_page, page, watch  # noqa: F401
from tests.servers import Servers, delete_topics, new_database, new_home, remove_abandoned

# Before a test module is imported: their properties take their settings from it.
profiles.load_profile()

_SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    """Choose the servers' folder in the process that directs the run; nothing is started yet."""
    # A test must not reach an operator's database or broker, also not through a command it starts.
    for name in [name for name in os.environ if name.startswith("CASECORE_")]:
        del os.environ[name]
    # A machine may forbid to keep compiled modules. The tests start hundreds of processes, which would all
    # compile the same.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        sys.dont_write_bytecode = False
    # Nor is a proxy asked for what runs on this machine.
    os.environ["no_proxy"] = "127.0.0.1,localhost"
    tiers.watch_for_servers()
    cache = config.rootpath / ".casecore" / "cache"
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[_SERVERS] = Servers(Path(worker["casecore_home"]), cache)
        return
    guard.start_run()
    remove_abandoned(cache)
    config.stash[_SERVERS] = Servers(new_home(), cache)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the servers are."""
    node.workerinput["casecore_home"] = str(node.config.stash[_SERVERS].home)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers when the run ends, also when it was interrupted."""
    if not hasattr(config, "workerinput") and _SERVERS in config.stash:
        config.stash[_SERVERS].remove()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests into tiers, before `-m` chooses among them, and into the order for the workers."""
    tiers.mark_tiers(items)
    tiers.order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """With `--dist loadfile`, give the files that share a costly fixture to one worker."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.scheduling import FilesTogether

    return FilesTogether(config, log)


def pytest_collection_finish() -> None:
    """Spare the tests that the garbage collector looks through all that was collected again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Hold each test to its tier."""
    with tiers.held_to_its_tier(item):
        return (yield)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> str:
    """The libpq URI of the maintenance database of the run's PostgreSQL."""
    tiers.refuse_servers("PostgreSQL")
    return request.config.stash[_SERVERS].postgres()


@pytest.fixture
def database(postgres_server: str) -> Iterator[str]:
    """The libpq URI of an empty database that this test has for itself."""
    with new_database(postgres_server) as uri:
        yield uri


@pytest.fixture(scope="session")
def kafka_server(request: pytest.FixtureRequest) -> Cluster:
    """The run's Kafka."""
    tiers.refuse_servers("Kafka")
    return request.config.stash[_SERVERS].kafka()


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """A first part for the names of topics, groups and transactional ids that no other test has."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    # Asked for here, so that the broker is still there when its topics are deleted.
    uses_kafka = "kafka_server" in request.fixturenames
    cluster = request.getfixturevalue("kafka_server") if uses_kafka else None
    yield prefix
    if cluster is not None:
        delete_topics(cluster, prefix)
