"""The program under a supervisor, as in production: what ends is started again, without other help."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, RLock, Thread
from types import MappingProxyType
from typing import NamedTuple

import psutil

from casecore.kafka.cluster import Cluster
from tests.forked import Command, Running
from tests.journeys.harness.program import NO_HEALTH, VIEWS, Program
from tests.waiting import wait_until

RESTART_SECONDS = 1.0
"""A supervisor's pause before it starts a program again."""

_LOOK_SECONDS = 0.1
_AT_POINT = "at"
_BY = "by"


class Ending(NamedTuple):
    """A process that ended by itself, or was killed, and its exit code (less than 0: by a signal)."""

    name: str
    code: int


class SupervisedProgram(Program):
    """casecore on one database and topics of its own; `keep` lets a process run again whenever it ends."""

    def __init__(
        self,
        folder: Path,
        database: str,
        cluster: Cluster,
        prefix: str,
        notes: Path,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`notes` gets a file for each process, for the cleanup after a killed test run."""
        super().__init__(folder, database, cluster, prefix, environment)
        self.prefix = prefix
        self._notes = notes
        self._kept: dict[str, tuple[str, ...]] = {}
        self._due: dict[str, float] = {}
        self._seen: set[Running] = set()
        self._piped: list[subprocess.Popen[bytes]] = []
        self.endings: list[Ending] = []
        self._lock = RLock()
        self._stop = Event()
        self._thread = Thread(target=self._supervise, name="supervisor", daemon=True)
        self._thread.start()

    def start(
        self, name: str, *arguments: str, stdin: Path | None = None, stdout: Path | None = None
    ) -> None:
        """Start a process in the background, unless it runs; what it prints is appended to a file."""
        with self._lock:
            self._note_endings()
            super().start(name, *arguments, stdin=stdin, stdout=stdout)
            self._write_down(name)

    def keep(self, name: str, *arguments: str) -> None:
        """Start a process, unless it runs, and again whenever it has ended."""
        with self._lock:
            self._kept[name] = arguments
            self.start(name, *arguments)

    def keep_all(self) -> None:
        """The relay and a runner for each view, as in production."""
        self.keep("relay", "relay", *NO_HEALTH)
        for view in VIEWS:
            self.keep(view, "project", view, *NO_HEALTH)

    def keep_few(self, *alone: str) -> None:
        """The relay, the views named each in a process of its own, and one process for all the others.

        Cheaper than one for each: to start a process takes more than a second of a core.
        """
        self.keep("relay", "relay", *NO_HEALTH)
        self.keep("views", "project", *(view for view in VIEWS if view not in alone), *NO_HEALTH)
        for view in alone:
            self.keep(view, "project", view, *NO_HEALTH)

    def let_go(self, name: str) -> None:
        """End a process as an operator does (SIGTERM), and start it no more."""
        with self._lock:
            self._kept.pop(name, None)
            self._due.pop(name, None)
            process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    def replace(self, name: str, *arguments: str) -> int:
        """Kill a kept process and start this in its place, once; returns its id."""
        with self._lock:
            if self.runs(name):
                self._seen.add(self._running[name])
                super().kill(name)
            self._due.pop(name, None)
            self.start(name, *arguments)
            return self._running[name].pid

    def kill(self, name: str) -> bool:
        """SIGKILL, and reap; returns whether there was a process to kill."""
        with self._lock:
            there = self.runs(name)
            if there:
                super().kill(name)
                self._note_endings()
            return there

    def start_piped(self, name: str, *arguments: str, stdout: Path) -> subprocess.Popen[bytes]:
        """Start a process that reads what the caller writes; it is not kept."""
        with self._lock, stdout.open("ab") as printed, (self.folder / f"{name}.err").open("ab") as said:
            self._note_endings()
            self._running[name] = process = subprocess.Popen(
                self._command(arguments).line(),
                bufsize=0,  # a write is sent at once, and nothing is left to be flushed
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=said,
            )
            self._piped.append(process)
            self._write_down(name)
            return process

    def runs(self, name: str) -> bool:
        """Whether the process runs now."""
        with self._lock:
            return name in self._running and self._running[name].poll() is None

    def pid(self, name: str) -> int:
        """The id of the process that was last started under this name."""
        with self._lock:
            return self._running[name].pid

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process, such as SIGSTOP."""
        with self._lock:
            self._running[name].send_signal(number)

    def said(self, name: str) -> str:
        """All that a process wrote, on one line, so that line breaks do not matter to the assertions."""
        files = [self.folder / f"{name}.{ending}" for ending in ("out", "err")]
        return " ".join(" ".join(path.read_text() for path in files if path.exists()).split())

    def wait_until_said(self, name: str, words: str, limit_seconds: float = 60) -> None:
        """Until a process has written these words."""
        wait_until(lambda: words in self.said(name), f"{name} says {words!r}", limit_seconds)

    def codes(self, name: str) -> list[int]:
        """The exit codes of the processes of this name that ended without being asked to."""
        with self._lock:
            return [ending.code for ending in self.endings if ending.name == name]

    def stop_all(self) -> None:
        """End every process, also a stopped one, and stop supervising."""
        self._stop.set()
        self._thread.join()
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
        for piped in self._piped:
            assert piped.stdin is not None
            piped.stdin.close()
        super().stop_all()

    def _write_down(self, name: str) -> None:
        pid = self._running[name].pid
        with suppress(psutil.NoSuchProcess):
            note = {"pid": pid, "created": psutil.Process(pid).create_time()}
            (self._notes / f"{self.prefix}-{name}.process").write_text(json.dumps(note))

    def _supervise(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            with self._lock:
                self._note_endings()
                for name, due_at in list(self._due.items()):
                    if time.monotonic() >= due_at:
                        del self._due[name]
                        self.start(name, *self._kept[name])

    def _note_endings(self) -> None:
        for name, process in self._running.items():
            code = process.poll()
            if code is None or process in self._seen:
                continue
            self._seen.add(process)
            self.endings.append(Ending(name, code))
            if name in self._kept:
                self._due[name] = time.monotonic() + RESTART_SECONDS

    def _command(self, arguments: Sequence[str]) -> Command:
        if arguments[:1] == (_AT_POINT,):
            return Command(arguments[1:], "tests.faults.injection.stopping")
        if arguments[:1] == (_BY,):
            return Command(arguments[2:], arguments[1])
        return super()._command(arguments)


def by(module: str, *arguments: str) -> tuple[str, ...]:
    """The arguments of a process that another module of the tests runs, which changes the program first."""
    return (_BY, f"tests.faults.injection.{module}", *arguments)


def at_point(point: str, nth: int, action: str, *arguments: str, more: str = "") -> tuple[str, ...]:
    """The arguments of a process that does something at a named point; see `stopping`, also for `more`."""
    return (_AT_POINT, point, str(nth), action, *more.split(), "--", *arguments)


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by SIGSTOP."""
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def seed() -> int:
    """The seed of all random choices: CASES_SEED, which repeats a run."""
    return int(os.environ.get("CASES_SEED", "20261122"))
