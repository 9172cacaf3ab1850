"""Commands as JSON Lines: a command on each line of the request, and an answer on each line of the response.

The response begins while the request still arrives. A window bounds what is held of both: whoever reads no
answers is read from no more, so a client that sends all before it reads gives at most MOST_UNREAD lines at a
time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from time import monotonic
from typing import Any, NamedTuple

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from casecore.api.authentication import Authentication, check_scope
from casecore.api.line_checks import check_line, with_actor
from casecore.api.problems import TooSlow, UnsupportedMediaType, problem_of
from casecore.api.requests import BODY_SECONDS, check_encoding
from casecore.api.resources import SCOPES
from casecore.app.commands.bulk import LineReply, LineSplitter
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus, CommandSequence
from casecore.commands.errors import BusFull
from casecore.decider.command import Command
from casecore.decider.refusal import Refusal
from casecore.errors.kinds import CasecoreError, Kind
from casecore.identity.identity import Identity

MEDIA_TYPES = ("application/jsonl", "application/x-ndjson")
MOST_STREAMS = 4
IN_FLIGHT = 400
"""Commands given and not yet answered, of one stream: of all streams together, fewer than the bus takes."""
MOST_UNREAD = 1_000
"""Answers that are kept for a client that does not read them yet."""
IDLE_SECONDS = 60
"""How long a client may send nothing, or read nothing."""
_LOOKS_AGAIN_AFTER_SECONDS = 30
"""A key that was revoked, or a token that has expired, gives no commands for longer than that."""
_WAITS_FOR_ROOM_SECONDS = 0.005
_FLUSHES_AT_BYTES = 32 * 1024
# The answers may end before the request does, of which the rest is then not read.
_HEADERS = {"Cache-Control": "no-store", "Connection": "close"}

_log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class TooManyStreams(CasecoreError):
    """So many streams of commands are open that this one was not begun."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(f"{MOST_STREAMS} streams of commands are open: try again when one of them has ended")


class _Failed(NamedTuple):
    """Why nothing is given from this line on."""

    error: Exception


class _Item(NamedTuple):
    line: int
    reply: asyncio.Future[Answer] | CasecoreError | _Failed


class LineEndpoint:
    """Gives the commands on the lines of requests, in order."""

    def __init__(self, bus: Callable[[], Awaitable[CommandBus]], authentication: Authentication) -> None:
        self._bus = bus
        self._authentication = authentication
        self._open = 0

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/v1/commands", self._endpoint, methods=["POST"])]

    async def _endpoint(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), *SCOPES)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"send JSON Lines, with Content-Type {' or '.join(MEDIA_TYPES)}")
        check_encoding(request)
        if self._open >= MOST_STREAMS:
            raise TooManyStreams
        bus = await self._bus()
        return _Exchange(self._exchange, request, identity, bus, media_type)

    async def _exchange(
        self, request: Request, identity: Identity, bus: CommandBus, start: Message, send: Send
    ) -> None:
        self._open += 1
        sequence = bus.sequence()
        replies: asyncio.Queue[_Item | None] = asyncio.Queue(MOST_UNREAD)
        reader = _Reader(request, identity, self._authentication, sequence, replies)
        reading = asyncio.create_task(reader.run())
        try:
            await send(start)
            await _write_all(replies, send)
        except TimeoutError:
            _log.warning("lines_not_read", seconds=IDLE_SECONDS)
        finally:
            self._open -= 1
            sequence.end()  # whoever has gone hears no more answers, so nothing more is stored
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


class _Exchange(Response):
    """A response that is written while its request is read."""

    def __init__(
        self, work: Any, request: Request, identity: Identity, bus: CommandBus, media_type: str
    ) -> None:
        super().__init__(None, media_type=media_type, headers=_HEADERS)
        del self.headers["content-length"]
        self._work = work
        self._asked = (request, identity, bus)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Both at once; what is received is read through the request."""
        del scope, receive
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await self._work(*self._asked, start, send)


class _Reader:
    """Reads lines, gives their commands, and hands over each line's answer to come."""

    def __init__(
        self,
        request: Request,
        identity: Identity,
        authentication: Authentication,
        sequence: CommandSequence,
        replies: asyncio.Queue[_Item | None],
    ) -> None:
        self._request = request
        self._identity = identity
        self._authentication = authentication
        self._sequence = sequence
        self._replies = replies
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._line = 0
        self._identified_at = monotonic()

    async def run(self) -> None:
        """Read to the end of the request, or until something fails."""
        try:
            await self._read_all()
        except ClientDisconnect:
            self._sequence.end()
        except Exception as error:
            await self._replies.put(_Item(self._line + 1, _Failed(error)))
        await self._replies.put(None)

    async def _read_all(self) -> None:
        splitter, pieces = LineSplitter(), self._request.stream()
        begun_at = monotonic()
        while True:
            is_within = splitter.is_within_a_line
            limit = BODY_SECONDS if is_within else IDLE_SECONDS
            try:
                async with asyncio.timeout(max(0.0, begun_at + limit - monotonic())):
                    piece = await anext(pieces, None)
            except TimeoutError:
                what = "a line did not end" if is_within else "nothing was sent"
                raise TooSlow(f"{what} within {limit} seconds: send what has no answer again") from None
            has_ended = False
            for line in splitter.end() if piece is None else splitter.feed(piece):
                has_ended = True
                await self._give(line)
            if piece is None:
                return
            if has_ended or not is_within:
                begun_at = monotonic()  # also after a wait for room, which is not the client's

    async def _give(self, line: bytes) -> None:
        number = self._line + 1
        if line.strip():
            await self._look_again()
            await self._replies.put(_Item(number, await self._submitted(line)))
        self._line = number

    async def _submitted(self, line: bytes) -> asyncio.Future[Answer] | CasecoreError:
        await self._room.acquire()
        try:
            future = asyncio.wrap_future(await self._taken(line))
        except Exception as error:
            self._room.release()
            if isinstance(error, CasecoreError) and error.kind in _REFUSING:
                return error
            raise
        future.add_done_callback(self._end_of_one)
        return future

    async def _taken(self, line: bytes) -> Future[Answer]:
        raw = with_actor(line, self._identity.actor)
        while True:
            try:
                return self._sequence.submit_json(raw, check=self._check, waits=False)
            except BusFull:
                await asyncio.sleep(_WAITS_FOR_ROOM_SECONDS)

    def _check(self, command: Command) -> None:
        check_line(command, self._identity)

    def _end_of_one(self, future: asyncio.Future[Answer]) -> None:
        self._room.release()
        if not future.cancelled():
            future.exception()  # one that nobody writes any more is no fault of the program

    async def _look_again(self) -> None:
        if monotonic() - self._identified_at > _LOOKS_AGAIN_AFTER_SECONDS:
            self._identity = await self._authentication.identify(self._request)
            self._identified_at = monotonic()


_REFUSING = (Kind.REFUSED, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.CONFLICT, Kind.INVALID_INPUT)


async def _write_all(replies: asyncio.Queue[_Item | None], send: Send) -> None:
    """Write the answers in order, each as soon as it is known, until one fails or there are no more."""
    written = bytearray()
    goes_on = True
    while goes_on:
        if replies.empty() or len(written) >= _FLUSHES_AT_BYTES:
            await _flush(written, send)
        item = await replies.get()
        if item is None:
            break
        if isinstance(item.reply, asyncio.Future) and not item.reply.done():
            await _flush(written, send)
        fields, goes_on = await _fields_of(item)
        written += _encode(fields) + b"\n"
    await _flush(written, send, is_last=True)


async def _fields_of(item: _Item) -> tuple[dict[str, object], bool]:
    """What is written on a line, and whether the next one is."""
    reply: object = item.reply
    if isinstance(reply, asyncio.Future):
        try:
            reply = await reply
        except Refusal as refusal:
            reply = refusal
        except Exception as error:
            reply = _Failed(error)
    match reply:
        case _Failed(failure):
            problem = problem_of(failure)
            if problem.code == Kind.DEFECT.value:
                _log.error("line_failed", line=item.line, exc_info=failure)
            return {"line": item.line, "failed": problem.code, "message": problem.detail}, False
        case Answer() | CasecoreError():
            return LineReply(item.line, reply).fields(), True
        case _:
            raise AssertionError(reply)


async def _flush(written: bytearray, send: Send, *, is_last: bool = False) -> None:
    if written or is_last:
        body = {"type": "http.response.body", "body": bytes(written), "more_body": not is_last}
        written.clear()
        async with asyncio.timeout(IDLE_SECONDS):
            await send(body)
