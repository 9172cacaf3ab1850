"""Shares: of what a server has a bounded number of, no organisation takes more than a half."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Condition


def share_of(most: int) -> int:
    """How many one organisation may have, of so many."""
    return max(1, most // 2)


class Turns:
    """Turns at work of which there are so many: who has its share waits, and keeps nobody else waiting."""

    def __init__(self, most: int) -> None:
        self._share = share_of(most)
        self._free: dict[str, asyncio.Semaphore] = {}
        self._asking: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, organisation: str) -> AsyncIterator[None]:
        """A turn of an organisation, once it has a free one."""
        free = self._free.setdefault(organisation, asyncio.Semaphore(self._share))
        self._asking[organisation] += 1
        try:
            async with free:
                yield
        finally:
            if _one_less(self._asking, organisation) == 0:
                self._free.pop(organisation)


class Places:
    """Places for threads of which there are so many; for who waits for one in vain there is none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()
        self._changed = Condition()

    @contextmanager
    def of(self, organisation: str, wait_seconds: float) -> Iterator[bool]:
        """A place of an organisation; False if none got free for it in time."""

        def is_free() -> bool:
            has_share = self._taken[organisation] < share_of(self._most)
            return has_share and self._taken.total() < self._most

        with self._changed:
            has_one = self._changed.wait_for(is_free, wait_seconds)
            self._taken[organisation] += has_one
        try:
            yield has_one
        finally:
            with self._changed:
                self._taken -= Counter({organisation: int(has_one)})
                self._changed.notify_all()


class Unanswered:
    """Requests that wait for the beginning of their answer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._all = 0
        self._of: Counter[str] = Counter()

    @property
    def are_too_many(self) -> bool:
        """Whether there are more than may be."""
        return self._all > self._most

    def begin(self) -> None:
        """One begins."""
        self._all += 1

    def is_of(self, organisation: str) -> bool:
        """One shows to be an organisation's; whether that has a place for it."""
        if self._of[organisation] >= share_of(self._most):
            return False
        self._of[organisation] += 1
        return True

    def end(self, organisation: str | None) -> None:
        """One is answered, of an organisation if it has shown to be one's."""
        self._all -= 1
        if organisation is not None:
            _one_less(self._of, organisation)


def _one_less(counts: Counter[str], organisation: str) -> int:
    """Count one less of an organisation, and forget it where it has none; returns how many it has."""
    left = counts[organisation] - 1
    if left:
        counts[organisation] = left
    else:
        del counts[organisation]
    return left
