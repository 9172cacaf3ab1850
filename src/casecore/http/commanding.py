"""Commands are given through one bus for a process, which is opened when one is first given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Concatenate, ParamSpec, TypeVar

from casecore.app.answering import Answering
from casecore.app.application import Application
from casecore.app.views import have_folded
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.contract.streams import StreamKind
from casecore.http.protection.shares import Turns

MOST_WAITING = 20
"""Commands that wait for views at a time; each has a thread, and a session of PostgreSQL. Of one
organisation half as many; its others have less time when they begin."""
MOST_AT_WORK = 8
"""What else of commands takes a thread, at a time: it is quick, and must not wait behind those."""

AnswerT = TypeVar("AnswerT")
Asked = ParamSpec("Asked")


class Commanding:
    """The command bus of a process, and the threads of what commands need besides."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._answering = Answering(app, MOST_WAITING + MOST_AT_WORK)
        self._waiting = ThreadPoolExecutor(MOST_WAITING, "command-views")
        self._turns = Turns(MOST_WAITING)
        self._working = ThreadPoolExecutor(MOST_AT_WORK, "command")
        self._opening: asyncio.Task[CommandBus] | None = None
        self._bus: CommandBus | None = None

    async def bus(self) -> CommandBus:
        """The command bus; raises what opening it raises.

        It is opened in a thread, once for all that ask for it meanwhile: where PostgreSQL does not answer,
        each attempt takes seconds.
        """
        if self._bus is None:
            opening = self._opening or asyncio.create_task(asyncio.to_thread(lambda: self._app.bus))
            self._opening = opening
            try:
                self._bus = await asyncio.shield(opening)
            finally:
                if opening.done():
                    self._opening = None
        return self._bus

    async def is_folded(
        self, organisation: str, kind: StreamKind, answer: Answer, wait_seconds: float
    ) -> bool:
        """Whether the views have the answer's version, or do within so many seconds."""
        give_up_at = monotonic() + wait_seconds
        async with self._turns.of(organisation):
            return await self._in_thread(self._waiting, _have_folded, kind, answer, give_up_at)

    async def in_thread(
        self,
        do: Callable[Concatenate[Application, Asked], AnswerT],
        *asked: Asked.args,
        **named: Asked.kwargs,
    ) -> AnswerT:
        """What is done in a thread, with an installation of its own and the bus of all."""
        return await self._in_thread(self._working, do, *asked, **named)

    def close(self) -> None:
        """Finish what is being done, and leave the servers."""
        self._waiting.shutdown()
        self._working.shutdown()
        self._answering.close()

    async def _in_thread(
        self,
        threads: ThreadPoolExecutor,
        do: Callable[Concatenate[Application, Asked], AnswerT],
        *asked: Asked.args,
        **named: Asked.kwargs,
    ) -> AnswerT:
        bus = await self.bus()

        def work() -> AnswerT:
            with self._answering.one(0) as app:
                app.bus = bus
                return do(app, *asked, **named)

        return await asyncio.get_running_loop().run_in_executor(threads, work)


def _have_folded(app: Application, kind: StreamKind, answer: Answer, give_up_at: float) -> bool:
    """Whether the views have the answer's version by then; one that waited for its thread has less time."""
    seconds = max(0.0, give_up_at - monotonic())
    return have_folded(app, kind, answer.stream_id, answer.version, seconds)
