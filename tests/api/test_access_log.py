"""The access log: a line for each request, and one write for the requests that end together."""

from __future__ import annotations

import asyncio

import structlog

from casecore.http.protection.access_log import AccessLog
from casecore.http.protection.exchange import AnsweredRequest, Exchange
from casecore.http.protection.trace_context import TraceContext


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
