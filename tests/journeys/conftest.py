"""The program on a database and topics of its own: ready to be started, or after the help desk's log."""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from casecore.app.running.installation import HEALTH_PORT_OFFSETS
from casecore.kafka.cluster import Cluster
from tests.journeys.harness.program import HELPDESK_LOG, Program
from tests.journeys.harness.scraped import Scraped, first_free_port
from tests.servers import new_database

_IMPORTED = pytest.StashKey[Program]()


@pytest.fixture
def program(tmp_path: Path, database: str, kafka_server: Cluster, topic_prefix: str) -> Iterator[Program]:
    program = Program(tmp_path, database, kafka_server, topic_prefix)
    program.prepare()
    yield program
    program.stop_all()


@pytest.fixture
def scraped(tmp_path: Path, database: str, kafka_server: Cluster, topic_prefix: str) -> Iterator[Scraped]:
    program = Program(tmp_path, database, kafka_server, topic_prefix)
    program.prepare()
    yield Scraped(program, first_free_port(len(HEALTH_PORT_OFFSETS)))
    program.stop_all()


@pytest.fixture(scope="session")
def imported(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: str,
    kafka_server: Cluster,
) -> Iterator[Program]:
    """The program after the import of the help desk's whole log, with relay and views running."""
    folder = tmp_path_factory.mktemp("helpdesk")
    with new_database(postgres_server) as database:
        program = Program(folder, database, kafka_server, f"h{uuid.uuid4().hex[:10]}")
        program.prepare()
        program.start_all()
        try:
            summary = json.loads(program.run("import", *HELPDESK_LOG, "--json"))
            assert (summary["rows"], summary["stored"], summary["rejected"]) == (21_348, 21_348, 0)
            program.wait_until_folded()
            request.config.stash[_IMPORTED] = program
            yield program
        finally:
            program.stop_all()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start the processes of `imported` again, if they were stopped and one more test uses it."""
    if _uses_imported(item) and _IMPORTED in item.config.stash:
        item.config.stash[_IMPORTED].start_all()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop the processes of `imported` once no test follows that uses it: while idle they take time too."""
    if _uses_imported(item) and not _uses_imported(nextitem) and _IMPORTED in item.config.stash:
        item.config.stash[_IMPORTED].stop_all()


def _uses_imported(item: pytest.Item | None) -> bool:
    return "imported" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="module")
def free_port() -> int:
    """A free port; the next one is free too.

    Each process looks at other ports first: what is free for two at once, only one can have.
    """
    for port in range(21_000 + 40 * (os.getpid() % 190), 29_000, 2):
        taken = []
        for one in (port, port + 1):
            with socket.socket() as probe:
                taken.append(probe.connect_ex(("127.0.0.1", one)) == 0)
        if not any(taken):
            return port
    raise AssertionError("no free port")
