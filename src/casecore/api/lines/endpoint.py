"""Commands as JSON Lines: a command on each line of the request, and an answer on each line of the response.

The response begins while the request still arrives. A window bounds what is held of both: whoever reads no
answers is read from no more, so a client that sends all before it reads gives at most MOST_UNREAD lines at a
time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from casecore.api.authentication import Authentication, check_scope
from casecore.api.commands.resources import SCOPES
from casecore.api.lines import reader
from casecore.api.lines.reader import LineFailure, LineItem, LineReader
from casecore.app.commands.bulk import LineReply
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.decider.refusal import Refusal
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.problems import UnsupportedMediaType, problem_of
from casecore.http.requests.body import check_encoding
from casecore.identity.identity import Identity

MEDIA_TYPES = ("application/jsonl", "application/x-ndjson")
MOST_STREAMS, MOST_OF_ONE = 4, 2
"""Streams that are open at a time, and those of one organisation.

They are no setting: they follow from what the bus takes. All streams together never fill it, so that a single
command always finds room; and one stream alone has more commands under way than a batch takes. Further
streams would hold memory and store nothing sooner: further processes do.
"""
MOST_UNREAD = 1_000
"""Answers that are kept for a client that does not read them yet."""
_FLUSHES_AT_BYTES = 32 * 1024
# The answers may end before the request does, of which the rest is then not read.
_HEADERS = {"Cache-Control": "no-store", "Connection": "close"}

_log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class TooManyStreams(CasecoreError):
    """So many streams of commands are open that this one was not begun."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            f"at most {MOST_STREAMS} streams of commands are open, and {MOST_OF_ONE} of one organisation: "
            "try again when one of them has ended"
        )


class LineEndpoint:
    """Gives the commands on the lines of requests, in order."""

    def __init__(self, bus: Callable[[], Awaitable[CommandBus]], authentication: Authentication) -> None:
        self._bus = bus
        self._authentication = authentication
        self._open: Counter[str] = Counter()
        self._readers: set[LineReader] = set()

    def end(self) -> None:
        """Read no more lines: what was given is answered, and the last line says that the server ends."""
        for reads in self._readers:
            reads.end()

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/v1/commands", self._endpoint, methods=["POST"])]

    async def _endpoint(self, request: Request) -> Response:
        identity = check_scope(await self._authentication.identify(request), *SCOPES)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"send JSON Lines, with Content-Type {' or '.join(MEDIA_TYPES)}")
        check_encoding(request)
        bus = await self._bus()
        # Nothing is awaited from here until the stream is counted, so that no more begin at a time.
        if self._open.total() >= MOST_STREAMS or self._open[identity.actor.organisation] >= MOST_OF_ONE:
            raise TooManyStreams
        return _Exchange(self._exchange, request, identity, bus, media_type)

    async def _exchange(
        self, request: Request, identity: Identity, bus: CommandBus, start: Message, send: Send
    ) -> None:
        self._open[identity.actor.organisation] += 1
        sequence = bus.sequence()
        replies: asyncio.Queue[LineItem | None] = asyncio.Queue(MOST_UNREAD)
        reads = LineReader(request, identity, self._authentication, sequence, replies)
        reading = asyncio.create_task(reads.run())
        self._readers.add(reads)
        try:
            await send(start)
            await _write_all(replies, send)
        except TimeoutError:
            _log.warning("lines_not_read", seconds=reader.IDLE_SECONDS)
        finally:
            self._open -= Counter([identity.actor.organisation])
            self._readers.discard(reads)
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


async def _write_all(replies: asyncio.Queue[LineItem | None], send: Send) -> None:
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


async def _fields_of(item: LineItem) -> tuple[dict[str, object], bool]:
    """What is written on a line, and whether the next one is."""
    reply: object = item.reply
    if isinstance(reply, asyncio.Future):
        try:
            reply = await reply
        except Refusal as refusal:
            reply = refusal
        except Exception as error:
            reply = LineFailure(error)
    match reply:
        case LineFailure(failure):
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
        async with asyncio.timeout(reader.IDLE_SECONDS):
            await send(body)
