"""Finds processes that an earlier command started, and ends them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

# The system derives a start time from its clock, which may have been set in the meantime.
_CLOCK_TOLERANCE_SECONDS = 5


def recorded(note: Path) -> psutil.Process | None:
    """The process that the file `note` names, if it still runs and no other process has its number now."""
    try:
        written = json.loads(note.read_text())
        process = psutil.Process(written["pid"])
        age_differs = abs(process.create_time() - written["created"]) > _CLOCK_TOLERANCE_SECONDS
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
    return None if age_differs or not _runs(process) else process


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process and its descendants, without those that have detached from it."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return [process]


def end(processes: Sequence[psutil.Process], limit_seconds: float) -> None:
    """Ask each process to end, wait up to `limit_seconds` for all of them, then kill the rest."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    if wait_for_end(processes, limit_seconds):
        return
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_for_end(processes, limit_seconds)


def wait_for_end(processes: Sequence[psutil.Process], limit_seconds: float) -> bool:
    """Wait up to `limit_seconds` until none of the processes runs; returns whether all have ended."""
    give_up_at = time.monotonic() + limit_seconds
    while any(_runs(process) for process in processes):
        if time.monotonic() >= give_up_at:
            return False
        time.sleep(0.02)
    return True


def _runs(process: psutil.Process) -> bool:
    # In a container whose first process is not an init, a process that has ended stays listed for ever.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
