"""A server is waited for while its process works, and no longer; a failure says which server, and why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from casecore.local import kafka, patience, postgres, processes
from casecore.local.errors import KafkaNotReady
from casecore.local.patience import wait_while_it_works
from casecore.local.processes import Program
from tests.waiting import wait_until

BUSY = "while True: pass"
IDLE = "import time; time.sleep(600)"


@contextmanager
def running(program: str) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def ready_after(times: int) -> Iterator[bool]:
    yield from [False] * times
    while True:
        yield True


def test_a_process_that_works_is_waited_for_beyond_the_limit_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a process that computes, and is ready long after the limit for one that does nothing
    monkeypatch.setattr(patience, "_WORK_SECONDS", 0.01)
    monkeypatch.setattr(patience, "_SAID_EVERY_SECONDS", 0.2)
    said: list[str] = []
    answers = ready_after(30)
    with running(BUSY) as process:
        assert wait_while_it_works("Kafka", lambda: next(answers), lambda: process, 0.7, said.append) is None
    assert said
    assert said[0].startswith("waiting for Kafka (")
    assert "at work" in said[0]


def test_a_process_that_does_nothing_is_not_waited_for() -> None:
    with running(IDLE) as process:
        gave_up = wait_while_it_works("Kafka", lambda: False, lambda: process, 0.5)
    assert gave_up is not None
    assert gave_up.because.startswith("does not answer after")


def test_a_frozen_process_is_called_frozen() -> None:
    with running(BUSY) as process:
        os.kill(process.pid, signal.SIGSTOP)
        wait_until(lambda: process.status() == psutil.STATUS_STOPPED, "it is stopped")
        gave_up = wait_while_it_works("Kafka", lambda: False, lambda: process, 0.5)
        assert gave_up is not None
        assert f"kill -CONT {process.pid}" in gave_up.because


def test_work_of_another_process_is_not_the_servers() -> None:
    # Given a process that ended and was started again, as one that fails again and again
    with running(IDLE) as first, running(BUSY) as again:
        found = iter([first])
        gave_up = wait_while_it_works("relay", lambda: False, lambda: next(found, again), 0.5)
    assert gave_up is not None


def test_without_a_process_it_says_so() -> None:
    gave_up = wait_while_it_works("relay", lambda: False, lambda: None, 0.2)
    assert gave_up is not None
    assert gave_up.because.startswith("has no process after")


def test_our_own_kafka_that_is_frozen_is_not_taken_for_a_strangers(home: Path, cache: Path) -> None:
    # Given a Kafka that was started here, and gives no answer now
    server = kafka.prepare(home, cache)
    processes.up(home, [Program(kafka.PROGRAM, server.argv, server.environment)])
    kafka.wait_until_ready(server.cluster, 60, home)
    broker = processes.status(home)[0].pid
    assert broker is not None
    # (It writes nothing outside of its home, as a JVM else does)
    assert not list(Path("/tmp").glob(f"hsperfdata_*/{broker}"))
    os.kill(broker, signal.SIGSTOP)
    try:
        wait_until(lambda: psutil.Process(broker).status() == psutil.STATUS_STOPPED, "it is frozen")
        # When it is asked for again, then nobody is advised to end it,
        assert kafka.prepare(home, cache).cluster == server.cluster
        # and what is wrong with it is said, with the end of its log
        with pytest.raises(KafkaNotReady) as found:
            kafka.wait_until_ready(server.cluster, 1, home)
    finally:
        os.kill(broker, signal.SIGCONT)
    assert f"kill -CONT {broker}" in str(found.value)
    assert "Kafka Server started" in str(found.value) or "kafka.log" in str(found.value)
    # When it goes on, then it is there
    kafka.wait_until_ready(server.cluster, 60, home)


def test_our_own_postgres_that_is_frozen_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.start(home)
    server = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))
    monkeypatch.setattr(postgres, "_LIMIT_SECONDS", 5)
    server.suspend()
    try:
        with pytest.raises(postgres.PostgresUnusable, match=f"kill -CONT {server.pid}"):
            postgres.start(home)
    finally:
        server.resume()
    assert postgres.start(home)
