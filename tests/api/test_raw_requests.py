"""Requests byte by byte: what two programs could read differently is refused, and changes nothing."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from casecore.http.protection.request_heads import REFUSED_REQUESTS
from tests.api.raw import HOST, serving

GET = b"GET /v1/echo HTTP/1.1\r\n"
POST = b"POST /v1/echo HTTP/1.1\r\n"
END = b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LONG = b"a" * 70_000


@pytest.fixture(scope="module")
def server():
    with serving() as found:
        yield found


@pytest.fixture(autouse=True)
def _hangs_up(server):
    yield
    server.hang_up()


# What is sent, and the status and code that are heard; malformed_request unless another is named.
REFUSED = {
    "both lengths": (POST + HOST + b"Content-Length: 3\r\n" + CHUNKED + END + b"0\r\n\r\n", 400),
    "both lengths, the other way": (POST + HOST + CHUNKED + b"Content-Length: 3\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (POST + HOST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    "a list of lengths": (POST + HOST + b"Content-Length: 3, 3\r\n\r\nabc", 400),
    "a length with a sign": (POST + HOST + b"Content-Length: +3\r\n\r\nabc", 400),
    "a length too large for a number": (POST + HOST + b"Content-Length: 99999999999999999999\r\n\r\n", 400),
    "a space before the colon": (POST + HOST + b"Content-Length : 3\r\n\r\nabc", 400),
    "an unknown coding": (
        POST + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        501,
        "transfer_coding",
    ),
    "two codings": (
        POST + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
        "transfer_coding",
    ),
    "chunks in HTTP/1.0": (
        b"POST /v1/echo HTTP/1.0\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
        501,
        "transfer_coding",
    ),
    "a bare line feed": (b"GET /v1/echo HTTP/1.1\nHost: a\n\n", 400),
    "a bare line feed in a header": (GET + b"Host: a\nX: b\r\n\r\n", 400),
    "a bare carriage return": (GET + b"Host: a\rX: b\r\n\r\n", 400),
    "a folded header": (GET + HOST + b"X: b\r\n c\r\n\r\n", 400),
    "NUL in a header": (GET + HOST + b"X: b\0\r\n\r\n", 400),
    "no host": (GET + END, 400, "one_host"),
    "two hosts": (GET + HOST + HOST + END, 400, "one_host"),
    "two credentials": (GET + HOST + b"Authorization: a\r\nAuthorization: b\r\n\r\n", 400, "invalid_request"),
    "two keys of a command": (
        GET + HOST + b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n",
        400,
        "invalid_request",
    ),
    "a line end in a key of a command": (GET + HOST + b"Idempotency-Key: a\nX: b\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /v1/echo\r\n\r\n", 505, "other_version"),
    "HTTP/2": (b"GET /v1/echo HTTP/2.0\r\n" + HOST + END, 505, "other_version"),
    "HTTP/2 at once": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "an unknown method": (b"BREW /v1/echo HTTP/1.1\r\n" + HOST + END, 400),
    "a method in small letters": (b"get /v1/echo HTTP/1.1\r\n" + HOST + END, 400),
    "a tunnel": (b"CONNECT casecore.test:443 HTTP/1.1\r\n" + HOST + END, 501, "no_tunnel"),
    "a fragment": (b"GET /v1/echo#x HTTP/1.1\r\n" + HOST + END, 400, "malformed_target"),
    "a user in the target": (b"GET http://a@b/v1/echo HTTP/1.1\r\n" + HOST + END, 400, "malformed_target"),
    "an asterisk": (b"GET * HTTP/1.1\r\n" + HOST + END, 400, "malformed_target"),
    "a host alone": (b"GET http://casecore.test HTTP/1.1\r\n" + HOST + END, 400),
    "a space in the target": (b"GET /v1/ec ho HTTP/1.1\r\n" + HOST + END, 400),
    "bytes in the target": (b"GET /v1/\xff HTTP/1.1\r\n" + HOST + END, 400),
    "a line end in the path": (b"GET /v1/echo%0d%0aX:1 HTTP/1.1\r\n" + HOST + END, 400, "invalid_request"),
    "NUL in the path": (b"GET /v1/echo%00 HTTP/1.1\r\n" + HOST + END, 400, "invalid_request"),
    "a slash in a segment": (b"GET /v1%2Fecho HTTP/1.1\r\n" + HOST + END, 404, "http_404"),
    "a path that is not UTF-8": (b"GET /v1/%ff HTTP/1.1\r\n" + HOST + END, 400, "invalid_request"),
    "a long target": (
        b"GET /v1/echo?" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + END,
        414,
        "target_too_long",
    ),
    "a long header": (GET + HOST + b"X: " + LONG + b"\r\n\r\n", 431, "head_too_long"),
    "a header without an end": (GET + HOST + b"X: " + LONG, 431, "head_too_long"),
    "many headers": (GET + HOST + b"X: b\r\n" * 101 + END, 431, "head_too_long"),
    "another expectation": (POST + HOST + b"Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", 417, "expectation"),
    "an upgrade with a body": (
        POST + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        400,
        "no_upgrade",
    ),
    "a bad end of a chunk": (POST + HOST + CHUNKED + END + b"1\r\naXX0\r\n\r\n", 400),
    "a chunk too large for a number": (POST + HOST + CHUNKED + END + b"10000000000000001\r\na", 400),
    "chunks of nothing but extensions": (
        POST + HOST + CHUNKED + END + (b"1;" + b"e" * 1_000 + b"\r\na\r\n") * 100,
        400,
        "badly_chunked",
    ),
    "trailers without end": (POST + HOST + CHUNKED + END + b"0\r\nX: " + LONG, 400, "badly_chunked"),
    "a body that says it is too long": (
        POST + HOST + b"Content-Length: 262145\r\n\r\n",
        413,
        "body_too_long",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(server, name):
    request, status, *codes = REFUSED[name]
    answer = server.ask(request)
    assert (answer.status, answer.code) == (status, *(codes or ["malformed_request"]))
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_each_refusal_of_the_connection_is_in_the_table():
    """All but those that need time or a crowd."""
    codes = {refused.code for refused in REFUSED_REQUESTS} - {"too_slow", "server_busy", "too_many_ahead"}
    assert codes - {code for _, _, *codes in REFUSED.values() for code in codes} == {"malformed_request"}


FRAMING = [name for name in REFUSED if name.startswith(("both", "two lengths", "a bad"))]


@pytest.mark.parametrize("name", FRAMING)
def test_nothing_behind_a_request_that_is_refused_is_taken_for_another(server, name):
    request = REFUSED[name][0]
    line = server.dial().send(request, GET, HOST, END)
    assert line.answer().status == 400
    assert line.has_ended()


def test_what_is_good_is_answered_and_the_connection_stays(server):
    line = server.dial()
    for _ in range(3):
        assert line.send(GET, HOST, END).answer().status == 200
        answer = line.send(POST, HOST, CHUNKED, END, b"1;a=b\r\na\r\n2\r\nbc\r\n0\r\n\r\n").answer()
        assert b'"body":"abc"' in answer.body


def test_a_problem_leaves_the_connection_open_and_says_nothing_of_the_machine(server):
    line = server.dial()
    with capture_logs() as logged:
        for path, status in ((b"/v1/none", 404), (b"/v1/refuses", 503), (b"/v1/fails", 500)):
            answer = line.send(b"GET ", path, b" HTTP/1.1\r\n", HOST, END).answer()
            assert answer.status == status
            assert b"secret" not in answer.body
    # Who runs the server reads of it what the caller does not.
    assert [one["event"] for one in logged].count("request_failed") == 2
    assert line.send(GET, HOST, END).answer().status == 200


def test_an_answer_is_never_taken_for_that_of_another_request(server):
    waiting = server.dial().send(b"GET /v1/waits HTTP/1.1\r\n", HOST, END, b"nonsense\r\n\r\n")
    server.open_gate()
    answer = waiting.answer()
    assert (answer.status, answer.body) == (200, b"waited")
    assert waiting.has_ended()


def test_only_some_requests_are_taken_ahead(server):
    many = server.dial().send(*(GET + HOST + END for _ in range(50)))
    answers = 0
    while (answer := many.answer()) is not None:
        assert answer.status == 200
        answers += 1
    assert 1 < answers < 20


def test_a_trailer_is_no_header(server):
    body = b"1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
    answer = server.ask(POST, HOST, CHUNKED, END, body)
    assert answer.status == 200
    assert b"authorization" not in answer.body


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_no_other_protocol_is_spoken(server, protocol):
    asked = b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n"
    line = server.dial().send(GET, HOST, asked, END, GET, HOST, END)
    answer = line.answer()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert line.has_ended()


def test_the_older_ways_to_ask_work(server):
    old = server.dial().send(b"GET /v1/echo HTTP/1.0\r\n\r\n")
    assert old.answer().status == 200
    assert old.has_ended()
    assert server.ask(b"GET http://casecore.test/v1/echo HTTP/1.1\r\n", HOST, END).status == 200
    head = server.dial().send(b"HEAD /v1/echo HTTP/1.1\r\n", HOST, END, GET, HOST, END)
    assert head.answer(of_head=True).status == 200
    assert head.answer().status == 200
    for method, path in ((b"OPTIONS", b"/v1/echo"), (b"TRACE", b"/v1/echo")):
        answer = server.ask(method, b" ", path, b" HTTP/1.1\r\nOrigin: https://x\r\n", HOST, END)
        assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST"})
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_who_waits_before_sending_a_body_hears_whether_to_send_it(server):
    expects = b"Expect: 100-continue\r\nContent-Length: "
    line = server.dial().send(POST, HOST, expects, b"3\r\n\r\n")
    assert line.answer().status == 100
    assert b"abc" in line.send(b"abc").answer().body
    long = server.dial().send(POST, HOST, expects, b"300000\r\n\r\n")
    assert long.answer().status == 413


def test_a_command_has_256_kib_and_no_byte_more(server):
    for length, status in ((262_144, 200), (262_145, 413)):
        size = b"Content-Length: %d\r\n\r\n" % length
        assert server.ask(POST, HOST, size, b"a" * length).status == status
        chunk = b"%x\r\n" % length
        answer = server.ask(POST, HOST, CHUNKED, END, chunk, b"a" * length, b"\r\n0\r\n\r\n")
        assert answer.status == status
