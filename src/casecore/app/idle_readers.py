"""Readers of the store that are lent: opening one takes longer than most questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class IdleReader(Protocol):
    """A reader with a session of its own, which is opened again when it is needed."""

    def drop_if_lost(self) -> None:
        """Close the session if the server has ended it; the next call opens another."""

    def close(self) -> None:
        """Close the session."""


ReaderT = TypeVar("ReaderT", bound=IdleReader)


class IdleReaders(Generic[ReaderT]):
    """Lends readers to many threads, each to one at a time, and opens as many as are used at once."""

    def __init__(self, open_one: Callable[[], ReaderT]) -> None:
        self._open_one = open_one
        self._idle: deque[ReaderT] = deque()

    @contextmanager
    def borrowed(self) -> Iterator[ReaderT]:
        """A reader, for as long as the block lasts; PostgreSQL may have been started again meanwhile."""
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = self._open_one()
        reader.drop_if_lost()
        try:
            yield reader
        finally:
            self._idle.append(reader)

    def close(self) -> None:
        """Close those that lie idle."""
        while self._idle:
            self._idle.pop().close()
