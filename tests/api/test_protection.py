"""What every answer says, what is written down of a request, and how many requests there may be."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from casecore.api.authentication import Authentication
from casecore.app.actors import parse_actor
from casecore.http.problems import TooManyRequests
from casecore.http.protected import protected
from casecore.http.protection.exchange import note_identity
from casecore.http.protection.guard import Protection
from casecore.http.protection.rate_limits import MOST_KEYS, RateLimiter, RateLimits, RequestRate, network_of
from casecore.http.protection.shares import Places, Turns
from casecore.identity.identity import Identity, Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Visited:
    """The application behind the guard, with keys of its own, and what it counted."""

    def __init__(self, keys: KeyFile, limits: RateLimits) -> None:
        self._keys = keys
        self.counted = []
        authentication = Authentication(keys, None, keys_from_anywhere=True)

        async def case(request: Request) -> Response:
            await authentication.identify(request)
            return PlainTextResponse("seen", HTTPStatus.OK)

        async def page(_: Request) -> Response:
            return HTMLResponse("<h1>Documentation</h1>")

        async def fails(_: Request) -> Response:
            raise ValueError("Dr. Eva Zahn, eva@praxis.test")

        routes = [Route("/v1/cases/{case}", case), Route("/docs", page), Route("/v1/fails", fails)]
        self.api = protected(routes, Protection(limits, on_answer=self.counted.append))

    def key(self, actor: str) -> dict[str, str]:
        made = new_key(parse_actor(actor), (Scope.AGENT,), datetime.now(UTC))
        self._keys.change(lambda keys: (*keys, made.key))
        return {"Authorization": f"Bearer {made.text}"}

    def client(self, host: str = "192.0.2.7", scheme: str = "http") -> TestClient:
        return TestClient(self.api, f"{scheme}://casecore.test", client=(host, 1))


@pytest.fixture
def visit(tmp_path):
    def made(limits: RateLimits | None = None) -> Visited:
        return Visited(KeyFile(tmp_path / "keys.json"), limits or RateLimits())

    return made


@pytest.mark.parametrize("path", ["/v1/cases/C-1", "/docs", "/v1/none", "/v1/fails", "/v1/cases/%00"])
def test_every_answer_tells_a_browser_to_do_nothing_with_it(visit, path):
    answer = visit().client().get(path, headers={"Origin": "https://elsewhere.test"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert ("style-src 'self'" in policy) == (path == "/docs")
    assert "script-src" not in policy
    assert "strict-transport-security" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_only_what_goes_over_tls_says_that_it_always_shall(visit):
    answer = visit().client(scheme="https").get("/docs")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_request_has_one_line_in_the_log_with_nothing_personal(visit):
    visited = visit()
    headers = {**visited.key("seller:nord:ida.meier"), "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with capture_logs() as lines:
        answer = visited.client().get("/v1/cases/C-1?customer=eva@praxis.test", headers=headers)
    [line] = lines
    key = headers["Authorization"].split("_")[1]
    assert repr(line["status"]) == "200"
    assert 0 <= line.pop("ms") < 60_000
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/v1/cases/{case}",
        "case": "C-1",
        "status": 200,
        "organisation": "nord",
        "role": "seller",
        "shown_by": key,
        "trace_id": TRACE,
    }
    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-00", answer.headers["traceresponse"])
    [counted] = visited.counted
    assert (counted.route, counted.status, counted.problem) == ("/v1/cases/{case}", 200, "")


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/v1/cases/eva.zahn@praxis.test", 401, "not_authenticated"),
        ("/eva.zahn@praxis.test", 404, "http_404"),
        ("/v1/fails?q=eva.zahn@praxis.test", 500, "defect"),
    ],
)
def test_what_somebody_made_up_is_not_in_the_access_log(visit, path, status, problem):
    with capture_logs() as lines:
        visit().client().get(path)
    [line] = [line for line in lines if line["event"] == "request"]
    assert (line["status"], line["problem"]) == (status, problem)
    assert "eva" not in str(line)
    assert "192.0.2" not in str(line)


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{TRACE}-b7ad6b7169203331-01-more",
        f"00-{TRACE}-b7ad6b7169203331",
    ],
)
def test_who_brings_no_valid_trace_gets_a_new_one(visit, traceparent):
    headers = {} if traceparent is None else {"traceparent": traceparent}
    answer = visit().client().get("/docs", headers=headers)
    found = re.fullmatch(r"00-([0-9a-f]{32})-[0-9a-f]{16}-00", answer.headers["traceresponse"])
    assert found[1] != TRACE


def test_a_trace_of_a_later_version_is_gone_on_with(visit):
    headers = {"traceparent": f"01-{TRACE}-b7ad6b7169203331-01-more"}
    assert TRACE in visit().client().get("/docs", headers=headers).headers["traceresponse"]


def test_an_identity_makes_so_many_requests_and_no_more(visit):
    visited = visit(RateLimits(identity=RequestRate(1, 100)))
    ida, tom = visited.key("seller:nord:ida"), visited.key("seller:sued:tom")
    statuses = [visited.client().get("/v1/cases/C-1", headers=ida).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    answer = visited.client("198.51.100.1").get("/v1/cases/C-1", headers=ida)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert answer.headers["ratelimit-policy"] == '"burst";q=100;w=1, "sustained";q=10;w=10'
    assert answer.headers["ratelimit"] == f'"sustained";r=0;t={answer.headers["retry-after"]}'
    assert visited.client().get("/v1/cases/C-1", headers=tom).status_code == 200


def test_who_fails_to_show_an_identity_soon_waits_and_its_neighbours_do_not(visit):
    visited = visit(RateLimits(failed=3))
    ida = visited.key("seller:nord:ida")
    assert visited.client().get("/v1/cases/C-1", headers=ida).status_code == 200
    wrong = {"Authorization": f"Bearer casecore_00000000_{'x' * 43}"}
    statuses = [visited.client().get("/v1/cases/C-1", headers=wrong).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    # The right key of another at the same address, which was good before
    assert visited.client().get("/v1/cases/C-1", headers=ida).status_code == 200
    assert visited.client("198.51.100.1").get("/v1/cases/C-1", headers=wrong).status_code == 401


def test_who_shows_no_identity_is_counted_by_address(visit):
    visited = visit(RateLimits(address=RequestRate(1, 100)))
    for path, headers in (("/docs", {}), ("/v1/none", {"Authorization": "Bearer x"})):
        statuses = [visited.client(path).get(path, headers=headers).status_code for _ in range(12)]
        assert 429 not in statuses[:10]
        assert statuses[10:] == [429, 429]
    assert visited.client("198.51.100.1").get("/docs").status_code == 200


def test_a_key_that_was_revoked_is_no_longer_let_past_the_limit(tmp_path):
    limiter = RateLimiter(RateLimits(failed=1))
    limiter.count_identity("A", b"key")
    limiter.count_unknown("a", b"other", failed=True)
    limiter.check_address("a", b"key")
    limiter.count_unknown("a", b"key", failed=True)
    with pytest.raises(TooManyRequests):
        limiter.check_address("a", b"key")


def asked_until_refused(limiter: RateLimiter, credential: bytes | None) -> int:
    for number in range(20):
        try:
            limiter.check_address("192.0.2.1", credential)
        except TooManyRequests:
            return number
    return 20


def test_whoever_is_logged_in_is_not_shut_out_by_a_neighbour_and_an_empty_header_shows_nothing():
    limiter = RateLimiter(RateLimits(address=RequestRate(1, 2)), lambda: 0.0)
    limiter.count_identity("nord ida", b"cookie of ida")
    limiter.count_identity("nord jan", b"")

    # Given a neighbour who has asked more than the address may, with or without an empty header
    for credential in (None, b""):
        assert asked_until_refused(limiter, credential) < 20

    # Then who is logged in goes on, and who made a cookie up does not
    limiter.check_address("192.0.2.1", None, b"cookie of ida")
    with pytest.raises(TooManyRequests):
        limiter.check_address("192.0.2.1", None, b"cookie of nobody")


def test_a_limit_ends_with_its_time():
    now = [1_000.0]
    limiter = RateLimiter(RateLimits(identity=RequestRate(100, 2)), lambda: now[0])
    for _ in range(2):
        limiter.count_identity("A", b"key")
    with pytest.raises(TooManyRequests, match="in 1 seconds"):
        limiter.count_identity("A", b"key")
    now[0] += 1
    limiter.count_identity("A", b"key")


def test_many_addresses_take_no_more_memory_than_some():
    limiter = RateLimiter(RateLimits())
    for number in range(3 * MOST_KEYS):
        limiter.check_address(str(number), None)
        limiter.count_unknown(str(number), b"%d" % number, failed=True)
        limiter.count_identity(str(number), b"%d" % number)
    assert limiter.remembered <= 6 * MOST_KEYS


def test_a_network_of_ipv6_is_one_address():
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("fe80::1%eth0") == network_of("fe80::2")


def test_a_server_that_is_busy_says_so(visit):
    busy = Protection(most_unanswered=0)
    answer = TestClient(protected([Route("/docs", lambda _: None)], busy)).get("/docs")
    assert (answer.status_code, answer.json()["code"]) == (503, "server_busy")
    assert int(answer.headers["retry-after"]) > 0


def test_a_request_that_was_answered_makes_room_whatever_the_answer(visit):
    visited = visit()
    one_at_a_time = Protection(most_unanswered=1)
    client = TestClient(protected(visited.api.routes, one_at_a_time))
    for _ in range(2):
        for path, status in (("/docs", 200), ("/v1/none", 404), ("/v1/fails", 500), ("/v1/cases/C-1", 401)):
            assert client.get(path).status_code == status


def behind_the_guard(protection, **endpoints):
    """Endpoints behind the guard, at which callers of one client say of which organisation they are."""

    def answering(endpoint):
        async def answer(request):
            actor = parse_actor(f"seller:{request.headers['organisation']}:ida")
            note_identity(request.scope, Identity(actor, frozenset(Scope), "web"))
            return PlainTextResponse(await endpoint() if endpoint else "")

        return answer

    routes = [Route(f"/{name}", answering(endpoint)) for name, endpoint in endpoints.items()]
    return TestClient(protected(routes, protection))


def test_a_client_of_many_organisations_is_counted_for_each_of_them():
    client = behind_the_guard(Protection(RateLimits(identity=RequestRate(100, 1))), at=None)
    statuses = [client.get("/at", headers={"organisation": one}).status_code for one in ("nord", "sued")]
    assert statuses == [200, 200]
    assert client.get("/at", headers={"organisation": "nord"}).status_code == 429


def test_an_organisation_that_waits_for_answers_leaves_room_for_others():
    # Given a request of nord's that waits, where two may
    async def waits():
        asked = [
            asyncio.to_thread(client.get, "/at", headers={"organisation": one}) for one in "nord sued".split()
        ]
        return " ".join([str((await one).status_code) for one in asked])

    client = behind_the_guard(Protection(most_unanswered=2), waits=waits, at=None)
    assert client.get("/waits", headers={"organisation": "nord"}).text == "503 200"
    assert client.get("/at", headers={"organisation": "nord"}).status_code == 200


def test_who_has_its_share_of_the_turns_waits_and_others_go_on():
    async def used():
        turns, begun, goes_on = Turns(4), [], asyncio.Event()

        async def work(organisation):
            async with turns.of(organisation):
                begun.append(organisation)
                await goes_on.wait()

        tasks = [asyncio.create_task(work(one)) for one in ("nord", "nord", "nord", "sued")]
        await asyncio.sleep(0)
        first = [*begun]
        goes_on.set()
        await asyncio.gather(*tasks)
        return first, begun

    first, begun = asyncio.run(used())
    assert (first, begun) == (["nord", "nord", "sued"], ["nord", "nord", "sued", "nord"])


def test_of_places_for_threads_an_organisation_takes_half():
    places = Places(2)
    with places.of("nord", 0) as first, places.of("nord", 0) as second, places.of("sued", 0) as other:
        assert (first, second, other) == (True, False, True)
        with places.of("west", 0) as too_many:
            assert not too_many
    with places.of("nord", 0) as again:
        assert again


def test_what_is_wrong_with_the_servers_own_files_is_not_the_callers_fault(visit, tmp_path):
    visited = visit()
    ida = visited.key("seller:nord:ida")
    (tmp_path / "keys.json").chmod(0o644)
    answer = visited.client().get("/v1/cases/C-1", headers=ida)
    assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
    assert "keys.json" not in answer.text


def test_where_a_server_behind_this_one_hangs_the_caller_hears_so_in_time():
    async def hangs(_):
        await asyncio.Event().wait()

    app = protected([Route("/v1/hangs", hangs)], Protection(answer_seconds=0.01))
    answer = TestClient(app).get("/v1/hangs")
    assert (answer.status_code, answer.json()["code"]) == (503, "answer_too_late")
    assert answer.headers["Retry-After"]


def test_an_organisation_that_does_not_take_its_large_answers_leaves_room_for_others():
    body = b"x" * 300_000

    async def asking():
        may_take = asyncio.Event()

        async def large(request):
            note_identity(request.scope, Identity(parse_actor(request.headers["who"]), frozenset(), "key"))
            return Response(body)

        async def asks(organisation, takes):
            got = []

            async def send(message):
                got.append(message)
                if message["type"] == "http.response.body" and not takes:
                    await may_take.wait()

            who = [(b"who", f"seller:{organisation}:ida".encode())]
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/v1/l",
                "headers": who,
                "query_string": b"",
            }
            await app(scope, asyncio.Event().wait, send)
            return got[0]["status"], b"".join(message.get("body", b"") for message in got)

        app = protected([Route("/v1/l", large)], Protection(most_untaken=2))
        slow = asyncio.create_task(asks("nord", takes=False))
        await asyncio.sleep(0)
        assert (await asks("nord", takes=True))[0] == 503
        assert await asks("sued", takes=True) == (200, body)
        may_take.set()
        assert await slow == (200, body)
        assert await asks("nord", takes=True) == (200, body)

    asyncio.run(asking())


def test_nobody_is_sent_to_where_the_header_host_says(visit):
    answer = visit().client().get("/docs/", headers={"Host": "elsewhere.test"}, follow_redirects=False)
    assert (answer.status_code, "location" in answer.headers) == (404, False)
