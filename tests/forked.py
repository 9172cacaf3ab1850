"""The program's commands in processes of their own, each forked from one that has loaded what they need.

A run of all tests starts some hundreds, and each would spend half a second of processor time on imports.
That a new interpreter starts the program is seen wherever the program starts itself, as `casecore up` does,
and where only a new one reads the settings of Python that a test gives.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

from tests.waiting import LIMIT_SECONDS, wait_until

PROGRAM = "casecore.cli"
_NOTHING = Path(os.devnull)
_PAUSE_SECONDS = 0.005

_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.loaded"])
# Who asks for the end of one process asks for the ends of all, and only one thread is told.
_lock = Lock()


class Command(NamedTuple):
    """The arguments of the program, or of another module that changes it before."""

    arguments: Sequence[str]
    module: str = PROGRAM

    def line(self) -> list[str]:
        """As a new interpreter is started with it."""
        return [sys.executable, "-m", self.module, *self.arguments]


class Streams(NamedTuple):
    """The files of a process; to what it prints and complains is appended."""

    given: Path = _NOTHING
    printed: Path = _NOTHING
    complained: Path = _NOTHING


class Ended(NamedTuple):
    """How a command ended; `printed` is its standard output, `complained` its standard error."""

    code: int
    printed: str
    complained: str


class Running(Protocol):
    """A process that was started, as far as subprocess.Popen and ForkedCommand are alike."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float = LIMIT_SECONDS) -> int: ...

    def send_signal(self, sig: int, /) -> None: ...

    def kill(self) -> None: ...


class ForkedCommand:
    """A command of this checkout's program, in a forked process."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], streams: Streams) -> None:
        self._process = _forks.Process(target=_command, args=(list(arguments), dict(environment), streams))
        with _lock:
            self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """The exit code (less than 0: ended by a signal), or None while it runs."""
        with _lock:
            return self._process.exitcode

    def wait(self, timeout: float = LIMIT_SECONDS) -> int:
        """Its exit code, once it has ended; raises subprocess.TimeoutExpired."""
        try:
            wait_until(lambda: self.poll() is not None, "the command ends", timeout, _PAUSE_SECONDS)
        except AssertionError:
            raise subprocess.TimeoutExpired(self._process.name, timeout) from None
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        """SIGKILL, unless it has ended."""
        with _lock:
            self._process.kill()


def start(command: Command, environment: Mapping[str, str], streams: Streams) -> Running:
    """Start a command: forked, unless it is of another module, or has its own settings of Python."""
    for path in (
        streams.printed,
        streams.complained,
    ):  # there, also if the process is killed before it begins
        path.open("ab").close()
    if command.module == PROGRAM and _of_python(environment) == _of_python(os.environ):
        return ForkedCommand(command.arguments, environment, streams)
    with (
        open(streams.given, "rb") as given,
        open(streams.printed, "ab") as printed,
        open(streams.complained, "ab") as complained,
    ):
        return subprocess.Popen(
            command.line(), env=environment, stdin=given, stdout=printed, stderr=complained
        )


def run(command: Command, environment: Mapping[str, str], given: str = "") -> Ended:
    """Run a command to its end, and kill it if it does not come."""
    with tempfile.TemporaryDirectory() as folder:
        streams = Streams(*(Path(folder, name) for name in Streams._fields))
        streams.given.write_text(given)
        process = start(command, environment, streams)
        try:
            code = process.wait(LIMIT_SECONDS)
        finally:
            process.kill()
        return Ended(code, streams.printed.read_text(), streams.complained.read_text())


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


def _command(arguments: list[str], environment: dict[str, str], streams: Streams) -> None:
    """In the forked process: the command, with its own environment, streams and words."""
    os.environ.clear()
    os.environ.update(environment)
    flags = (os.O_RDONLY, *[os.O_WRONLY | os.O_APPEND | os.O_CREAT] * 2)
    for number, (path, flag) in enumerate(zip(streams, flags, strict=True)):
        opened = os.open(path, flag)
        os.dup2(opened, number)
        os.close(opened)
    # multiprocessing has put something else in the place of this one; the others write to their numbers.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.argv = ["casecore", *arguments]
    from casecore.cli.main import main

    main()
