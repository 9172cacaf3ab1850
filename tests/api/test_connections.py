"""Connections that are slow, many, or both: each has its time, and there is room for so many."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import resource
import select
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from casecore.http.protection import loops
from casecore.http.protection.connections import ConnectionLimits
from casecore.http.protection.descriptors import connections_within
from casecore.http.protection.guard import Protection
from casecore.http.protection.rate_limits import RateLimits, RequestRate
from casecore.http.protection.refusals import Refusals
from casecore.http.protection.request_heads import MALFORMED, TOO_SLOW
from tests.api.raw import HOST, Line, serving
from tests.waiting import LIMIT_SECONDS, let_pass, wait_until

GET = b"GET /v1/echo HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /v1/echo HTTP/1.1\r\n" + HOST
SHORT = ConnectionLimits(head_seconds=1, body_seconds=1, idle_seconds=1, take_seconds=0.5)


@pytest.fixture(scope="module")
def hasty():
    with serving(SHORT) as found:
        yield found


def hears(line):
    return bool(select.select([line.socket], [], [], 0)[0])


SLOW = (
    b"GET /",
    b"GET /v1/echo HTTP/1.1\r\n" + HOST + b"X: ",
    POST + b"Content-Length: 100000\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n",
    GET + POST + b"Content-Length: 100000\r\n\r\n",
)
"""How requests begin that then come byte by byte; one comes behind another that was answered."""


def test_a_request_that_comes_byte_by_byte_has_its_time(hasty):
    says_nothing, says_no_more = hasty.dial(), hasty.dial().send(GET)
    sends_no_body = hasty.dial().send(POST, b"Content-Length: 3\r\n\r\n")
    ends_lines = hasty.dial().send(GET)
    lines = {hasty.dial().send(begins): b"a" for begins in SLOW}
    for line in (says_no_more, ends_lines, list(lines)[-1]):
        assert line.answer().status == 200

    def all_hear():
        for line, part in {**lines, ends_lines: b"\r\n"}.items():
            if not hears(line):
                line.send(part)
        return all(hears(line) for line in [*lines, ends_lines, says_nothing, says_no_more, sends_no_body])

    wait_until(all_hear, "all have had their time", pause_seconds=0.02)
    for line in [*lines, sends_no_body]:
        answer = line.answer()
        assert (answer.status, answer.code, answer.headers["connection"]) == (408, "too_slow", "close")
    # Who has begun no request hears nothing.
    ended = [*lines, sends_no_body, says_nothing, says_no_more, ends_lines]
    assert all(line.has_ended() for line in ended)


def test_the_next_request_has_its_whole_time(hasty):
    line = hasty.dial()
    for _ in range(3):
        let_pass(0.4)
        assert line.send(GET).answer().status == 200


def test_commands_that_come_one_by_one_may_take_longer(hasty):
    began = b"POST /v1/commands HTTP/1.1\r\n" + HOST + b"Content-Length: 30\r\n\r\n"
    line = hasty.dial().send(began)
    for _ in range(30):
        let_pass(0.05)
        line.send(b"a")
    assert line.answer().status == 200


def test_an_answer_that_takes_long_is_waited_for():
    with serving(SHORT) as server:
        line = server.dial().send(b"GET /v1/waits HTTP/1.1\r\n", HOST, b"\r\n")
        let_pass(1.2)
        server.open_gate()
        assert line.answer().body == b"waited"


@pytest.mark.parametrize("ends", [b"", b"Connection: close\r\n"])
def test_who_does_not_take_an_answer_is_disconnected(ends):
    with serving(SHORT) as server:
        server.dial().send(b"GET /v1/big HTTP/1.1\r\n", HOST, ends, b"\r\n")
        wait_until(lambda: server.open_connections == 1, "the connection is there")
        wait_until(lambda: server.open_connections == 0, "the connection ends")


def test_there_is_room_for_so_many_connections_and_the_others_hear_so():
    with serving(ConnectionLimits(most=5, most_refused=3)) as server:
        lines = [server.dial().send(b"GET /v1/waits HTTP/1.1\r\n", HOST, b"\r\n") for _ in range(5)]
        wait_until(lambda: server.open_connections == 5, "all are there")
        refused = server.dial().send(GET)
        answer = refused.answer()
        assert (answer.status, answer.code) == (503, "server_busy")
        assert int(answer.headers["retry-after"]) > 0
        lines.pop().close()
        refused.close()
        wait_until(lambda: server.open_connections == 4, "there is room again")
        assert server.ask(GET).status == 200
        server.open_gate()
        assert [line.answer().status for line in lines] == [200] * 4
        assert server.refusals.counts == {"server_busy": 1}


def test_ten_thousand_connections_at_once_are_answered_or_refused():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = 10_000 if hard >= 12_000 else 300
    anybody = Protection(RateLimits(address=RequestRate(many, many)))
    usual = ConnectionLimits(head_seconds=LIMIT_SECONDS, idle_seconds=LIMIT_SECONDS)
    limits = usual if many > 2 * usual.most else usual._replace(most=many // 3, most_refused=50)
    with serving(limits, anybody) as server:
        command = [sys.executable, "-m", "tests.api.many_connections", str(server.port), str(many)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, **pipes) as client:
            heard = json.loads(client.stdout.readline())
            # As many as there is room for are answered, all others hear so or are closed, and all go on
            assert heard["200"] == limits.most
            assert sum(heard.values()) == many
            assert heard["503"] >= limits.most_refused
            assert heard.keys() <= {"200", "503", "closed"}
            client.stdin.close()
            assert client.wait() == 0
        wait_until(lambda: server.open_connections == 0, "all are gone")
        assert server.ask(GET).status == 200


def test_a_process_with_few_descriptors_neither_ends_nor_spins():
    command = [sys.executable, "-m", "tests.api.few_descriptors", "150"]
    environment = {"PYTHONPATH": f"{Path('src').resolve()}:.", "PATH": "/usr/bin:/bin"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **pipes) as process, ExitStack() as open_lines:
        port = int(process.stdout.readline())
        first = open_lines.enter_context(Line(port))
        for _ in range(300):
            open_lines.enter_context(Line(port))
        assert first.send(GET).answer().status == 200
        program = psutil.Process(process.pid)
        spent = program.cpu_times().user
        let_pass(0.5)
        assert program.cpu_times().user - spent < 0.3
        open_lines.pop_all().close()
        with Line(port) as last:
            assert last.send(GET).answer().status == 200
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize("descriptors", [100, 256, 1_024, 4_096, 20_000, 1_000_000])
def test_connections_leave_room_for_all_else_that_is_open(descriptors):
    found = connections_within(4_000, descriptors)
    assert 16 <= found.most <= 4_000
    if descriptors >= 1_024:
        waiting = min(found.backlog, (descriptors - 256) // 8)
        assert found.most + found.most_refused + waiting + 256 <= descriptors
    assert (found.most == 4_000) == (descriptors >= 8_000)


def test_a_flood_of_refusals_is_counted_and_not_written_down_one_by_one():
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    with capture_logs() as lines:
        for _ in range(1_000):
            refusals(MALFORMED)
        refusals(TOO_SLOW)
        now[0] = 10
        refusals(MALFORMED)
    assert refusals.counts == {"malformed_request": 1_001, "too_slow": 1}
    assert [(line["problem"], line["count"]) for line in lines] == [
        ("malformed_request", 1),
        ("too_slow", 1),
        ("malformed_request", 1_000),
    ]


def test_a_handshake_of_tls_has_its_time(tmp_path, monkeypatch):
    monkeypatch.setattr(loops, "HANDSHAKE_SECONDS", 0.5)
    with serving(tls=certificate(tmp_path)) as server:
        assert server.dial().has_ended()


def certificate(folder):
    """A certificate of its own maker, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = folder / "certificate.pem", folder / "key.pem"
    for file, text in zip(files, (made.public_bytes(pem), private), strict=True):
        file.write_bytes(text)
    return files
