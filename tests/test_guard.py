"""A test run that is killed, however it is killed, leaves no process behind within 30 seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from casecore.local.found import wait_for_end
from tests import guard
from tests.waiting import wait_until

WITHIN_SECONDS = 30
# A test as they are, with servers and a program under test. It goes on when it is interrupted.
HANGS = """
import os, signal, subprocess, sys, time
from pathlib import Path

def test_that_hangs({fixtures}):
    stays = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", stays], start_new_session=True)
    Path(r"{ready}").write_text(os.environ["{variable}"])
    while True:
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            pass
"""


@pytest.fixture
def inner_run(request: pytest.FixtureRequest) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Where a test puts a test run that it has started; it is ended with the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for run in started:
        run.kill()
        run.wait()


@pytest.mark.parametrize(
    ("options", "fixtures", "number"),
    [
        (("-n", "1"), "database, kafka_server", signal.SIGTERM),
        (("-n", "0"), "database", signal.SIGTERM),
        (("-n", "1"), "database", signal.SIGKILL),
    ],
    ids=["SIGTERM with workers", "SIGTERM", "SIGKILL with workers"],
)
def test_a_killed_run_leaves_no_process(
    options: tuple[str, ...],
    fixtures: str,
    number: signal.Signals,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    inner_run: list[subprocess.Popen[bytes]],
) -> None:
    # Given a test run with its servers, in the middle of a test
    ready, file = tmp_path / "ready", tmp_path / "test_hangs.py"
    file.write_text(HANGS.format(fixtures=fixtures, ready=ready, variable=guard.RUN_VARIABLE))
    root = pytestconfig.rootpath
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", *options]
    command += ["-c", str(root / "pyproject.toml"), "--rootdir", str(root), str(file)]
    with (tmp_path / "output").open("wb") as output:
        run = subprocess.Popen(command, cwd=root, stdout=output, stderr=output, start_new_session=True)
    inner_run.append(run)
    ready.touch()
    wait_until(lambda: ready.read_text() or run.poll() is not None, "the test runs")
    assert run.poll() is None, (tmp_path / "output").read_text()
    id_of_run = ready.read_text()
    everything = [
        psutil.Process(run.pid),
        *guard.processes_of(id_of_run),
        *psutil.Process(run.pid).children(recursive=True),
    ]
    names = {process.name() for process in everything}
    assert {"postgres", *({"java"} if "kafka_server" in fixtures else ())} <= names
    # When the process that directs it gets the signal
    os.kill(run.pid, number)
    # Then all that it has started is gone
    assert wait_for_end(everything, WITHIN_SECONDS), [
        process for process in everything if guard.runs(process)
    ]
    assert guard.processes_of(id_of_run) == []
