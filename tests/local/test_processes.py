"""The programs of an installation: kept running while it is up, and none left when it is down."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil
import pytest

from casecore.local import processes, supervision
from casecore.local.errors import Busy, ProcessesUnusable
from casecore.local.folders import exclusive
from casecore.local.found import wait_for_end
from casecore.local.processes import Program
from tests.waiting import LIMIT_SECONDS, wait_until

_STAYS = "import signal; signal.pause()"
_IGNORES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True)\n"
_IGNORES += "while True: signal.pause()"


def _program(name: str, source: str = _STAYS) -> Program:
    return Program(name, (sys.executable, "-c", source))


def _state(home: Path, name: str) -> str:
    return {status.name: status.state for status in processes.status(home)}[name]


def _process(home: Path, name: str) -> psutil.Process:
    wait_until(lambda: _state(home, name) == "RUNNING", f"{name} runs")
    return psutil.Process(_pid(home, name))


def _pid(home: Path, name: str) -> int | None:
    return {status.name: status.pid for status in processes.status(home)}[name]


def _supervisor(home: Path) -> psutil.Process:
    found = supervision.supervisor(home.resolve() / "run")
    assert found is not None
    return found


def test_up_keeps_programs_running_with_their_environment_and_a_log(home: Path) -> None:
    source = "import os; print(os.environ['GREETING'], flush=True); " + _STAYS
    odd = '50 % "off"; it\'s # all'
    assert processes.up(home, [Program("one", (sys.executable, "-c", source), {"GREETING": odd})])

    process = _process(home, "one")
    assert process.cmdline()[1:] == ["-c", source]
    assert Path(process.cwd()) == Path.cwd()
    log = home / "logs" / "one.log"
    wait_until(lambda: odd in log.read_text(), "its log has its output")


def test_a_second_up_changes_nothing_and_says_so(home: Path) -> None:
    programs = [_program("one")]
    assert processes.up(home, programs)
    process = _process(home, "one")

    assert not processes.up(home, programs)
    assert process.is_running()
    with pytest.raises(ProcessesUnusable, match="stop them first"):
        processes.up(home, [_program("two")])


def test_a_killed_program_is_restarted(home: Path) -> None:
    processes.up(home, [_program("one")])
    first = _process(home, "one")
    first.kill()

    wait_until(lambda: _pid(home, "one") not in (None, first.pid), "it runs again")


def test_a_program_that_fails_is_tried_again_within_seconds_for_ever(home: Path) -> None:
    processes.up(home, [Program("one", ("/nonexistent/program",))])

    log = home / "logs" / "one.log"
    wait_until(
        lambda: log.exists() and log.read_text().count("cannot be run") >= 2,
        "it is tried again",
    )
    assert _state(home, "one") in {"BACKOFF", "STARTING"}


def test_down_ends_everything_also_what_does_not_listen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "STOP_LIMIT_SECONDS", 1)
    child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {_STAYS!r}]); " + _STAYS
    processes.up(home, [_program("deaf", _IGNORES), _program("parent", child)])
    family = [_process(home, "deaf"), _process(home, "parent")]
    wait_until(
        lambda: "ready" in (home / "logs" / "deaf.log").read_text(), "it ignores SIGTERM", LIMIT_SECONDS
    )
    wait_until(lambda: len(family[1].children()) == 1, "it has a child")
    family += family[1].children()

    assert processes.down(home)
    assert wait_for_end(family, 0)
    assert processes.status(home) == []
    assert not processes.down(home)


def test_a_supervisor_that_an_older_version_configured_is_stopped(home: Path) -> None:
    # Given a supervisor whose configuration names a plug-in that this version no longer has
    processes.up(home, [_program("one")])
    family = [_process(home, "one"), _supervisor(home)]
    configuration = supervision.configuration(home.resolve() / "run")
    ours = "[rpcinterface:restart_backoff]\n"
    ours += "supervisor.rpcinterface_factory = casecore.local.restart_backoff:make\n"
    older = "[rpcinterface:patience]\nsupervisor.rpcinterface_factory = casecore.local.patience:make\n"
    text = configuration.read_text()
    assert ours in text
    configuration.write_text(text.replace(ours, older))

    # When it is taken down
    assert processes.down(home)

    # Then nothing runs, and the next `up` writes a configuration of its own
    assert wait_for_end(family, 0)
    assert processes.up(home, [_program("one")])
    assert configuration.read_text() == text


@pytest.mark.parametrize("command", ["down", "up"])
def test_orphans_of_a_killed_supervisor_are_ended(home: Path, command: str) -> None:
    processes.up(home, [_program("one")])
    orphan = _process(home, "one")
    supervisor = _supervisor(home)
    supervisor.kill()
    supervisor.wait(LIMIT_SECONDS)
    assert _state(home, "one") == "ORPHANED"

    if command == "down":
        assert processes.down(home)
        assert processes.status(home) == []
    else:
        assert processes.up(home, [_program("one")])
        assert _process(home, "one").pid != orphan.pid
    assert wait_for_end([orphan], 0)


def test_a_process_that_has_inherited_a_number_is_left_alone(home: Path) -> None:
    processes.up(home, [_program("one")])
    _process(home, "one")
    supervisor = _supervisor(home)
    note = home / "run" / "programs" / "one.process"
    wait_until(note.exists, "the process is noted")  # its first step, when the supervisor has it already
    written = json.loads(note.read_text())
    supervisor.kill()
    supervisor.wait(LIMIT_SECONDS)
    psutil.Process(written["pid"]).kill()
    # This test's own process, which `down` would end if it went by the number alone.
    note.write_text(json.dumps({**written, "pid": os.getpid()}))

    assert _state(home, "one") == "STOPPED"
    assert not processes.down(home)


def test_the_supervisor_can_be_reached_only_by_its_owner_and_not_over_the_network(home: Path) -> None:
    processes.up(home, [_program("one")])
    supervisor = _supervisor(home)

    assert (home / "run" / "supervisor.sock").stat().st_mode & 0o777 == 0o700
    assert (home / "run").stat().st_mode & 0o077 == 0
    assert supervisor.net_connections(kind="inet") == []


def test_a_path_too_long_for_a_socket_and_with_odd_characters_is_no_obstacle(home: Path) -> None:
    deep = home / "50 % off" / ("b" * 90)
    try:
        processes.up(deep, [_program("one")])
        assert _process(deep, "one").is_running()
    finally:
        assert processes.down(deep)


def test_while_another_command_starts_or_stops_the_installation_it_is_busy(home: Path) -> None:
    lock = home / "lock"
    with (
        exclusive(lock, 1),
        pytest.raises(Busy, match="wait until it has ended"),
        exclusive(lock, 0.1),
    ):
        pass
