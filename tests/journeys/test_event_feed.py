"""The event feed beside a real relay and a real Kafka: who hears by HTTP hears what is on the topics."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from casecore.api.authentication import Authentication
from casecore.api.server import make_api
from casecore.app.actors import parse_actor
from casecore.app.addresses import addresses_of
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.http.serving.listener import ApiServer, ServerOptions, make_server
from casecore.http.serving.metrics import ApiMetrics
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH, Program
from tests.waiting import LIMIT_SECONDS, wait_until


class Api:
    """The API of a program, served over a real connection; services have a key each."""

    def __init__(self, address: str, keys: KeyFile) -> None:
        self._address = address
        self._keys = keys
        self._clients = ExitStack()
        self.left_open: Iterator[tuple[str, Any]] = iter(())
        """A stream that is not read to its end."""

    def service(self, actor: str) -> httpx2.Client:
        """A client with a key of a service."""
        made = new_key(parse_actor(actor), (Scope.SERVICE,), datetime.now(UTC))
        self._keys.change(lambda keys: (*keys, made.key))
        headers = {"Authorization": f"Bearer {made.text}"}
        client = httpx2.Client(base_url=self._address, headers=headers, timeout=LIMIT_SECONDS)
        return self._clients.enter_context(client)

    def close(self) -> None:
        """Close all connections."""
        assert [event["subject"] for _, event in self.left_open] == [
            "C-1",
            "C-3",
            "C-3",
            "C-5",
            "C-5",
            "C-6",
            "C-6",
        ]
        self._clients.close()


@pytest.fixture
def api(program: Program, tmp_path: Path) -> Iterator[Api]:
    prefix = program.topic.removesuffix(".cases")
    settings = read_settings({"CASECORE_DATABASE": program.database, "CASECORE_TOPIC_PREFIX": prefix})
    keys = KeyFile(tmp_path / "keys.json")
    with open_app(settings, addresses_of(program.database, program.cluster)) as app:
        made = make_api(app, Authentication(keys, None))
        server = make_server(made, ServerOptions("127.0.0.1", 0), ApiMetrics())
        api = Api(f"http://127.0.0.1:{server.port}", keys)
        with closing(api), served(server):
            yield api


@contextmanager
def served(server: ApiServer) -> Iterator[None]:
    """A server in a thread. It ends although streams are open: that is a part of the test."""
    thread = threading.Thread(target=server.serve_until_ended)
    thread.start()
    try:
        yield
    finally:
        server.end()
        thread.join(LIMIT_SECONDS / 2)
        assert not thread.is_alive()


def events_of(stream: httpx2.Response) -> Iterator[tuple[str, Any]]:
    """The cursors and events of a stream, as they come."""
    cursor = ""
    for line in stream.iter_lines():
        if line.startswith("id: "):
            cursor = line.removeprefix("id: ")
        elif line.startswith("data: "):
            yield cursor, json.loads(line.removeprefix("data: "))


def opened(program: Program, seller: str, *cases: str) -> None:
    for case in cases:
        opening = ("case", "open", "--customer", "praxis", "--seller", seller, "--topic", "recovery")
        program.run(*opening, "--reference", case, "--as", f"seller:{seller}:ida")
        program.run("case", "escalate", case, "--as", f"seller:{seller}:ida")


STREAM = {"Accept": "text/event-stream"}


def test_a_service_without_kafka_hears_what_is_on_the_topics(program: Program, api: Api) -> None:
    # Given cases of two sellers, and a service of one that is cut while it hears of its own
    program.start("relay", "relay", *NO_HEALTH)
    nord = api.service("seller:nord:bot")
    ours = heard_over_a_cut(program, nord)
    # Then it has heard of its own cases, each event once, and of no other
    assert [event["subject"] for event in ours] == ["C-1", "C-1", "C-3", "C-3", "C-5", "C-5"]
    # and the vendor, who has a part in all, hears every event of a case that is on the topic
    page = api.service("vendor:vendor:bot").get("/v1/events").json()
    of_cases = [event for event in page["events"] if event["source"].endswith(":cases")]
    assert {event["id"]: event["data"] for event in of_cases} == on_kafka(program)
    # When nothing is published any more
    assert program.end("relay", signal.SIGTERM) == 0
    opened(program, "nord", "C-6")
    # Then the feed stops at what is known to be published, and says so
    late = nord.get("/v1/events", params={"after": page["next"]}).json()
    assert (late["events"], late["behind"]) == ([], 2)
    # and goes on, for one that waits, when there is a relay again
    program.start("relay", "relay", *NO_HEALTH)
    assert [event["subject"] for event in awaited(nord, late["next"], 2)] == ["C-6", "C-6"]
    # A stream that is open does not keep the server from ending
    request = nord.build_request("GET", "/v1/events", headers=STREAM)
    api.left_open = events_of(nord.send(request, stream=True))
    assert next(api.left_open)[1]["subject"] == "C-1"


def heard_over_a_cut(program: Program, service: httpx2.Client) -> list[Any]:
    """What a service of nord hears of three cases of its own and two of another seller, cut on the way."""
    opened(program, "nord", "C-1")
    opened(program, "sued", "C-2")
    with service.stream("GET", "/v1/events", headers=STREAM) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        heard = events_of(stream)
        before = [next(heard), next(heard)]
        opened(program, "nord", "C-3")
        before.append(next(heard))
    opened(program, "sued", "C-4")
    opened(program, "nord", "C-5")
    goes_on = {**STREAM, "Last-Event-ID": before[-1][0]}
    with service.stream("GET", "/v1/events", headers=goes_on) as stream:
        heard = events_of(stream)
        after = [next(heard) for _ in range(3)]
    return [event for _, event in before + after]


def on_kafka(program: Program) -> dict[str, Any]:
    """The events of cases on the topic, by their ids."""
    topic = checker.read_topic(program.cluster, program.topic)
    records = [record for part in topic.values() for record in part]
    return {f"{one['stream']}/{one['version']}": json.loads(one["body"]) for one in records}


def awaited(service: httpx2.Client, after: str, count: int) -> list[Any]:
    """The next events, by waiting for them again and again."""
    found: list[Any] = []
    cursor = after

    def has_all() -> bool:
        nonlocal cursor
        waits = {"Prefer": "wait=30"}
        answer = service.get("/v1/events", params={"after": cursor}, headers=waits).json()
        found.extend(answer["events"])
        cursor = answer["next"]
        return len(found) >= count

    wait_until(has_all, "the next events")
    return found
