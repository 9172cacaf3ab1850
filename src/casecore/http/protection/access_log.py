"""The access log: one line for each request, with nothing personal in it.

No person, query, body, secret or address of a network is written. A reference of a case is, where the answer
shows that there is such a case: otherwise the path has what somebody made up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from json.encoder import encode_basestring_ascii

import structlog
from starlette.types import Scope

from casecore.decider.ids import fault_of_id
from casecore.http.protection.exchange import AnsweredRequest, Exchange

_CASE_ROUTE = "/v1/cases/{"
_LONGEST_REFERENCE = 100
_ABOUT_WHAT_EXISTS = frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED})


def route_of(scope: Scope) -> str:
    """The template of the request's path; empty where no route matched."""
    return str(getattr(scope.get("route"), "path", ""))


class AccessLog:
    """The lines of one server."""

    def __init__(self) -> None:
        self._lines = _LinesOfATurn()
        self._log = structlog.wrap_logger(self._lines).bind()
        self._processors: Sequence[object] = structlog.get_config().get("processors", ())

    def write(self, scope: Scope, exchange: Exchange, answered: AnsweredRequest) -> None:
        """Write the line of a request."""
        line: dict[str, str | int | float] = {
            "method": answered.method,
            "route": answered.route,
            "status": int(answered.status),
            "ms": round(answered.seconds * 1000, 1),
            "trace_id": exchange.trace.trace_id,
        }
        if answered.problem:
            line["problem"] = answered.problem
        if exchange.identity is not None:
            actor = exchange.identity.actor
            line |= {
                "organisation": actor.organisation,
                "role": actor.role.value,
                "shown_by": exchange.identity.shown_by,
            }
        if case := _case_of(scope, answered):
            line["case"] = case
        if self._processors and type(self._processors[-1]) is structlog.processors.JSONRenderer:
            self._lines.add(line)
        else:
            self._log.info("request", **line)


class _LinesOfATurn:
    """Writes the lines of one turn of the event loop at once: each write lets another thread go first."""

    def __init__(self) -> None:
        self._to = structlog.get_config()["logger_factory"]()
        self._lines: list[str] = []

    def info(self, line: str) -> None:
        """Write a line when this turn has ended."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._write)
        self._lines.append(line)

    def add(self, line: dict[str, str | int | float]) -> None:
        """Write these members as a line of JSON, as structlog does in five times the time."""
        members = ", ".join([f'"{name}": {_in_json(value)}' for name, value in line.items()])
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self.info(f'{{{members}, "event": "request", "level": "info", "timestamp": "{now}"}}')

    def _write(self) -> None:
        lines = "\n".join(self._lines)
        self._lines.clear()
        self._to.info(lines)


def _in_json(value: str | float) -> str:
    return encode_basestring_ascii(value) if isinstance(value, str) else repr(value)


def _case_of(scope: Scope, answered: AnsweredRequest) -> str | None:
    exists = answered.status < HTTPStatus.BAD_REQUEST or answered.status in _ABOUT_WHAT_EXISTS
    if not exists or not answered.route.startswith(_CASE_ROUTE):
        return None
    reference = str(next(iter(scope.get("path_params", {}).values()), ""))
    if not 0 < len(reference) <= _LONGEST_REFERENCE or fault_of_id(reference) is not None:
        return None
    return reference
