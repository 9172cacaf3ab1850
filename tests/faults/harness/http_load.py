"""A load over HTTP: callers that give a command again, at the next server, until it is answered."""

from __future__ import annotations

import random
from threading import Event, Lock, Thread

import httpx2 as httpx

from tests.faults.harness.api_servers import ApiServers, acknowledged_by
from tests.faults.harness.defective_program import Line
from tests.journeys.harness.random_commands import command

COMMANDS_PER_SECOND = 60.0
CALLERS = 8

_PAUSE_SECONDS = 0.1  # before a command is given again: servers that start have the cores
_REFUSALS = frozenset({403, 404, 409, 422})
_UNAVAILABLE = httpx.codes.SERVICE_UNAVAILABLE


class HttpLoad:
    """Random commands from a seed, given to all servers until the block ends; as `Load` is for a giver."""

    def __init__(
        self,
        servers: ApiServers,
        seed: int,
        commands_per_second: float = COMMANDS_PER_SECOND,
        callers: int = CALLERS,
    ) -> None:
        self._servers = servers
        self._chance = random.Random(seed)
        self._between_seconds = callers / commands_per_second
        self._giving = Event()
        self._ended = Event()
        self._lock = Lock()
        self._threads = [Thread(target=self._run, args=(n,), name=f"caller-{n}") for n in range(callers)]
        self.given = 0
        self.acknowledged: dict[str, int] = {}
        self.refused: set[str] = set()
        self.unexpected: list[str] = []
        """Answers that a caller cannot go by: a defect, or a 503 that does not say when to try again."""
        self.unavailable = 0
        """Answers that PostgreSQL is unavailable."""
        self.lost = 0
        """Answers that never came, to commands that may have been stored: the server was killed."""
        self.replayed = 0
        """Commands that were stored already when they were given again."""

    def __enter__(self) -> HttpLoad:
        self._giving.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._giving.clear()
        self._ended.set()
        for thread in self._threads:
            thread.join()

    @property
    def answered(self) -> int:
        """How many commands have been answered, accepted or refused."""
        return len(self.acknowledged) + len(self.refused)

    @property
    def all_answered(self) -> bool:
        """Whether every command has its answer."""
        return self.answered == self.given

    @property
    def seen(self) -> str:
        """What has become of the answers, for the results."""
        return f"{self.lost} answers lost, {self.replayed} replayed, {self.unavailable} of 503"

    def stop_giving(self) -> None:
        """Give no new commands; unanswered ones are still given again."""
        self._giving.clear()

    def go_on(self) -> None:
        """Give new commands again."""
        self._giving.set()

    def give(self, line: Line, prefer: str = "", first: int = 0) -> httpx.Response | None:
        """Give one command until it is answered, at this server first; None if the block ends before."""
        with self._lock:
            self.given += 1
        number = first
        while True:
            answer = self._try(number, line, prefer)
            if answer is not None or self._ended.is_set():
                return answer
            self._ended.wait(_PAUSE_SECONDS)
            number += 1

    def _run(self, first: int) -> None:
        while not self._ended.wait(self._between_seconds):
            if self._giving.is_set():
                with self._lock:
                    line = command(self._chance)
                self.give(line, first=first)

    def _try(self, number: int, line: Line, prefer: str) -> httpx.Response | None:
        """The answer by which a caller goes; None if the command is to be given again."""
        try:
            answer = self._servers.give(number % self._servers.count, line, prefer)
        except httpx.ConnectError:
            return None  # it is not there: nothing was given
        except httpx.TransportError:
            with self._lock:
                self.lost += 1
            return None
        with self._lock:
            return self._heard(line, answer)

    def _heard(self, line: Line, answer: httpx.Response) -> httpx.Response | None:
        if answer.status_code == _UNAVAILABLE and "Retry-After" in answer.headers:
            self.unavailable += 1
            return None
        if answer.is_success and acknowledged_by(answer).keys() == {line["command_id"]}:
            self.acknowledged |= acknowledged_by(answer)
            self.replayed += "Idempotency-Replayed" in answer.headers
            return answer
        if answer.status_code not in _REFUSALS:
            self.unexpected.append(f"{answer.status_code} {answer.text[:300]}")
        self.refused.add(line["command_id"])
        return answer
