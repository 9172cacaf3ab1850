"""`casecore serve`: where it listens, what it says without PostgreSQL, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest

from casecore.health.client import ask_health
from tests import forked
from tests.cli.asking import asked, error_of
from tests.forked import Command, Running, Streams
from tests.waiting import LIMIT_SECONDS, wait_until

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An installation whose PostgreSQL is not there."""
    found = {
        "CASECORE_HOME": str(tmp_path),
        "CASECORE_DATABASE": "postgresql://127.0.0.1:1/none",
        "CASECORE_KAFKA": "127.0.0.1:1",
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        (
            {"CASECORE_API_HOST": "0.0.0.0"},
            "CASECORE_API_HOST is '0.0.0.0', where others would send their keys unencrypted: give "
            "CASECORE_API_CERTIFICATE and CASECORE_API_CERTIFICATE_KEY, or name in CASECORE_API_PROXIES",
        ),
        ({"CASECORE_API_HOST": "api.example"}, "or listen on 127.0.0.1"),
        (
            {"CASECORE_API_CERTIFICATE": "a.pem"},
            "CASECORE_API_CERTIFICATE is set, and CASECORE_API_CERTIFICATE_KEY is not",
        ),
        (
            {"CASECORE_API_CERTIFICATE": "a.pem", "CASECORE_API_CERTIFICATE_KEY": "b.pem"},
            "a.pem cannot be read: No such file or directory",
        ),
        ({"CASECORE_API_ISSUER": "none.toml"}, "none.toml: No such file or directory"),
        ({"CASECORE_API_PORT": "{taken}"}, "try: casecore serve --port PORT"),
    ],
)
def test_what_keeps_it_from_listening_is_said(
    settings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], says: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for name, value in environ.items():
            monkeypatch.setenv(name, value.format(taken=taken.getsockname()[1]))
        assert says in error_of("serve")


class Served:
    """`casecore serve` in a process of its own."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.port, self.health_port = free_ports()
        self._streams = Streams(printed=folder / "out", complained=folder / "err")
        arguments = ("serve", "--port", str(self.port), "--health-port", str(self.health_port))
        self.process: Running = forked.start(Command(arguments), {**os.environ, **settings}, self._streams)
        wait_until(self._answers, "the API answers")

    def health(self) -> tuple[bool, str]:
        return ask_health("127.0.0.1", self.health_port)

    def complained(self) -> str:
        return self._streams.complained.read_text()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.complained()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def served(tmp_path: Path, settings: Mapping[str, str]) -> Iterator[Served]:
    served = Served(tmp_path, settings)
    yield served
    served.process.kill()


def test_without_postgresql_it_starts_and_says_when_to_try_again(served: Served) -> None:
    # Given a server that was started while PostgreSQL was unavailable, and somebody with a key
    headers = {"Authorization": f"Bearer {asked('identity', 'add', 'seller:nord:ida')['key']}"}
    # When they give a command
    url = f"http://127.0.0.1:{served.port}/v1/cases"
    headers["Idempotency-Key"] = str(uuid4())
    answer = httpx.post(url, json=OPENING, headers=headers, timeout=LIMIT_SECONDS)
    # Then they are told to try again, and the health check says why
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
    well, reason = served.health()
    assert not well
    # in fixed words, since anybody may ask it: PostgreSQL's own name its address, and are in the log
    assert reason == "PostgreSQL does not answer; the log has its words"
    assert "port 1 failed" in served.complained()


def test_it_answers_what_it_has_begun_takes_no_more_and_ends_with_0(served: Served) -> None:
    # Given a request whose body is on its way
    key = asked("identity", "add", "seller:nord:ida")["key"]
    body = json.dumps(OPENING).encode()
    head = (
        f"POST /v1/cases HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\n"
        f"Idempotency-Key: {uuid4()}\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), LIMIT_SECONDS) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")  # so somebody waits for the body
        # When the server is told to stop
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(served.port), "it takes no connections")
        assert served.health() == (False, "it ends, and takes no request any more")
        # Then what was begun is answered, and nothing more
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 503 "), answer
    assert b"connection: close" in answer.lower()
    assert served.process.wait(LIMIT_SECONDS) == 0, served.complained()


def accepts(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
