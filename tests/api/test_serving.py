"""How the API listens: with TLS, behind proxies that are declared, and until the last answer is given."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2 as httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from prometheus_client import generate_latest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.identities import add_key
from casecore.app.settings import read_settings
from casecore.http.protection.exchange import AnsweredRequest
from casecore.http.serving import listener as serving
from casecore.http.serving.listener import (
    ApiServer,
    CannotListen,
    CertificateUnusable,
    ServerOptions,
    make_server,
)
from casecore.http.serving.metrics import ApiMetrics
from casecore.identity.identity import Scope
from casecore.postgres import pool
from casecore.serving.application import make_application
from tests.waiting import LIMIT_SECONDS, wait_until

KEY = {"Authorization": f"Bearer casecore_00000000_{'A' * 43}"}
"""A key that nobody has: what is said of it tells whether it was looked up."""
LOOKED_UP, NOT_TAKEN = "The key is not known here.", "Keys are taken from this machine only"
NO_DATABASE = "postgresql://127.0.0.1:1/none?connect_timeout=1"

Serve = Callable[..., ApiServer]


@pytest.fixture
def metrics() -> ApiMetrics:
    return ApiMetrics()


@pytest.fixture
def serve(tmp_path: Path, metrics: ApiMetrics) -> Iterator[Serve]:
    """Servers that run in threads of this process; they have no PostgreSQL."""
    running: list[tuple[ApiServer, Thread]] = []
    with open_app(read_settings({"CASECORE_HOME": str(tmp_path)}), Addresses(NO_DATABASE, "")) as app:

        def start(
            host: str = "127.0.0.1",
            port: int = 0,
            routes: tuple[Route, ...] = (),
            end_streams: Callable[[], None] | None = None,
            **options: Any,
        ) -> ApiServer:
            api = make_application(app, metrics)
            api.router.routes.extend(routes)
            api.state.end_streams = end_streams or api.state.end_streams
            server = make_server(api, ServerOptions(host, port, **options), metrics)
            thread = Thread(target=server.serve_until_ended)
            running.append((server, thread))
            thread.start()
            wait_until(lambda: server.started, "the server answers")
            return server

        yield start
        for server, thread in running:
            server.end()
            thread.join(LIMIT_SECONDS)


def said(server: ApiServer, peer: str, forwarded_for: str = "") -> str:
    """What is said to somebody with a key, whose request comes from this peer."""
    client = TestClient(server.config.app, raise_server_exceptions=False, client=(peer, 50_000))
    headers = {**KEY, **({"X-Forwarded-For": forwarded_for} if forwarded_for else {})}
    return str(client.get("/v1/cases", headers=headers).json()["detail"])


def test_headers_of_a_peer_that_is_not_declared_say_nothing(serve: Serve) -> None:
    # Given a server that takes keys from this machine, and a proxy elsewhere
    server = serve(proxies=("10.0.0.7/32",))
    # Then somebody on this machine cannot say that they came over TLS
    url = f"http://127.0.0.1:{server.port}/v1/cases"
    answer = httpx.get(url, headers={**KEY, "X-Forwarded-Proto": "https"})
    assert answer.json()["detail"] == LOOKED_UP
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_what_an_undeclared_proxy_passes_on_does_not_come_from_this_machine(serve: Serve, name: str) -> None:
    # Given a proxy on this machine that nobody has declared, so that anybody may speak through it
    for proxies in ((), ("10.0.0.7/32",)):
        server = serve(proxies=proxies)
        answer = TestClient(server.config.app, client=("127.0.0.1", 50_000)).get(
            "/v1/cases", headers={**KEY, name: "127.0.0.1"}
        )
        assert NOT_TAKEN in answer.json()["detail"]
        assert said(server, "127.0.0.1") == LOOKED_UP


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-For"])
def test_a_declared_proxy_that_does_not_say_for_whom_may_speak_for_anybody(serve: Serve, name: str) -> None:
    server = serve(proxies=("127.0.0.1/32",))
    client = TestClient(server.config.app, client=("127.0.0.1", 50_000))
    value = " " if name == "X-Forwarded-For" else "203.0.113.9"
    assert NOT_TAKEN in client.get("/v1/cases", headers={**KEY, name: value}).json()["detail"]


def test_a_declared_proxy_says_from_where_a_request_came(serve: Serve) -> None:
    server = serve(proxies=("127.0.0.1/32",))
    assert said(server, "127.0.0.1") == LOOKED_UP
    assert NOT_TAKEN in said(server, "127.0.0.1", "203.0.113.9")
    # And what its own caller has written there is not believed
    assert NOT_TAKEN in said(server, "127.0.0.1", "127.0.0.1, 203.0.113.9")


def test_a_proxy_elsewhere_cannot_say_that_its_caller_is_on_this_machine(serve: Serve) -> None:
    server = serve(proxies=("10.0.0.0/8",))
    assert NOT_TAKEN in said(server, "10.0.0.7", "127.0.0.1, 10.0.0.5")


def test_without_tls_nobody_elsewhere_is_answered_past_the_proxy(serve: Serve, metrics: ApiMetrics) -> None:
    server = serve("0.0.0.0", proxies=("10.0.0.7/32",))
    assert "through its proxy only" in said(server, "10.0.0.8")
    assert NOT_TAKEN in said(server, "10.0.0.7", "203.0.113.9")
    assert said(server, "127.0.0.1") == LOOKED_UP
    # And it is counted, as all that is answered
    assert 'method="",route="",status="403"} 1.0' in generate_latest(metrics.registry).decode()


def test_while_postgresql_is_unavailable_one_who_asks_is_told_to_try_again(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_GIVE_UP_AFTER_SECONDS", 0.1)
    settings = read_settings({"CASECORE_HOME": str(tmp_path)})
    made = add_key(settings, parse_actor("seller:nord:ida"), [Scope.AGENT], datetime.now(UTC), None)
    url = f"http://127.0.0.1:{serve().port}/v1/cases"
    answer = httpx.get(url, headers={"Authorization": f"Bearer {made.text}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text


def test_with_a_certificate_it_speaks_tls(serve: Serve, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    server = serve(certificate=certificate, certificate_key=key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    answer = httpx.get(f"https://127.0.0.1:{server.port}/v1/cases", headers=KEY, verify=trusting)
    assert answer.json()["detail"] == LOOKED_UP
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{server.port}/v1/cases")


def test_a_certificate_that_cannot_be_used_is_named(serve: Serve, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, anothers = make_certificate(other)
    for files, says in (
        ((tmp_path / "none.pem", key), "none.pem cannot be read"),
        ((certificate, anothers), "cannot be used for TLS"),
        ((key, certificate), "give a certificate and its private key"),
        ((certificate, make_certificate(tmp_path, b"a word")[1]), "without a password"),
    ):
        with pytest.raises(CertificateUnusable, match=says):
            serve(certificate=files[0], certificate_key=files[1])


def test_an_address_that_is_taken_or_is_none_is_named(serve: Serve) -> None:
    port = serve().port
    for host in ("127.0.0.1", "203.0.113.9", "no.such.host.invalid"):
        with pytest.raises(CannotListen, match=f"cannot listen at {host}:{port}: .*; choose another port"):
            serve(host, port)


def test_a_stream_without_an_end_ends_when_the_server_does(serve: Serve) -> None:
    # Given a stream that goes on until the server ends
    ends = asyncio.Event()

    async def stream(_: Request) -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            yield b"a line\n"
            await ends.wait()
            yield b"the last line\n"

        return StreamingResponse(lines())

    server = serve(routes=(Route("/stream", stream),), end_streams=ends.set)
    # When the server ends while somebody reads it
    with httpx.stream("GET", f"http://127.0.0.1:{server.port}/stream", timeout=LIMIT_SECONDS) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "a line"
        server.end()
        # Then it ends as it should
        assert list(lines) == ["the last line"]


def test_who_is_not_answered_before_the_server_ends_hears_that_it_does(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_DRAINS_SECONDS", 0.1)
    is_asked = Event()

    async def takes_long(_: Request) -> Any:
        is_asked.set()
        await asyncio.Event().wait()

    server = serve(routes=(Route("/long", takes_long),))
    with ThreadPoolExecutor(1) as threads:
        url = f"http://127.0.0.1:{server.port}/long"
        waiting = threads.submit(httpx.get, url, timeout=LIMIT_SECONDS)
        assert is_asked.wait(LIMIT_SECONDS)
        server.end()
        answer = waiting.result(LIMIT_SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (503, "server_ends")
    assert answer.headers["Retry-After"]


def test_requests_are_counted_by_template_and_not_by_what_callers_make_up(
    serve: Serve, metrics: ApiMetrics
) -> None:
    server = serve()
    for path in ("/v1/cases/C-1", "/v1/cases/C-2", "/made/up"):
        httpx.get(f"http://127.0.0.1:{server.port}{path}")
    # The last one is counted a moment after its answer was sent
    unknown = 'requests_total{method="",route="",status="404"} 1.0'
    wait_until(lambda: unknown in generate_latest(metrics.registry).decode(), "all are counted")
    counted = generate_latest(metrics.registry).decode()
    assert 'requests_total{method="GET",route="/v1/cases/{case}",status="401"} 2.0' in counted
    assert 'request_seconds_count{method="GET",route="/v1/cases/{case}"} 2.0' in counted
    assert "casecore_api_requests_at_work 0.0" in counted
    assert "C-1" not in counted


def test_what_is_refused_before_it_is_a_request_is_counted_by_its_code(
    serve: Serve, metrics: ApiMetrics
) -> None:
    def refused(problem: str) -> float | None:
        return metrics.registry.get_sample_value("casecore_api_refused_total", {"problem": problem})

    # Given a server that has refused nothing yet, and says so
    server = serve()
    assert refused("malformed_request") == 0
    # When somebody speaks something else than HTTP to it
    with socket.create_connection(("127.0.0.1", server.port), LIMIT_SECONDS) as line:
        line.sendall(b"HELO casecore\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
    assert (refused("malformed_request"), refused("too_slow")) == (1, 0)


def test_what_a_limit_has_ended_is_counted_by_its_code_whether_it_has_a_route_or_not(
    metrics: ApiMetrics,
) -> None:
    answers = [
        ("GET", "/v1/cases/{case}", 429, "too_many_requests"),
        ("GET", "", 429, "too_many_requests"),
        ("POST", "/v1/cases", 503, "server_busy"),
        ("GET", "", 404, "http_404"),
        ("GET", "/v1/cases", 200, ""),
    ]
    for method, route, status, problem in answers:
        metrics.begin()
        metrics.count(AnsweredRequest(method, route, status, problem, 0.001))

    codes = ("too_many_requests", "server_busy", "answer_too_late", "server_ends")
    limited = {
        code: metrics.registry.get_sample_value("casecore_api_limited_total", {"problem": code})
        for code in codes
    }
    assert limited == dict(zip(codes, (2, 1, 0, 0), strict=True))
    assert "http_404" not in generate_latest(metrics.registry).decode()


def test_who_asks_too_often_is_counted(serve: Serve, metrics: ApiMetrics) -> None:
    server = serve()
    wrong = {"Authorization": f"Bearer casecore_00000000_{'x' * 43}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=wrong) as client:
        wait_until(lambda: client.get("/v1/cases/C-1").status_code == 429, "it is refused", pause_seconds=0)
    limited = {"problem": "too_many_requests"}
    wait_until(
        lambda: metrics.registry.get_sample_value("casecore_api_limited_total", limited) == 1, "it is counted"
    )


def make_certificate(folder: Path, password: bytes = b"") -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "casecore")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    named = "locked-" if password else ""
    files = (folder / f"{named}certificate.pem", folder / f"{named}key.pem")
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    )
    return files
