"""One rendering for all open pages of somebody that are told of the same change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from casecore.identity.identity import Identity
from casecore.web.frame import SharedPage

_KEPT_SECONDS = 1.0
"""From its beginning: what a page shows may depend on the time."""


class RenderingKey(NamedTuple):
    """For whom a page is made, in which language, of which address, and since what was told it is new enough.

    It is begun after that was told, so whoever was told of this sees it; no other identity gets it.
    """

    identity: Identity
    language: str
    address: str
    told: str


class Renderings:
    """Makes a page once for all that ask for the same while it is made, and a moment longer."""

    def __init__(self) -> None:
        self._made: dict[RenderingKey, asyncio.Task[SharedPage]] = {}

    async def of(self, key: RenderingKey, make: Callable[[], Coroutine[Any, Any, SharedPage]]) -> SharedPage:
        """The page, made by the first that asks; raises what `make` raises, for all of them.

        One that asks no more ends nothing for the others.
        """
        task = self._made.get(key)
        if task is None:
            task = asyncio.create_task(make())
            self._made[key] = task
            task.add_done_callback(lambda done: self._forget_failed(key, done))
            asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._forget, key, task)
        return await asyncio.shield(task)

    def _forget(self, key: RenderingKey, task: asyncio.Task[SharedPage]) -> None:
        if self._made.get(key) is task:
            del self._made[key]

    def _forget_failed(self, key: RenderingKey, task: asyncio.Task[SharedPage]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._forget(key, task)
