"""A load: commands at a steady rate; a command without an answer is given again."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import deque
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from tests.faults.harness.program import SupervisedProgram, at_point
from tests.journeys.harness.random_commands import command

COMMANDS_PER_SECOND = 120.0
"""Enough that a command is always in flight, and few enough that two cores can also start processes."""

_OUTSTANDING = 400  # given and unanswered: less than a pipe holds, so that writing never waits
_TICK_SECONDS = 0.02
_NAME = "giver"


class Load:
    """Random commands from a seed, given to `casecore submit` until the block ends."""

    def __init__(
        self, program: SupervisedProgram, seed: int, commands_per_second: float = COMMANDS_PER_SECOND
    ) -> None:
        self._program = program
        self._chance = random.Random(seed)
        self._rate = commands_per_second
        self._again: deque[dict[str, Any]] = deque()  # given to a process that ended without answering
        self._expected: deque[dict[str, Any]] = deque()  # given to the one that runs, in order
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: Path | None = None
        self._read = 0
        self._armed: tuple[str, int, str] | None = None
        self._starting = Lock()
        self._giving = Event()
        self._ended = Event()
        self.given = 0
        self.acknowledged: dict[str, int] = {}
        self.refused: set[str] = set()
        self.starts = 0
        self._thread = Thread(target=self._run, name="load", daemon=True)

    def __enter__(self) -> Load:
        self._giving.set()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._giving.clear()
        self._ended.set()
        self._thread.join()

    @property
    def answered(self) -> int:
        """How many commands have been answered, accepted or refused."""
        return len(self.acknowledged) + len(self.refused)

    @property
    def all_answered(self) -> bool:
        """Whether every command has its answer."""
        return self.answered == self.given

    def stop_at(self, point: str, nth: int, action: str = "kill") -> bool:
        """Start a new giver at once, which acts at a named point; see `stopping`.

        Returns whether a running giver was killed for it.
        """
        with self._starting:
            self._armed = (point, nth, action)
            return self._program.kill(_NAME)

    def stop_giving(self) -> None:
        """Give no new commands; unanswered ones are still given again."""
        self._giving.clear()

    def go_on(self) -> None:
        """Give new commands again."""
        self._giving.set()

    def _run(self) -> None:
        due = 0.0
        last_at = time.monotonic()
        while not self._ended.wait(_TICK_SECONDS):
            now = time.monotonic()
            if self._giving.is_set():
                due = min(due + (now - last_at) * self._rate, self._rate)
            last_at = now
            self._read_answers()
            with self._starting:
                if not self._program.runs(_NAME):
                    self._start()
            while len(self._expected) < _OUTSTANDING and (self._again or due >= 1):
                if not self._again:
                    due -= 1
                    self._again.append(command(self._chance))
                    self.given += 1
                if not self._give(self._again[0]):
                    break
                self._expected.append(self._again.popleft())

    def _start(self) -> None:
        """Start a giver; what the last one left without an answer is given again, first."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._read_answers()
        self._again.extendleft(reversed(self._expected))
        self._expected.clear()
        self._answers = self._program.folder / f"answers-{self.starts:04d}.jsonl"
        self._read = 0
        self.starts += 1
        arguments = ("submit", "-")
        if self._armed is not None:
            arguments = at_point(*self._armed, *arguments)
            self._armed = None
        self._process = self._program.start_piped(_NAME, *arguments, stdout=self._answers)

    def _give(self, line: dict[str, Any]) -> bool:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
        except OSError:
            return False  # it has ended; the next tick starts another one
        return True

    def _read_answers(self) -> None:
        if self._answers is None or not self._answers.exists():
            return
        with self._answers.open("rb") as file:
            file.seek(self._read)
            lines = file.read().splitlines(keepends=True)
        for line in lines:
            if not line.endswith(b"\n"):
                break
            self._read += len(line)
            answer, asked = json.loads(line), self._expected.popleft()
            if answer.get("accepted"):
                assert answer["command_id"] == asked["command_id"]
                self.acknowledged[asked["command_id"]] = answer["events"]
            else:
                self.refused.add(asked["command_id"])
