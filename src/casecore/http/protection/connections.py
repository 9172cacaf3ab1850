"""Connections: a bounded number, and each has a deadline for what it sends and for what it takes.

uvicorn has neither. Its `timeout_keep_alive` ends with the first byte of a request, and its
`limit_concurrency` accepts every connection and answers each request with 503 once too many are open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from casecore.http.protection.deadline import Deadline
from casecore.http.protection.progress import Progress, Receives
from casecore.http.protection.raw_answers import raw_problem
from casecore.http.protection.request_heads import (
    MALFORMED,
    TOO_MANY_AHEAD,
    TOO_MANY_CONNECTIONS,
    TOO_SLOW,
    RefusedRequest,
    fault_of_head,
)
from casecore.http.requests.body import BODY_SECONDS

_MOST_AHEAD = 16
"""Requests of a connection that wait for the answer to an earlier one."""


class ConnectionLimits(NamedTuple):
    """What a connection may do.

    `most` are open at a time; `most_refused` more may be open while they read that there are too many. A head
    arrives within `head_seconds`, a body within `body_seconds` after it, or on the paths in `streamed` each
    part of it after the last; the next request begins within `idle_seconds` after an answer. Who does not
    take an answer for `take_seconds` is disconnected.
    """

    most: int = 4_000
    most_refused: int = 250
    head_seconds: float = 10
    body_seconds: float = BODY_SECONDS + 5  # who reads lines answers first
    idle_seconds: int = 5
    take_seconds: float = 30
    linger_seconds: float = 2
    streamed: frozenset[str] = frozenset({"/v1/commands"})


class _Refused(Exception):
    """A request is refused, as its connection knows."""


class GuardedConnection(HttpToolsProtocol):
    """uvicorn's connection with httptools, on which each request arrives within its deadline."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
        on_refused: Callable[[RefusedRequest], None],
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._on_refused = on_refused
        self._progress = Progress()
        self._to_arrive = Deadline(self.loop)
        self._to_be_taken = Deadline(self.loop)
        self._refused: RefusedRequest | None = None
        self._discards = False

    # What the transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection was accepted: it has a first request in time, or ends."""
        super().connection_made(transport)
        over = len(self.connections) - self._limits.most
        if over > 0:
            self._on_refused(TOO_MANY_CONNECTIONS)
            self._answer_and_close(TOO_MANY_CONNECTIONS, lingers=over <= self._limits.most_refused)
        else:
            self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended."""
        self._to_arrive.stop()
        self._to_be_taken.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        if self._is_ending():
            return
        before = self._progress.steps
        self._progress.bytes_arrive(len(data))
        super().data_received(data)
        if self._is_ending():
            return
        if fault := self._progress.fault():
            self._refuse(fault)
        else:
            self._keep_time(progressed=self._progress.steps != before)

    def pause_writing(self) -> None:
        """The caller does not take the answer as fast as it is made."""
        super().pause_writing()
        self._to_be_taken.start(self._limits.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller takes it again."""
        super().resume_writing()
        self._to_be_taken.stop()

    # What the parser calls

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._progress.begin()

    def on_url(self, url: bytes) -> None:
        """A part of the target arrived."""
        super().on_url(url)
        if fault := self._progress.target_arrives(url):
            self._stop_parsing(fault)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header arrived. One that comes behind the body is left out: nobody in front has looked at it."""
        if self._progress.receives is Receives.BODY:
            return
        super().on_header(name, value)
        if fault := self._progress.header_arrives(name, value):
            self._stop_parsing(fault)

    def on_headers_complete(self) -> None:
        """The head of a request is complete."""
        upgrades = self.parser.should_upgrade()
        fault = fault_of_head(
            self.parser.get_method().decode("ascii"),
            self.parser.get_http_version(),
            self.url,
            self.headers,
            upgrades=upgrades,
        )
        if fault is not None or len(self.pipeline) >= _MOST_AHEAD:
            self._stop_parsing(fault or TOO_MANY_AHEAD)
        super().on_headers_complete()
        self._progress.head_ends()
        if upgrades:
            # The parser takes what follows for the other protocol, so that this is the last request.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A part of the body arrived."""
        self._progress.body_arrives(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request arrived whole."""
        super().on_message_complete()
        self._progress.end()

    # What uvicorn calls

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's sentence says less)
        """The parser, or one of the methods that it calls, refused what arrived."""
        self._refuse(self._refused or MALFORMED)

    def on_response_complete(self) -> None:
        """An answer was given."""
        super().on_response_complete()
        self._end_if_untaken()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing arrived after the last answer."""
        super().timeout_keep_alive_handler()
        self._end_if_untaken()

    def _should_upgrade_to_ws(self) -> bool:
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Another protocol was asked for: it is answered in this one, and that is no news."""

    # Refusing

    def _stop_parsing(self, refused: RefusedRequest) -> NoReturn:
        """End a callback of the parser, which then calls none for the rest of what arrived."""
        self._refused = refused
        raise _Refused

    def _is_ending(self) -> bool:
        return self._discards

    def _refuse(self, refused: RefusedRequest) -> None:
        """Answer what is wrong with the request that arrives, if its answer has not begun, and close."""
        self._on_refused(refused)
        if self._progress.receives is Receives.BODY:
            if self.cycle.response_started or self.pipeline:
                self._close()
                return
            self.cycle.disconnected = True  # what the application answers now goes nowhere
            self.cycle.message_event.set()
        elif self._is_answering():
            # That answer comes first, and is the last: another in front of it would be taken for it.
            self.cycle.keep_alive = False
            self._discard()
            return
        self._answer_and_close(refused, lingers=True)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _answer_and_close(self, refused: RefusedRequest, *, lingers: bool) -> None:
        self.transport.write(raw_problem(refused, secure=self.scheme == "https"))
        if not lingers or not self.transport.can_write_eof():
            self._close()
            return
        # Closing at once would reset a connection on which more arrives, and the answer would be lost.
        self._discard()
        self.transport.write_eof()
        self._to_arrive.start(self._limits.linger_seconds, self.transport.abort)

    def _discard(self) -> None:
        self._discards = True
        self._to_arrive.stop()
        self._unset_keepalive_if_required()

    def _close(self) -> None:
        self._discard()
        self.transport.close()
        self._end_if_untaken()

    # Deadlines

    def _keep_time(self, *, progressed: bool) -> None:
        """Each step has a deadline of its own; `progressed` is whether one was taken."""
        if self._progress.receives is not Receives.NOTHING:
            if progressed or not self._to_arrive.is_running or self._streams():
                self._start_deadline()
        elif progressed:
            self._to_arrive.stop()
        elif not self._to_arrive.is_running:
            self._start_deadline()  # line ends between two requests, which begin none

    def _streams(self) -> bool:
        is_body = self._progress.receives is Receives.BODY
        return is_body and self._is_answering() and self.scope["path"] in self._limits.streamed

    def _start_deadline(self) -> None:
        is_body = self._progress.receives is Receives.BODY
        limit = self._limits.body_seconds if is_body else self._limits.head_seconds
        self._to_arrive.start(limit, self._deadline_passed)

    def _deadline_passed(self) -> None:
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self._start_deadline()  # it is the application that takes its time
        elif self._progress.receives is not Receives.NOTHING:
            self._refuse(TOO_SLOW)
        elif not self._is_answering():
            self._close()

    def _end_if_untaken(self) -> None:
        """A connection that is closing stays until the caller took the last answer, or does not in time."""
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._to_be_taken.start(self._limits.take_seconds, self.transport.abort)
