"""The access log: a line for each request, and one write for the requests that end together."""

from __future__ import annotations

import asyncio
import io
import json
from types import SimpleNamespace

import structlog

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.http.protection.access_log import AccessLog
from casecore.http.protection.exchange import AnsweredRequest, Exchange
from casecore.http.protection.trace_context import TraceContext
from casecore.identity.identity import Identity


class Written:
    """What reaches the file of the log."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def info(self, text: str) -> None:
        self.texts.append(text)


def test_the_lines_of_requests_that_end_together_are_written_together(monkeypatch) -> None:
    # Given three requests, of which two end in one turn of the event loop, and the last as the server ends
    written, traces = Written(), [f"{number:032x}" for number in range(3)]
    monkeypatch.setattr(structlog, "get_config", lambda: {"logger_factory": lambda: written})

    async def requests() -> None:
        log = AccessLog()

        def end(trace: str) -> None:
            exchange = Exchange(TraceContext(trace, "0" * 16), lambda _: None)
            log.write({}, exchange, AnsweredRequest("GET", "/v1/cases", 200, "", 0.01))

        end(traces[0])
        end(traces[1])
        await asyncio.sleep(0)
        end(traces[2])

    asyncio.run(requests())
    # Then each has its line, and the two were written at once
    assert [[trace in text for trace in traces] for text in written.texts] == [
        [True, True, False],
        [False, False, True],
    ]
    assert [text.count("\n") for text in written.texts] == [1, 0]


def test_a_line_of_json_is_as_that_of_all_other_logs(monkeypatch) -> None:
    # Given a log as JSON, and a request of somebody whose organisation has letters that JSON escapes
    written = io.StringIO()
    processors = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]
    config = {"processors": processors, "logger_factory": structlog.PrintLoggerFactory(written)}
    monkeypatch.setattr(structlog, "get_config", lambda: config)
    actor = GivenActor("ida", 'nörd "\x7f\u2028\U0001f600', Role.SELLER)
    members = {
        "method": "POST",
        "route": "/v1/cases/{address}/message",
        "status": 409,
        "ms": 1234.6,
        "trace_id": "a" * 32,
        "problem": "case_closed",
        "organisation": actor.organisation,
        "role": "seller",
        "shown_by": "KEY",
        "case": "C-1",
    }

    async def request() -> None:
        exchange = Exchange(TraceContext(members["trace_id"], "0" * 16), lambda _: None)
        exchange.identified(Identity(actor, frozenset(), members["shown_by"]))
        answered = AnsweredRequest(
            members["method"], members["route"], members["status"], members["problem"], 1.23456
        )
        AccessLog().write({"path_params": {"address": "C-1"}}, exchange, answered)

    # When its line is written
    asyncio.run(request())
    # Then it is, letter by letter, what structlog writes of its members
    line = written.getvalue().rstrip("\n")
    stamped = {"timestamp": json.loads(line)["timestamp"]}
    said = {**members, "event": "request", "level": "info", **stamped}
    assert line == structlog.processors.JSONRenderer()(SimpleNamespace(), "info", said)
