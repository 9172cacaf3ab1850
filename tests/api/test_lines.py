"""Commands as JSON Lines over HTTP: an answer for each line, in order, while the request still arrives."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.api.lines import endpoint, reader
from casecore.app.commands import bulk
from casecore.app.commands.bulk import LineSplitter, bounded_lines
from casecore.commands import protocol
from casecore.commands.admission import MAX_COMMAND_BYTES
from casecore.commands.bus import MAX_BATCH, MAX_WAITING
from casecore.commands.finding_ids import Finding, finding_id
from casecore.contract.streams import case_stream_id
from casecore.identity.identity import Scope
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.log import LogReader
from casecore.store.recorder import LogRecorder

OPENING = {
    "action": "open",
    "customer": "praxis",
    "seller": "nord",
    "category": "technical_support",
    "topic": "activation",
}
IDA = {"role": "seller", "organisation": "nord", "person": "ida"}
JSONL = {"Content-Type": "application/jsonl"}
LIMIT_SECONDS = 30


def command(case, do=OPENING, **more):
    return {"kind": "case", "command_id": str(uuid4()), "case": case, "do": do, **more}


def as_lines(*commands):
    return b"".join(json.dumps(one).encode() + b"\n" for one in commands)


def submitted(door, who, body, **headers):
    answer = door.client.post("/v1/commands", content=body, headers={**who, **JSONL, **headers})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def ida(door):
    return door.key("seller:nord:ida")


def test_every_line_has_its_answer_in_order(door, ida):
    opening = command("C-1")
    body = b"".join(
        [
            as_lines(opening),
            b"\r\n  \n",
            as_lines(command("C-1", {"action": "close"})),
            b'{"kind": "case", "case": "' + b"x" * MAX_COMMAND_BYTES + b'"}\n',
            b"[1, 2]\n{}\n",
            as_lines(command("C-1", {"action": "take"}, actor=IDA)),
            as_lines(command("C-1", {"action": "take"}, actor={**IDA, "person": "udo"})),
            as_lines(command("C-1", {"action": "take"}, on_behalf_of={**IDA, "person": "udo"})),
            as_lines(opening).strip(),
        ]
    )
    answers = submitted(door, ida, body)
    became = [(one["line"], one.get("refused") or one["version"]) for one in answers]
    refused = "command_malformed"
    assert became == [
        (1, 1),
        (4, "illegal_move"),
        (5, refused),
        (6, refused),
        (7, refused),
        (8, 2),
        (9, "actor_differs"),
        (10, refused),
        (11, 1),
    ]
    assert (answers[0]["repeated"], answers[-1]["repeated"]) == (False, True)


def test_each_command_needs_the_scope_of_what_it_is_on(door, ida):
    party = {"kind": "party", "command_id": str(uuid4()), "party": "praxis", "do": {"action": "change"}}
    party["do"] |= {"roles": [], "name": "n", "street": "s", "postal_code": "1", "city": "b", "country": "DE"}
    accountant = door.key("seller:nord:acc", Scope.ACCOUNTANT)
    for who, became in ((ida, ["scope_missing", None]), (accountant, ["not_your_party", "scope_missing"])):
        answers = submitted(door, who, as_lines(party, command(f"C-{len(became)}-{became[0]}")))
        assert [one.get("refused") for one in answers] == became
    nobody = door.client.post("/v1/commands", headers={**door.key("seller:nord:x", Scope.ANALYST), **JSONL})
    assert nobody.status_code == 403


def test_what_only_the_installation_records_is_not_given(door):
    ann = door.key("vendor:vendor:ann", *Scope)
    charges = {"kind": "account", "command_id": str(uuid4()), "package": "P-1"}
    charges["do"] = {"action": "record_charges", "until": "2026-01-01"}
    [answer] = submitted(door, ann, as_lines(charges))
    assert (answer["refused"], answer["command"]) == (
        "only_the_installation_gives",
        "account record_charges",
    )


def test_nobody_takes_the_id_of_what_a_run_will_find(door, ida):
    watched = str(finding_id(Finding.SERVICE_LEVEL_NOTE, "C-1/3"))
    taken = command("C-1") | {"command_id": watched}
    [refused, answer] = submitted(door, ida, as_lines(taken, command("C-1")))
    assert (refused["refused"], answer["version"]) == ("command_malformed", 1)
    assert "version 5" in refused["message"]


def test_what_cannot_be_read_as_lines_is_said_before_any_is(door, ida):
    for headers, status in (
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Encoding": "gzip"}, 400),
    ):
        answer = door.client.post("/v1/commands", content=b"", headers={**ida, **JSONL, **headers})
        assert answer.status_code == status
    same = door.client.post("/v1/commands", headers={**ida, "Content-Type": "application/x-ndjson"})
    assert (same.headers["Content-Type"], same.content) == ("application/x-ndjson", b"")


def test_a_failure_ends_the_answers_with_a_line_that_says_so(door, ida, monkeypatch):
    # Given a database that fails for good while the second command is stored
    stored = LogRecorder.append

    def fails(self, events, receipts, now, expected=None):
        if any(b'"C-2"' in event.body for event in events):
            raise DatabaseUnavailable("it does not answer")
        return stored(self, events, receipts, now, expected or {})

    monkeypatch.setattr(LogRecorder, "append", fails)
    monkeypatch.setattr("casecore.commands.bus.GIVE_UP_AFTER_SECONDS", 0)
    monkeypatch.setattr("casecore.commands.bus.MAX_BATCH", 1)
    monkeypatch.setattr(protocol, "FIRST_REST_SECONDS", 0.001)
    answers = submitted(door, ida, as_lines(*(command(f"C-{number}") for number in range(1, 5))))
    assert [(one["line"], one.get("failed")) for one in answers] == [(1, None), (2, "database_unavailable")]


class Wire:
    """A client's side of one exchange, that sends and reads piece by piece."""

    def __init__(self, app, headers):
        self._sent = asyncio.Queue()
        self._got = asyncio.Queue()
        self._read = b""
        named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/commands",
            "query_string": b"",
            "headers": named,
        }
        self.task = asyncio.create_task(app(scope, self._sent.get, self._got.put))

    def send(self, body, more_body=True):
        self._sent.put_nowait({"type": "http.request", "body": body, "more_body": more_body})

    def go_away(self):
        self._sent.put_nowait({"type": "http.disconnect"})

    async def read(self):
        """The next line of the body, or what there is at its end."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while b"\n" not in self._read:
                message = await self._got.get()
                self._read += message.get("body", b"")
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    break
        line, _, self._read = self._read.partition(b"\n")
        return line


def test_an_answer_comes_before_the_next_line_is_sent_and_nothing_is_stored_for_whoever_went(
    door, ida, database
):
    async def exchange():
        wire = Wire(door.client.app, {**ida, **JSONL})
        first, second = as_lines(command("C-1")), as_lines(command("C-2"))
        wire.send(first[:20])
        wire.send(first[20:] + second[:20])
        assert json.loads(await wire.read())["version"] == 1
        wire.send(second[20:])
        assert json.loads(await wire.read())["line"] == 2
        wire.send(as_lines(command("C-3"))[:-1])
        wire.go_away()
        async with asyncio.timeout(LIMIT_SECONDS):
            await wire.task

    asyncio.run(exchange())
    with LogReader(database) as log:
        assert [len(log.stream(case_stream_id(f"C-{number}"))) for number in (1, 2, 3)] == [1, 1, 0]


def test_whoever_reads_no_answers_is_not_read_from_any_more(door, ida, monkeypatch):
    monkeypatch.setattr(endpoint, "MOST_UNREAD", 5)
    monkeypatch.setattr(endpoint, "_FLUSHES_AT_BYTES", 1)

    async def exchange():
        reading = asyncio.Event()
        taken, sent = 0, 0
        body = [as_lines(command(f"C-{number}")) for number in range(50)]

        async def receive():
            nonlocal taken
            taken += 1
            return {"type": "http.request", "body": body[taken - 1], "more_body": taken < len(body)}

        async def send(message):
            nonlocal sent
            await reading.wait()
            sent += message.get("body", b"").count(b"\n")

        named = [(name.lower().encode(), value.encode()) for name, value in {**ida, **JSONL}.items()]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/commands",
            "query_string": b"",
            "headers": named,
        }
        task = asyncio.create_task(door.client.app(scope, receive, send))
        before = -1
        while before != taken or not taken:  # until it takes no more
            before = taken
            await asyncio.wait({task}, timeout=0.1)
        assert taken < 10
        reading.set()
        async with asyncio.timeout(LIMIT_SECONDS):
            await task
        assert (taken, sent) == (50, 50)

    asyncio.run(exchange())


def test_a_client_may_take_long_as_long_as_each_line_ends_in_time(door, ida, monkeypatch):
    clock = [1_000.0]
    monkeypatch.setattr(reader, "monotonic", lambda: clock[0])

    async def exchange():
        wire = Wire(door.client.app, {**ida, **JSONL})
        body = as_lines(*(command(f"C-{number}") for number in range(1, 5)))
        ends = [at + 1 for at, letter in enumerate(body) if letter == ord("\n")]
        # Each piece ends within the next line, and comes 15 seconds after the one before
        for begin, end in zip([0, *(at + 9 for at in ends)], ends, strict=False):
            wire.send(body[begin : end + 9])
            assert json.loads(await wire.read())["version"] == 1
            clock[0] += 15
        wire.go_away()
        async with asyncio.timeout(LIMIT_SECONDS):
            await wire.task

    asyncio.run(exchange())


def test_whoever_sends_nothing_for_long_is_told_and_left(door, ida, monkeypatch):
    monkeypatch.setattr(reader, "IDLE_SECONDS", 0.05)

    async def exchange():
        wire = Wire(door.client.app, {**ida, **JSONL})
        wire.send(as_lines(command("C-1")))
        assert json.loads(await wire.read())["line"] == 1
        return json.loads(await wire.read())

    end = asyncio.run(exchange())
    assert (end["line"], end["failed"]) == (2, "too_slow")


def test_streams_leave_room_in_the_bus_for_the_commands_of_others():
    assert endpoint.MOST_STREAMS * reader.IN_FLIGHT + MAX_BATCH <= MAX_WAITING
    # And one of them alone fills a batch
    assert reader.IN_FLIGHT >= MAX_BATCH


def test_whoever_sends_while_the_server_ends_is_told_what_to_send_again(door, ida):
    async def exchange():
        wire = Wire(door.client.app, {**ida, **JSONL})
        wire.send(as_lines(command("C-1"), command("C-2"))[:-20])
        assert json.loads(await wire.read())["line"] == 1
        door.client.app.state.end_streams()
        return json.loads(await wire.read())

    end = asyncio.run(exchange())
    assert (end["line"], end["failed"]) == (2, "server_ends")


def test_an_organisation_has_only_so_many_streams_open(door, ida):
    async def exchange():
        wires = [Wire(door.client.app, {**ida, **JSONL}) for _ in range(endpoint.MOST_OF_ONE)]
        for number, wire in enumerate(wires):
            wire.send(as_lines(command(f"C-{number}")))
            assert json.loads(await wire.read())["version"] == 1
        one_more = json.loads(await Wire(door.client.app, {**ida, **JSONL}).read())
        assert (one_more["status"], one_more["code"]) == (503, "too_many_streams")
        # Another organisation has its own; and when one of them has ended, there is room
        tom = Wire(door.client.app, {**door.key("seller:sued:tom"), **JSONL})
        wires[0].go_away()
        await wires[0].task
        again = Wire(door.client.app, {**ida, **JSONL})
        for wire in (tom, again):
            wire.send(as_lines(command("C-9", {"action": "take"})))
            assert json.loads(await wire.read())["refused"] == "case_unknown"
        for wire in (*wires[1:], tom, again):
            wire.go_away()
            await wire.task

    asyncio.run(exchange())


@given(st.lists(st.binary(max_size=12) | st.just(b"\n")))
def test_lines_are_the_same_in_whatever_pieces_they_arrive(pieces):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bulk, "MAX_COMMAND_BYTES", 5)
        splitter = LineSplitter()
        found = [line for piece in pieces for line in splitter.feed(piece)] + [*splitter.end()]
        whole = [*bounded_lines(BytesIO(b"".join(pieces)))]
    assert [line.rstrip(b"\n") for line in found] == [line.rstrip(b"\n") for line in whole]
