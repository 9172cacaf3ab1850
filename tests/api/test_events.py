"""Events over HTTP, for services without Kafka: what is published and for whom, as JSON and as a stream."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest

from casecore.api.feed import endpoint as events
from casecore.api.feed import stream as event_stream
from casecore.app.feed import subscription
from casecore.identity.identity import Scope
from casecore.relay.session import RelaySession
from casecore.store.log import LogReader
from tests.waiting import LIMIT_SECONDS, wait_until

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}


@pytest.fixture
def ida(door):
    return door.key("seller:nord:ida")


@pytest.fixture
def service(door):
    return door.key("seller:nord:bot", Scope.SERVICE)


@pytest.fixture
def publish(database, door):
    """Says that all is published that is stored now, as the relay does."""
    relay = RelaySession(database, "casecore")
    assert relay.take_lock() is None
    with LogReader(database) as log:
        yield lambda: relay.note_place(log.last_position())
    relay.close()


def opened(door, who, **other):
    headers = {**who, "Idempotency-Key": str(uuid4())}
    answer = door.client.post("/v1/cases", json={**OPENING, **other}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["case"]


def asked(door, who, path="/v1/events", wait=0):
    answer = door.client.get(path, headers={**who, "Prefer": f"wait={wait}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def subjects(events):
    return [event["subject"] for event in events]


def test_a_service_gets_the_events_of_its_cases_page_by_page(door, ida, service, publish):
    # Given cases of two sellers
    sued = door.key("seller:sued:tom")
    ours = []
    for _ in range(3):
        ours.append(opened(door, ida))
        opened(door, sued, seller="sued")
    publish()
    # When a service of the one asks for what there is
    first = asked(door, service, "/v1/events?limit=2")
    second = asked(door, service, f"/v1/events?limit=2&after={first['next']}")
    third = asked(door, service, f"/v1/events?after={second['next']}")
    # Then it gets its own, in order, each once
    assert subjects(first["events"] + second["events"]) == ours
    assert (third["events"], third["behind"]) == ([], 0)
    # and a cursor is another text each time
    assert len({one["next"] for one in (first, second, third)}) == 3


def test_what_is_not_published_is_not_given_and_the_answer_says_how_much_that_is(door, ida, service, publish):
    published = opened(door, ida)
    publish()
    opened(door, ida)
    answer = asked(door, service)
    assert (subjects(answer["events"]), answer["behind"]) == ([published], 1)
    # Who wants only what is to come begins behind it
    assert asked(door, service, "/v1/events?after=now")["events"] == []


def test_who_waits_hears_of_what_is_published_meanwhile(door, ida, service, publish):
    start = asked(door, service)["next"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(asked, door, service, f"/v1/events?after={start}", 30)
        wait_until(lambda: door.client.app.state.events.readers, "somebody waits")
        case = opened(door, ida)
        publish()
        answer = waiting.result(LIMIT_SECONDS)
    assert subjects(answer["events"]) == [case]
    assert asked(door, service, f"/v1/events?after={answer['next']}")["events"] == []


def test_who_waits_and_whose_key_is_revoked_meanwhile_gets_nothing(door, ida, service, publish):
    after = asked(door, service)["next"]
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(
            door.client.get, f"/v1/events?after={after}", headers={**service, "Prefer": "wait=30"}
        )
        wait_until(lambda: door.client.app.state.events.readers, "somebody waits")
        opened(door, ida)
        door.revoke_all()
        publish()
        assert waiting.result(LIMIT_SECONDS).status_code == 401


def test_the_head_of_a_stream_is_all_that_is_sent_of_it(door, service):
    answer = door.client.head("/v1/events", headers={**service, "Accept": "text/event-stream"})
    assert (answer.status_code, answer.headers["content-type"][:17]) == (200, "text/event-stream")
    assert "content-length" not in answer.headers


def test_who_waits_in_vain_goes_on_behind_what_it_does_not_see(door, service, publish):
    start = asked(door, service)["next"]
    opened(door, door.key("seller:sued:tom"), seller="sued")
    publish()
    answer = asked(door, service, f"/v1/events?after={start}", wait=1)
    assert answer["events"] == []
    assert asked(door, service, f"/v1/events?after={answer['next']}")["events"] == []


def test_the_feed_is_for_services(door, ida):
    answer = door.client.get("/v1/events", headers=ida)
    assert (answer.status_code, answer.json()["details"]) == (403, {"scope": "service"})


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=" + "A" * 43,
        "limit=0",
        "limit=1001",
        "colour=red",
        "types=casecore.case.opened.v1",
        "types=casecore.case.opened,",
    ],
)
def test_a_request_that_cannot_be_read_says_so(door, service, query):
    for form in ("application/json", "text/event-stream"):
        answer = door.client.get(f"/v1/events?{query}", headers={**service, "Accept": form})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_cursor_from_before_a_backup_was_restored_is_refused(door, database, ida, service, publish):
    # Given a service that has heard of an event that a restored store does not have any more
    opened(door, ida)
    publish()
    cursor = asked(door, service)["next"]
    with psycopg.connect(database) as connection:
        connection.execute("delete from casecore.stored_events")
        connection.execute("delete from casecore.relay_places")
    # Then it is told to begin again
    for form in ("application/json", "text/event-stream"):
        answer = door.client.get("/v1/events", params={"after": cursor}, headers={**service, "Accept": form})
        assert (answer.status_code, answer.json()["code"]) == (409, "cursor_ahead")


class Stream:
    """A stream of events from the API, as a client hears it that may stop to read."""

    def __init__(self, door, who, query="", last_event_id=None):
        headers = {**who, "Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        raw = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
        path = "/v1/events"
        self._scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "headers": raw, "client": ("t", 1), "server": ("t", 1),
        }  # fmt: skip
        self._app = door.client.app
        self._text = b""
        self._reads = threading.Event()
        self._reads.set()
        self.is_over = False
        self._hung_up: Future[None] = Future()
        self._running = door.client.portal.start_task_soon(self._run)

    async def _run(self):
        async def receive():
            await asyncio.wrap_future(self._hung_up)
            return {"type": "http.disconnect"}

        async def send(message):
            while not self._reads.is_set():
                await asyncio.sleep(0.01)
            self._text += message.get("body", b"")
            self.is_over = message["type"] == "http.response.body" and not message["more_body"]

        await self._app(self._scope, receive, send)

    @property
    def is_level(self):
        """Whether it has sent a cursor: all that there was is read, and it waits for more."""
        return b"\nid: " in self._text

    @property
    def comments(self):
        return [line for line in self._text.decode().splitlines() if line.startswith(":")]

    def heard(self):
        """The cursor and the event of each piece that has one."""
        found = []
        for piece in self._text.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in piece.splitlines() if not line.startswith(":"))
            if "data" in lines:
                found.append((lines["id"], json.loads(lines["data"])))
        return found

    def subjects(self):
        return [event["subject"] for _, event in self.heard()]

    def stop_reading(self):
        self._reads.clear()

    def read_on(self):
        self._reads.set()

    def has_ended(self):
        return self._running.done()

    def hang_up(self):
        if not self._hung_up.done():
            self._hung_up.set_result(None)
        self._running.result(LIMIT_SECONDS)


@pytest.fixture
def stream(door):
    """Opens a stream that is closed in the end."""
    opened_streams = []

    def open_stream(*given, **named):
        opened_streams.append(Stream(door, *given, **named))
        return opened_streams[-1]

    yield open_stream
    for one in opened_streams:
        one.read_on()
        one.hang_up()


def test_a_stream_has_what_there_is_and_then_what_comes_and_goes_on_where_it_was_cut(
    door, ida, service, publish, stream
):
    # Given a stream that has heard of a case from before and of one from now
    cases = [opened(door, ida)]
    publish()
    first = stream(service)
    wait_until(lambda: len(first.heard()) == 1, "what there was")
    opened(door, door.key("seller:sued:tom"), seller="sued")
    cases.append(opened(door, ida))
    publish()
    wait_until(lambda: len(first.heard()) == 2, "what came")
    first.hang_up()
    # When it is cut, and goes on after the first of them
    cases.append(opened(door, ida))
    publish()
    second = stream(service, last_event_id=first.heard()[0][0])
    wait_until(lambda: len(second.heard()) == 2, "the rest")
    # Then it hears of all that came since, and of nothing else
    assert (first.subjects(), second.subjects()) == (cases[:2], cases[1:])


def test_a_stream_has_the_types_that_were_asked_for(door, ida, service, publish, stream):
    case = opened(door, ida)
    door.client.post(f"/v1/cases/{case}/take", headers={**ida, "Idempotency-Key": str(uuid4())})
    publish()
    heard = stream(service, query="types=casecore.case.taken,casecore.case.closed")
    wait_until(heard.heard, "the event")
    assert [event["type"] for _, event in heard.heard()] == ["casecore.case.taken.v1"]


def test_a_slow_reader_is_dropped_and_goes_on_by_its_last_cursor(
    door, ida, service, publish, stream, monkeypatch
):
    # Given a reader that stops to read behind the first event
    monkeypatch.setattr(subscription, "MOST_WAITING", 2)
    monkeypatch.setattr(event_stream, "TAKES_SECONDS", 0.2)
    cases = [opened(door, ida)]
    publish()
    slow = stream(service)
    wait_until(slow.heard, "the first event")
    slow.stop_reading()
    # When more comes than is kept for it
    for _ in range(5):
        cases.append(opened(door, ida))
        publish()
    # Then its stream ends, without others' harm
    wait_until(slow.has_ended, "it is dropped")
    slow.read_on()
    again = stream(service, last_event_id=slow.heard()[-1][0])
    wait_until(lambda: len(again.heard()) == 5, "the rest")
    assert slow.subjects() + again.subjects() == cases


def test_a_silent_stream_says_that_it_lives_and_how_new_it_is(
    door, ida, service, publish, stream, monkeypatch
):
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.05)
    opened(door, ida)
    publish()
    opened(door, ida)
    heard = stream(service)
    wait_until(lambda: len(heard.comments) > 1, "heartbeats")
    assert heard.comments[0].endswith("behind 1")


def test_a_stream_ends_when_its_key_is_revoked(door, service, stream, monkeypatch):
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.05)
    heard = stream(service)
    wait_until(lambda: heard.comments, "it lives")
    door.revoke_all()
    wait_until(heard.has_ended, "its end")
    assert heard.is_over


def test_a_stream_goes_on_where_postgresql_broke_off(door, database, ida, service, publish, stream):
    # Given a stream whose process loses its sessions
    heard = stream(service)
    # One that loses its session while it reads what there was ends, and its reader comes again
    wait_until(lambda: heard.is_level and sessions_of_the_feed(database), "it follows")
    wait_until(lambda: sessions_of_the_feed(database, "pg_terminate_backend(pid)"), "they are gone")
    # When more is published
    case = opened(door, ida)
    publish()
    # Then it hears of it
    wait_until(heard.heard, "the event")
    assert heard.subjects() == [case]


def sessions_of_the_feed(database, what="pid"):
    """The sessions that wait until more is published, or what is done to each."""
    with psycopg.connect(database) as connection:
        return connection.execute(
            f"select {what} from pg_stat_activity where datname = current_database() "
            "and application_name = 'casecore feed'"
        ).fetchall()


def test_more_readers_than_a_process_can_bear_are_sent_away(door, service, monkeypatch):
    monkeypatch.setattr(events, "MOST_READERS", 0)
    for headers in ({"Prefer": "wait=5"}, {"Accept": "text/event-stream"}):
        answer = door.client.get("/v1/events", headers={**service, **headers})
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_readers")
        assert answer.headers["Retry-After"]
    # Who does not wait is answered
    assert asked(door, service)["events"] == []


def test_an_organisation_that_reads_much_leaves_room_for_others(door, service, stream, monkeypatch):
    monkeypatch.setattr(events, "MOST_READERS", 2)
    stream(service)
    other = door.key("seller:sued:bot", Scope.SERVICE)

    def is_refused():
        answer = door.client.get("/v1/events", headers={**service, "Prefer": "wait=1"})
        return answer.status_code == 503 and answer.json()["code"] == "too_many_readers"

    wait_until(is_refused, "nord has its share")
    assert asked(door, other, wait=1)["events"] == []


def test_streams_end_when_the_server_does(door, service, stream):
    heard = stream(service)
    wait_until(lambda: door.client.app.state.events.readers, "it hears")
    door.client.app.state.events.end()
    wait_until(heard.has_ended, "its end")
    assert heard.is_over
    assert door.client.app.state.events.readers == 0
