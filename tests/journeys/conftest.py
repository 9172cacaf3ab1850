"""The program, ready to be started, on a database and a topic of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.program import Program


@pytest.fixture
def program(tmp_path: Path, database: str, kafka_server: str, topic_prefix: str) -> Iterator[Program]:
    program = Program(tmp_path, database, kafka_server, topic_prefix)
    program.prepare()
    yield program
    program.stop_all()


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on now, and the next one."""
    for port in range(21_000, 29_000, 2):
        taken = []
        for one in (port, port + 1):
            with socket.socket() as probe:
                taken.append(probe.connect_ex(("127.0.0.1", one)) == 0)
        if not any(taken):
            return port
    raise AssertionError("no free port")
