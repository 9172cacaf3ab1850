"""Commands in a process of their own, each at its own time: whole cases, and messages on some that stay open.

`python -m bench.web.commands_beside --database URI --per-second N` goes on until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop

from bench.load import message, opening, whole_cases
from bench.stages import Stage
from casecore.app.deciders import DECIDERS
from casecore.cases.commands import CaseCommand
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus

SELLER = "helpdesk"
WATCHED = tuple(f"STAYS-OPEN-{number}" for number in range(5))
"""Cases that get a message every five seconds."""

_OPEN_AT_ONCE = 200
_EACH = 100
"""Of so many commands one is a message on a watched case; the others bring cases from opening to closing."""


@contextmanager
def commands_beside(stage: Stage, per_second: int) -> Iterator[None]:
    """So many commands a second, until the block ends."""
    command = [sys.executable, "-m", "bench.web.commands_beside", "--database", stage.addresses.database]
    running = subprocess.Popen([*command, "--per-second", str(per_second)], stdout=subprocess.PIPE)
    assert running.stdout is not None
    if not running.stdout.readline():  # it says so once the watched cases are open
        raise SystemExit("the commands beside have not begun")
    try:
        yield
    finally:
        if running.poll() is not None:
            raise SystemExit("the commands beside have ended")
        running.terminate()
        running.wait(30)


async def _give(bus: CommandBus, commands: Iterator[CaseCommand], per_second: int) -> None:
    began_at, asked = time.monotonic(), set[asyncio.Future[Answer]]()

    def done(answered: asyncio.Future[Answer]) -> None:
        asked.discard(answered)
        if not answered.cancelled() and (wrong := answered.exception()):
            raise SystemExit(f"a command beside was refused: {wrong}")

    for number, command in enumerate(commands):
        await asyncio.sleep(began_at + number / per_second - time.monotonic())
        task = asyncio.ensure_future(bus.ask(command))
        asked.add(task)
        task.add_done_callback(done)


def _commands() -> Iterator[CaseCommand]:
    cases = whole_cases(_OPEN_AT_ONCE, f"BESIDE-{time.time_ns()}", SELLER)
    for watched in itertools.cycle(WATCHED):
        yield message(watched)
        yield from itertools.islice(cases, _EACH - 1)


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--per-second", type=int, required=True)
    given = parser.parse_args()
    with CommandBus(given.database, DECIDERS, "vendor") as bus:

        async def run() -> None:
            for case in WATCHED:
                await bus.ask(opening(case, SELLER))
            print("open", flush=True)
            await _give(bus, _commands(), given.per_second)

        uvloop.run(run())


if __name__ == "__main__":
    _main()
