"""Answers are made in threads: so many at a time, of one organisation half as many, and its others wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from casecore.app.answering import Answering
from casecore.app.application import Application
from casecore.http.protection.shares import Turns

AnswerT = TypeVar("AnswerT")


class AnswerThreads:
    """The threads of a door in which answers are made, each with an installation of its own."""

    def __init__(self, app: Application, most_at_once: int, name: str) -> None:
        """Each thread has a session of PostgreSQL while it asks."""
        self._answering = Answering(app, most_at_once)
        self._threads = ThreadPoolExecutor(most_at_once, name)
        self._turns = Turns(most_at_once)

    async def ask(
        self, organisation: str, wait_seconds: float, make: Callable[[Application], AnswerT]
    ) -> AnswerT:
        """What is made for an organisation, from views that are waited for so long; raises what it raises."""

        def answer() -> AnswerT:
            with self._answering.one(wait_seconds) as app:
                return make(app)

        async with self._turns.of(organisation):
            return await asyncio.get_running_loop().run_in_executor(self._threads, answer)

    def close(self) -> None:
        """Finish what is being answered, and leave the servers."""
        self._threads.shutdown()
        self._answering.close()
