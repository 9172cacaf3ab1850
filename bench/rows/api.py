"""Commands and answers over HTTP from 64 connections, beside the bus, a bare handler, and FastAPI."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import psycopg
import uvloop
from msgspec import structs

from bench.findings import Findings, Options, Row, Verdict, latency, median_rate
from bench.http_load import Address, at_rate, request, together
from bench.http_servers import TABLE, free_address, inserting, served, serving
from bench.load import CUSTOMER, TEXT, message, opening
from bench.measurements import Measurement
from bench.peers.application import environment as library_environment
from bench.peers.help_desk import HelpDesk
from bench.peers.streams import PEERS
from bench.servers import environment, folded, process, stored, wait
from bench.stages import Stage, Stages
from casecore.app.deciders import DECIDERS
from casecore.cases.commands import CaseCommand
from casecore.commands.bus import CommandBus
from casecore.contract.streams import CASES
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import new_key
from projections.catalogue import VIEWS

CONNECTIONS = 64
_CASES = 640
PER_SECOND = 300
_WARM_SECONDS = 5
_PEOPLE = 8
GOAL, GOAL_OF_BUS, GOAL_ANSWERS, GOAL_P99_MS = 2_000, 0.6, 2_000, 50
COMMANDS = "API: a message to one of 640 cases"
COMMANDS_OF_TWO = "API: the same, two processes with half of the connections each"
ANSWERS = "API: one of 640 cases"
BUS = "command bus, the same messages from 64 callers of asyncio"
INSERT = "peer: a handler of the same server that inserts a row"
FASTAPI = "peer: FastAPI with eventsourcing's Application"
LATENCY = f"API: a command, {PER_SECOND} a second, all views at work"


class _Clients:
    """The keys of some people, and the requests that they make in turn: one may not make so many."""

    def __init__(self, stage: Stage) -> None:
        people = [
            structs.replace(CUSTOMER, person=f"{CUSTOMER.person}-{number}") for number in range(_PEOPLE)
        ]
        made = [new_key(person, (Scope.AGENT,), datetime.now(UTC)) for person in people]
        KeyFile(stage.settings.home / "keys.json").change(lambda keys: (*keys, *(one.key for one in made)))
        self._bearers = itertools.cycle([f"Authorization: Bearer {one.text}" for one in made])

    def message(self, case: str) -> bytes:
        """A command, with an id of its own."""
        headers = (next(self._bearers), f"Idempotency-Key: {uuid4()}", "Content-Type: application/json")
        return request("POST", f"/v1/cases/{case}/message", headers, msgspec.json.encode({"text": TEXT}))

    def look(self, case: str) -> bytes:
        """A question."""
        return request("GET", f"/v1/cases/{case}", (next(self._bearers),))


def measure(stages: Stages, options: Options) -> Findings:
    """All in turn, `runs` times; then the answers; then the latencies, for as long as all runs, once warm."""
    stage = stages.stage("api")
    commands, peers = options.sized(20_000, 640), options.sized(2_000, 320)
    cases = [f"C-{number}" for number in range(_CASES)]
    _open(stage, cases)
    clients, measurements = _Clients(stage), list[Measurement]()
    for _ in range(options.runs):
        with _api(stage, clients.message(cases[0])) as one:
            measurements.append(_given(COMMANDS, "commands", [one], commands, cases, clients.message))
            with _api(stage, clients.message(cases[0])) as other:
                both = [one, other]
                measurements.append(
                    _given(COMMANDS_OF_TWO, "commands", both, commands, cases, clients.message)
                )
        measurements.append(_bus(stage, commands, cases))
        measurements.append(_inserted(stages, commands))
        measurements.append(_fastapi(stages, peers))
    took = []
    with ExitStack() as running:
        for arguments in (("relay",), *(("project", view) for view in sorted(VIEWS))):
            running.enter_context(process(stage.settings, stage.addresses, *arguments))
        _wait_for_views(stage)
        address = running.enter_context(_api(stage, clients.message(cases[0])))
        for _ in range(options.runs):
            measurements.append(_given(ANSWERS, "answers", [address], commands, cases, clients.look))
        for seconds in (_WARM_SECONDS, 10 * options.runs * options.scale):
            count = int(seconds * PER_SECOND)
            sent = [clients.message(cases[place % _CASES]) for place in range(count)]
            took = at_rate(address, sent, PER_SECOND, CONNECTIONS)
    return _findings(measurements, took)


ROW = Row("api", "Commands and answers over HTTP, client and server on the same cores", measure)


def _findings(measurements: Sequence[Measurement], took: Sequence[float]) -> Findings:
    ours, of_bus = median_rate(measurements, COMMANDS), median_rate(measurements, BUS)
    of_two, answers = median_rate(measurements, COMMANDS_OF_TWO), median_rate(measurements, ANSWERS)
    waited = latency(LATENCY, took)
    verdicts = (
        Verdict("durable commands a second, 64 connections", ours, GOAL, "commands/s"),
        Verdict("of the bus with callers of asyncio", ours / of_bus, GOAL_OF_BUS, "times"),
        Verdict("answers a second about one case", answers, GOAL_ANSWERS, "answers/s"),
        Verdict("a command, 99th percentile", waited.p99_ms, GOAL_P99_MS, "ms", at_most=True),
    )
    note = (
        f"Two processes are {of_two / of_bus:.2f} of the bus. "
        f"One is {ours / median_rate(measurements, INSERT):.2f} of the bare handler, which decides nothing, "
        f"and {ours / median_rate(measurements, FASTAPI):.1f} times FastAPI with the library's application."
    )
    return Findings(measurements, (waited,), verdicts, {COMMANDS: BUS}, (note,))


def _open(stage: Stage, cases: Sequence[str]) -> None:
    with CommandBus(stage.addresses.database, DECIDERS, "vendor") as bus:
        for future in [bus.submit(opening(case)) for case in cases]:
            future.result()


@contextmanager
def _api(stage: Stage, first: bytes) -> Iterator[Address]:
    """The program's own server, alone, once it has answered a first command, for which it connects."""
    address = free_address()
    with served(serving(address.port), address, environment(stage.settings, stage.addresses)):
        together([address], [[first]])
        yield address


def _given(
    name: str,
    unit: str,
    addresses: Sequence[Address],
    count: int,
    cases: Sequence[str],
    made: Callable[[str], bytes],
) -> Measurement:
    """So many requests from all connections, each about cases of its own in turn."""
    each, own = count // CONNECTIONS, len(cases) // CONNECTIONS
    requests = [
        [made(cases[connection * own + place % own]) for place in range(each)]
        for connection in range(CONNECTIONS)
    ]
    return Measurement(name, each * CONNECTIONS, unit, together(addresses, requests))


def _bus(stage: Stage, count: int, cases: Sequence[str]) -> Measurement:
    each, own = count // CONNECTIONS, len(cases) // CONNECTIONS
    commands = [
        [message(cases[caller * own + place % own]) for place in range(each)] for caller in range(CONNECTIONS)
    ]
    with CommandBus(stage.addresses.database, DECIDERS, "vendor") as bus:

        async def give(mine: Sequence[CaseCommand]) -> None:
            for command in mine:
                await bus.ask(command)

        async def all_give() -> float:
            began_at = time.monotonic()
            await asyncio.gather(*(give(mine) for mine in commands))
            return time.monotonic() - began_at

        seconds = uvloop.run(all_give())
    return Measurement(BUS, each * CONNECTIONS, "commands", seconds)


def _inserted(stages: Stages, count: int) -> Measurement:
    database, address = stages.database("api_inserted"), free_address()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLE)
    body = msgspec.json.encode({"text": TEXT})
    with served(inserting(database, address.port), address):
        row = request("POST", "/rows", ("Content-Type: application/json",), body)
        seconds = together([address], [[row] * (count // CONNECTIONS)] * CONNECTIONS)
    return Measurement(INSERT, count // CONNECTIONS * CONNECTIONS, "rows", seconds)


def _fastapi(stages: Stages, count: int) -> Measurement:
    """Its pool of connections is the library's default; each connection writes on cases of its own."""
    settings = library_environment(stages.database("api_fastapi"))
    desk, address = HelpDesk(settings), free_address()
    cases = [[desk.open("The viewer does not start") for _ in range(5)] for _ in range(CONNECTIONS)]
    desk.close()
    content = {"person": CUSTOMER.person, "organisation": CUSTOMER.organisation, "text": TEXT}
    body = msgspec.json.encode(content)
    requests = [
        [
            request("POST", f"/cases/{own[place % 5]}/messages", ("Content-Type: application/json",), body)
            for place in range(count // CONNECTIONS)
        ]
        for own in cases
    ]
    command = [str(PEERS), "-m", "bench.peers.fastapi_application", str(address.port)]
    with served(command, address, {**os.environ, **settings}):
        return Measurement(
            FASTAPI, count // CONNECTIONS * CONNECTIONS, "commands", together([address], requests)
        )


def _wait_for_views(stage: Stage) -> None:
    events = stored(stage.addresses, CASES)
    views = [name for name, view in VIEWS.items() if CASES in view.kinds]
    wait("the views have all", lambda: all(folded(stage.addresses, view) >= events for view in views))
