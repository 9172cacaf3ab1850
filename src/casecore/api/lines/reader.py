"""Reads the lines of a request, and gives their commands."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request

from casecore.api.authentication import Authentication
from casecore.api.lines.checks import check_line, with_actor
from casecore.app.commands.bulk import LineSplitter
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandSequence
from casecore.commands.errors import BusFull
from casecore.decider.command import Command
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.problems import ServerEnds, TooSlow
from casecore.http.requests.body import BODY_SECONDS, check_members
from casecore.identity.identity import Identity

IN_FLIGHT = 400
"""Commands given and not yet answered, of one stream: of all streams together, fewer than the bus takes."""
IDLE_SECONDS = 60
"""How long a client may send nothing, or read nothing."""
_LOOKS_AGAIN_AFTER_SECONDS = 30
"""A key that was revoked, or a token that has expired, gives no commands for longer than that."""
_WAITS_FOR_ROOM_SECONDS = 0.005
_REFUSING = (Kind.REFUSED, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.CONFLICT, Kind.INVALID_INPUT)


class LineFailure(NamedTuple):
    """Why nothing is given from this line on."""

    error: Exception


class LineItem(NamedTuple):
    """A line, and what becomes of it: an answer to come, a refusal at once, or why nothing follows."""

    line: int
    reply: asyncio.Future[Answer] | CasecoreError | LineFailure


class LineReader:
    """Reads lines, gives their commands, and hands over each line's answer to come."""

    def __init__(
        self,
        request: Request,
        identity: Identity,
        authentication: Authentication,
        sequence: CommandSequence,
        replies: asyncio.Queue[LineItem | None],
    ) -> None:
        self._request = request
        self._identity = identity
        self._authentication = authentication
        self._sequence = sequence
        self._replies = replies
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._line = 0
        self._identified_at = monotonic()
        self._reading: asyncio.Task[None] | None = None
        self._has_to_end = False

    def end(self) -> None:
        """Read no more, since the server ends."""
        self._has_to_end = True
        if self._reading is not None:
            self._reading.cancel()

    async def run(self) -> None:
        """Read to the end of the request, or until something fails or the server ends."""
        self._reading = asyncio.create_task(self._read_all())
        try:
            await self._reading
        except asyncio.CancelledError:
            self._reading.cancel()
            if not self._has_to_end:
                raise
            await self._replies.put(LineItem(self._line + 1, LineFailure(ServerEnds())))
        except ClientDisconnect:
            self._sequence.end()
        except Exception as error:
            await self._replies.put(LineItem(self._line + 1, LineFailure(error)))
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
            await self._replies.put(LineItem(number, await self._submitted(line)))
        self._line = number

    async def _submitted(self, line: bytes) -> asyncio.Future[Answer] | CasecoreError:
        await self._room.acquire()
        try:
            future = await self._taken(line)
        except Exception as error:
            self._room.release()
            if isinstance(error, CasecoreError) and error.kind in _REFUSING:
                return error
            raise
        future.add_done_callback(self._end_of_one)
        return future

    async def _taken(self, line: bytes) -> asyncio.Future[Answer]:
        check_members(line)
        raw = with_actor(line, self._identity.actor)
        while True:
            try:
                return self._sequence.ask_json(raw, self._check)
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
