"""Servers of the API side by side, and one caller's commands to them."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from uuid import UUID

import httpx2 as httpx

from casecore.app.actors import parse_actor
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key
from casecore.local.kafka import _free_ports
from tests.faults.harness.defective_program import Line
from tests.faults.harness.program import SupervisedProgram, by
from tests.waiting import wait_until

_NOBODY = httpx.codes.UNAUTHORIZED
LIMIT_SECONDS = 60.0
"""Of a request: the bus tries for half a minute while PostgreSQL is unavailable."""


class ApiServers:
    """Servers of one installation, each at a port of its own, under the names `api-0`, `api-1`, …"""

    def __init__(self, program: SupervisedProgram, count: int = 2) -> None:
        self._program = program
        self._ports = _free_ports(count)
        self._keys: dict[str, str] = {}
        self._making = Lock()
        self.count = count
        # A connection for each request, since a server may have been killed since the last one.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._client = httpx.Client(verify=False, limits=limits, timeout=LIMIT_SECONDS)

    def __enter__(self) -> ApiServers:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def start(self, number: int, *rest: str) -> None:
        """Start one, with the defect or the point that `rest` says, and return when it listens."""
        self._program.start(self.name(number), *self._arguments(number, *rest))
        self.wait_until_listening(number)

    def keep_all(self) -> None:
        """Start all, and each again whenever it has ended."""
        for number in range(self.count):
            self._program.keep(self.name(number), *self._arguments(number))
        for number in range(self.count):
            self.wait_until_listening(number)

    def replace(self, number: int, *rest: str) -> None:
        """Kill a kept one, and start this in its place, once."""
        self._program.replace(self.name(number), *self._arguments(number, *rest))

    def end(self, number: int) -> None:
        """Ask one to end, as an operator does."""
        self._program.send(self.name(number), signal.SIGTERM)

    def name(self, number: int) -> str:
        """Its name as a process."""
        return f"api-{number}"

    def url(self, number: int) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._ports[number]}"

    def wait_until_listening(self, number: int) -> None:
        """Return when it answers."""

        def listens() -> bool:
            try:
                return self._client.get(f"{self.url(number)}/v1/cases").status_code == _NOBODY
            except httpx.TransportError:
                return False

        wait_until(listens, f"{self.name(number)} listens\n{self._program.said(self.name(number))}")

    def headers(self, line: Line) -> dict[str, str]:
        """The headers with which an actor gives this command."""
        actor = line["actor"]
        who = f"{actor['role']}:{actor['organisation']}:{actor['person']}"
        with self._making:
            if who not in self._keys:
                self._keys[who] = _new_key(self._program.folder / "keys.json", who)
        return {"Authorization": f"Bearer {self._keys[who]}", "Idempotency-Key": line["command_id"]}

    def give(self, number: int, line: Line, prefer: str = "") -> httpx.Response:
        """A server's answer to a command that `casecore submit` takes, too; raises httpx.TransportError."""
        body = dict(line["do"])
        url = f"{self.url(number)}/v1/cases/{line['case']}/{body.pop('action')}"
        headers = {**self.headers(line), **({"Prefer": prefer} if prefer else {})}
        return self._client.post(url, json=body, headers=headers)

    def ask(self, number: int, path: str, of: Line) -> httpx.Response:
        """A server's answer to a question, to the actor of this command; raises httpx.TransportError."""
        return self._client.get(f"{self.url(number)}{path}", headers=self.headers(of))

    def _arguments(self, number: int, *rest: str) -> tuple[str, ...]:
        return by("serving", str(self._ports[number]), *rest)


def _new_key(path: Path, actor: str) -> str:
    made = new_key(parse_actor(actor), [Scope.AGENT], datetime.now(UTC))
    KeyFile(path).change(lambda keys: (*keys, made.key))
    return made.text


def acknowledged_by(answer: httpx.Response) -> dict[str, int]:
    """What an answer promises: the command's id, and how many events are stored for it."""
    assert answer.is_success, answer.text
    said = answer.json()
    return {str(UUID(said["command_id"])): said["events"]}
