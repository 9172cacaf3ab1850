"""A process beside a test run, which ends all that the run has started, when the run cannot do it itself.

It watches the process that directs the run. When that is killed, also with SIGKILL, nothing stays: no worker,
no server, no program under test. A run that gets SIGTERM has some seconds to end; after that it is killed, as
a test may have caught the interruption.

The guard knows what belongs to the run by two marks, which a process keeps when it detaches itself. One is a
variable in the environment, which every child inherits. The other is the current folder, below one of the
run's folders: PostgreSQL is started with an environment of its own.

The folders of servers are in memory where there is room: each test's database is some three hundred files,
which on a disk took a sixth of a run's processor time.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import psutil

RUN_VARIABLE = "TEST_RUN_ID"
"""The environment variable with the id of the run to which a process belongs."""
FOLDER_PREFIX = "casecore-tests-"
"""The names of a run's folders begin with this and the run's id; `places` says where they are."""

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 << 30

# Together far less than the 30 seconds within which nothing may be left.
_TO_STOP_SECONDS = 8.0
_TO_END_SECONDS = 5.0
_TO_DIE_SECONDS = 5.0
_PAUSE_SECONDS = 0.2


def start_run() -> None:
    """Mark this process's future children as a run's, and let a guard watch this process.

    From then on SIGTERM is an interruption, as Ctrl-C is, unless something else handles it already.
    """
    run = secrets.token_hex(5)
    os.environ[RUN_VARIABLE] = run
    reading_end, writing_end = os.pipe()
    guard = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), run, str(os.getpid())],
        stdin=reading_end,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(reading_end)
    # It outlives this process, so nobody waits for it.
    guard.returncode = 0

    def stop(number: int, frame: FrameType | None) -> None:
        with suppress(OSError):
            os.write(writing_end, b"stop\n")
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, stop)


def run_id() -> str:
    """The id of the run to which this process belongs; of none, a new one."""
    return os.environ.get(RUN_VARIABLE) or secrets.token_hex(5)


def processes_of(run: str) -> list[psutil.Process]:
    """Every process that belongs to the run, but for the caller."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _belongs_to(process, run) and runs(process)
    ]


def places() -> list[Path]:
    """Where folders of runs may be: in memory, where the machine has such a place, and on a disk."""
    disk = Path(tempfile.gettempdir()).resolve()
    return [_MEMORY, disk] if os.access(_MEMORY, os.W_OK) else [disk]


def place_with_room() -> Path:
    """Where the folder of a server is made: in memory if all servers of a run have room there."""
    return next((place for place in places() if shutil.disk_usage(place).free >= _ROOM_BYTES), places()[-1])


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended; one that has ended may be listed until its parent asks for it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _belongs_to(process: psutil.Process, run: str) -> bool:
    with suppress(psutil.Error, OSError):
        if process.environ().get(RUN_VARIABLE) == run:
            return True
    with suppress(psutil.Error, OSError):
        return process.cwd().startswith(tuple(str(place / _name_begins(run)) for place in places()))
    return False


def _name_begins(run: str) -> str:
    return f"{FOLDER_PREFIX}{run}-"


def main(run: str, owner_pid: int) -> None:
    """Wait until the owner, this process's parent, has ended or has to; then end all that is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)

    def is_over() -> bool:
        return os.getppid() != owner_pid

    _waited(lambda: is_over() or _was_asked_to_stop(), None)
    if not _waited(is_over, _TO_STOP_SECONDS):
        with suppress(ProcessLookupError):
            os.kill(owner_pid, signal.SIGKILL)
    end_all_of(run)


def _was_asked_to_stop() -> bool:
    # Its end alone would say nothing: a process that the owner has forked keeps the pipe open.
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready)


def end_all_of(run: str) -> None:
    """Ask all that belongs to a run to end, kill the rest, and remove the run's folders."""
    for process in processes_of(run):
        with suppress(psutil.Error):
            process.terminate()
    if not _waited(lambda: not processes_of(run), _TO_END_SECONDS):
        _waited(lambda: not _killed(run), _TO_DIE_SECONDS)
    for place in places():
        for folder in place.glob(f"{_name_begins(run)}*"):
            shutil.rmtree(folder, ignore_errors=True)


def _killed(run: str) -> list[psutil.Process]:
    """Kill all that runs; one of them may have started another in the meantime."""
    found = processes_of(run)
    for process in found:
        with suppress(psutil.Error):
            process.kill()
    return found


def _waited(condition: Callable[[], bool], limit_seconds: float | None) -> bool:
    give_up_at = None if limit_seconds is None else time.monotonic() + limit_seconds
    while not condition():
        if give_up_at is not None and time.monotonic() >= give_up_at:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
