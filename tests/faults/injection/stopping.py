"""A process of the program that stops itself at a named point: `python -m tests.faults.injection.stopping
POINT …`.

    python -m tests.faults.injection.stopping POINT NTH ACTION -- relay --health-port 0

runs `casecore relay --health-port 0`; when POINT is reached for the NTH time, the process does ACTION:

    kill            SIGKILL to itself
    stop            SIGSTOP to itself, with all its threads; after SIGCONT it continues
    hold=FILE       makes FILE.held and goes on when FILE is there: what happens meanwhile, happens in between
    kill=PID,MS     goes on, and sends SIGKILL to the process PID (a broker) so many milliseconds later

A fourth word, `poll=MS`, gives its consumers another longest time between two polls.

The points are wrapped around functions from outside, so the program does not know them.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer

from casecore.relay.session import RelaySession
from casecore.store import recorder
from casecore.store.recorder import LogRecorder
from projections.kit.tables import storage, writing
from tests.waiting import wait_until

HOLD_LIMIT_SECONDS = 120.0
"""A process whose test has failed must not stay for ever; it goes on then."""

Act = Callable[[], None]


def before(owner: Any, name: str, act: Act) -> None:
    """Act each time before the function is called."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def patched(*arguments: Any, **named: Any) -> Any:
        act()
        return original(*arguments, **named)

    setattr(owner, name, patched)


def after(owner: Any, name: str, act: Act) -> None:
    """Act each time after the function has returned something other than False."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def patched(*arguments: Any, **named: Any) -> Any:
        result = original(*arguments, **named)
        if result is not False:
            act()
        return result

    setattr(owner, name, patched)


def after_first(act: Act) -> Act:
    """Let the first time pass: what a relay does once for its barrier."""
    passed = iter([True])
    return lambda: None if next(passed, False) else act()


def before_commit(act: Act) -> None:
    """Act when the bus's rows are inserted, for sure, and not committed yet."""
    original = recorder._append

    @functools.wraps(original)
    def patched(connection: Any, given: Any) -> Any:
        with connection.transaction():
            appended = original(connection, given)
            act()
            return appended

    recorder._append = patched


POINTS: dict[str, Callable[[Act], None]] = {
    "relay.locked": lambda act: after(RelaySession, "take_lock", act),
    "relay.fenced": lambda act: after(KafkaProducer, "init_transactions", act),
    "relay.barrier": lambda act: before(KafkaProducer, "abort_transaction", act),
    "relay.sent": lambda act: before(KafkaProducer, "flush", after_first(act)),
    "relay.flushed": lambda act: before(KafkaProducer, "commit_transaction", act),
    "relay.committed": lambda act: after(KafkaProducer, "commit_transaction", act),
    "runner.claimed": lambda act: after(storage.Storage, "claim", act),
    "runner.folded": lambda act: before(storage.Storage, "write", act),
    "runner.offsets": lambda act: before(storage, "write_outcome", act),
    "runner.copying": lambda act: before(writing, "copy_text", act),
    "runner.rows": lambda act: after(storage, "write_outcome", act),
    "runner.committed": lambda act: after(storage.Storage, "write", act),
    "bus.loaded": lambda act: after(LogRecorder, "load", act),
    "bus.inserted": before_commit,
    "bus.committed": lambda act: after(LogRecorder, "append", act),
}
"""Each named point: what puts an act there."""


def on_nth(nth: int, act: Act) -> Act:
    """Act the nth time, and at no other."""
    left = iter(range(nth - 1, -1, -1))
    return lambda: act() if next(left, -1) == 0 else None


def action(text: str) -> Act:
    """What the text says that the process does."""
    name, _, detail = text.partition("=")
    if name == "hold":
        return lambda: _hold(Path(detail))
    if detail:
        pid, _, milliseconds = detail.partition(",")
        return lambda: threading.Timer(int(milliseconds) / 1000, _kill, [int(pid)]).start()
    number = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}[name]
    return lambda: os.kill(os.getpid(), number)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _hold(file: Path) -> None:
    file.with_name(f"{file.name}.held").touch()
    with suppress(AssertionError):
        wait_until(file.exists, f"{file.name} is there", HOLD_LIMIT_SECONDS, pause_seconds=0.01)


def main() -> None:
    """Run the command with its point."""
    from casecore.cli.main import main as casecore

    place = sys.argv.index("--")
    point, nth, what, *more = sys.argv[1:place]
    for word in more:
        KafkaConsumer.DEFAULT_CONFIG["max_poll_interval_ms"] = int(word.removeprefix("poll="))
    POINTS[point](on_nth(int(nth), action(what)))
    sys.argv = ["casecore", *sys.argv[place + 1 :]]
    casecore()


if __name__ == "__main__":
    main()
