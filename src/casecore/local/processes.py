"""Starting, watching, restarting and stopping the programs of an installation, under supervisord."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from casecore.local import supervision
from casecore.local.errors import ProcessesUnusable
from casecore.local.folders import exclusive
from casecore.local.found import end, family, recorded

_START_LIMIT_SECONDS = 30
_LOCK_LIMIT_SECONDS = 300


class Program(NamedTuple):
    """A program to keep running; a lower priority starts earlier and stops later."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = MappingProxyType({})
    priority: int = 100


class ProcessStatus(NamedTuple):
    """The state of a program: STARTING, RUNNING, BACKOFF (it failed, and is restarted), STOPPING, STOPPED, or
    ORPHANED (it runs without a supervisor; `up` and `down` end it)."""

    name: str
    state: str
    pid: int | None
    uptime_seconds: int


def up(home: Path, programs: Sequence[Program]) -> bool:
    """Start `programs` in the background and keep them running; logs go to `home`/logs.

    Each program gets this process's environment, its own on top, and this process's current folder. Returns
    False, and changes nothing, when they are up already. Raises ProcessesUnusable when other programs
    are up or the supervisor does not start, and Busy when another up or down does not end.
    """
    run = _run_folder(home)
    with exclusive(run / "lock", _LOCK_LIMIT_SECONDS):
        if supervision.supervisor(run) is not None:
            if _written_plans(run) == _plans(programs):
                return False
            raise ProcessesUnusable(
                "other programs, or the same with other settings, are up already; stop them first"
            )
        _end_orphans(run)
        (home / "logs").mkdir(exist_ok=True)
        _write_plans(run, programs)
        supervision.configure(run, home.resolve() / "logs", [(p.name, p.priority) for p in programs])
        _start_supervisor(run)
    return True


def down(home: Path) -> bool:
    """Stop everything that `up` started; returns whether anything was running.

    Each program has some seconds to end by itself, and is killed after that. Raises Busy when another up or
    down does not end.
    """
    run = _run_folder(home)
    with exclusive(run / "lock", _LOCK_LIMIT_SECONDS):
        supervisor = supervision.supervisor(run)
        if supervisor is not None:
            everything = family(supervisor)
            end([supervisor], supervision.STOP_LIMIT_SECONDS * (len(_written_plans(run)) + 1))
            end(everything, supervision.STOP_LIMIT_SECONDS)
        ended = _end_orphans(run)
        for name in _written_plans(run):
            for file in _program_folder(run).glob(f"{name}.*"):
                file.unlink()
        supervision.forget(run)
        return supervisor is not None or ended


def status(home: Path) -> list[ProcessStatus]:
    """The state of each program that `up` started, in order of name; empty when nothing is up."""
    run = _run_folder(home)
    reports = {report.name: report for report in supervision.ask(run)}
    found = []
    for name in sorted(_written_plans(run)):
        report = reports.get(name)
        if report is not None:
            found.append(ProcessStatus(*report))
            continue
        orphan = recorded(_program_folder(run) / f"{name}.process")
        if orphan is None:
            found.append(ProcessStatus(name, "STOPPED", None, 0))
        else:
            seconds = int(time.time() - orphan.create_time())
            found.append(ProcessStatus(name, "ORPHANED", orphan.pid, seconds))
    return found


def process_note(home: Path, name: str) -> Path:
    """The file that names a program's process; `casecore.local.found.recorded` reads it."""
    return _program_folder(home.resolve() / "run") / f"{name}.process"


def _run_folder(home: Path) -> Path:
    run = home.resolve() / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    return run


def _program_folder(run: Path) -> Path:
    return run / "programs"


def _plans(programs: Sequence[Program]) -> dict[str, object]:
    return {
        program.name: {"argv": list(program.argv), "environment": dict(program.environment)}
        for program in programs
    }


def _write_plans(run: Path, programs: Sequence[Program]) -> None:
    folder = _program_folder(run)
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, plan in _plans(programs).items():
        (folder / f"{name}.json").write_text(json.dumps(plan))


def _written_plans(run: Path) -> dict[str, object]:
    return {file.stem: json.loads(file.read_text()) for file in _program_folder(run).glob("*.json")}


def _end_orphans(run: Path) -> bool:
    processes = []
    for note in _program_folder(run).glob("*.process"):
        orphan = recorded(note)
        if orphan is not None:
            processes += family(orphan)
    end(processes, supervision.STOP_LIMIT_SECONDS)
    return bool(processes)


def _start_supervisor(run: Path) -> None:
    result = subprocess.run(
        supervision.command(run),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        timeout=_START_LIMIT_SECONDS,
    )
    if result.returncode:
        raise ProcessesUnusable(f"the supervisor did not start: {result.stderr or result.stdout}")
    give_up_at = time.monotonic() + _START_LIMIT_SECONDS
    while not supervision.ask(run):
        if time.monotonic() >= give_up_at:
            raise ProcessesUnusable(f"the supervisor gives no answer; see {run / 'supervisord.log'}")
        time.sleep(0.05)
