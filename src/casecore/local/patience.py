"""Waits for a server as long as its process lives and gets on with its work, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import psutil

LONGEST_SECONDS = 600
"""However busy it is: after that somebody has to look."""
_WORK_SECONDS = 0.5
"""Processor time that counts as getting on: less is what an idle process takes for asking around."""
_SAID_EVERY_SECONDS = 5

OnProgress: TypeAlias = Callable[[str], None]

FindProcess: TypeAlias = Callable[[], psutil.Process | None]


class GaveUp(NamedTuple):
    """Why it is not worth waiting any longer, as the end of a sentence about the server."""

    because: str


class _Work(NamedTuple):
    process: psutil.Process
    seconds: float


def wait_while_it_works(
    name: str,
    is_ready: Callable[[], bool],
    find: FindProcess,
    limit_seconds: float,
    on_progress: OnProgress = lambda _: None,
) -> GaveUp | None:
    """Wait until a server is ready; returns None then, else why not.

    `limit_seconds` bounds how long its process does nothing, or is missing; a process that works may take
    longer, up to `LONGEST_SECONDS`, and `on_progress` hears of it. One that is started again and again does
    not get on.
    """
    started_at = got_on_at = said_at = time.monotonic()
    before: _Work | None = None
    while not is_ready():
        now = time.monotonic()
        work = _work(find())
        if work is not None and (before is None or _got_on(before, work)):
            got_on_at = now if before is not None else got_on_at
            before = work
        if now - got_on_at >= limit_seconds or now - started_at >= max(limit_seconds, LONGEST_SECONDS):
            return GaveUp(_why(work, now - started_at))
        if now - said_at >= _SAID_EVERY_SECONDS:
            said_at = now
            doing = "its process is at work" if work else "its process is about to start"
            on_progress(f"waiting for {name} ({now - started_at:.0f} s; {doing})")
        time.sleep(0.05)
    return None


def _got_on(before: _Work, now: _Work) -> bool:
    return before.process == now.process and now.seconds - before.seconds >= _WORK_SECONDS


def _work(process: psutil.Process | None) -> _Work | None:
    if process is None:
        return None
    try:
        seconds = 0.0
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            seconds += times.user + times.system
        return _Work(process, seconds)
    except psutil.Error:
        return None


def _why(work: _Work | None, seconds: float) -> str:
    if work is None:
        return f"has no process after {seconds:.0f} s"
    try:
        if work.process.status() == psutil.STATUS_STOPPED:
            number = work.process.pid
            return f"is frozen: its process {number} was stopped by a signal; `kill -CONT {number}` wakes it"
    except psutil.Error:
        pass
    return f"does not answer after {seconds:.0f} s (process {work.process.pid})"
