"""The one reader of the published log in a process that follows it, in a thread, for all who wait for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from casecore.app.feed.judging import FeedReader, Judge
from casecore.app.feed.subscription import Subscription
from casecore.app.feed.subscriptions import GrowingLog, Subscriptions
from casecore.postgres.errors import DatabaseError

LOOK_SECONDS = 5.0
"""Longest wait for a notification: one may be lost where the server's queue is full."""

LINGER_SECONDS = 60.0
"""How long the session is kept for the next reader: those who poll come and go."""

_AGAIN_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class FollowedLog(GrowingLog, Protocol):
    """A published log that one can wait for."""

    def wait(self, limit_seconds: float, also: Sequence[socket.socket] = ()) -> None:
        """Wait until more may be published, or one of these sockets can be read, or the limit has passed."""

    def close(self) -> None:
        """Close the session; the next call opens another."""


class Follower:
    """Reads what is published while anybody waits for it."""

    def __init__(self, open_log: Callable[[], FollowedLog], judge: Judge) -> None:
        self._open_log = open_log
        self._subscriptions = Subscriptions(judge)
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._bell: socket.socket | None = None

    def subscribe(self, reader: FeedReader, after: int, wake: Callable[[], None]) -> Subscription:
        """See Subscriptions.subscribe."""
        subscription = self._subscriptions.subscribe(reader, after, wake)
        with self._start:
            if self._thread is None and not self._subscriptions.has_ended:
                heard, self._bell = socket.socketpair()
                heard.setblocking(False)
                self._bell.setblocking(False)
                self._thread = threading.Thread(
                    target=self._run, args=(heard,), name="event feed", daemon=True
                )
                self._thread.start()
        self._ring()  # it may have been away when more was published
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Follow for this reader no more."""
        self._subscriptions.unsubscribe(subscription)

    def end(self) -> None:
        """End all subscriptions, and those to come."""
        self._subscriptions.end()
        self._ring()

    def close(self) -> None:
        """The same, and leave the database."""
        self.end()
        if self._thread is not None:
            self._thread.join()
        if self._bell is not None:
            self._bell.close()

    def _run(self, heard: socket.socket) -> None:
        log = self._open_log()
        while self._await_readers(log):
            try:
                while not self._subscriptions.has_ended and self._subscriptions.step(log):
                    pass
                log.wait(LOOK_SECONDS, [heard])
                _hear(heard)
            except DatabaseError as error:
                log.close()
                _log.warning("feed.store_unavailable", error=str(error))
                with self._subscriptions.changed:
                    self._subscriptions.changed.wait_for(
                        lambda: self._subscriptions.has_ended, _AGAIN_SECONDS
                    )
            except Exception:
                # Readers that got nothing more without a word would wait for ever: they come again.
                _log.exception("feed.failed")
                log.close()
                self._subscriptions.end_all()
        log.close()
        heard.close()

    def _await_readers(self, log: FollowedLog) -> bool:
        """Wait until somebody follows; False when the feed has ended."""
        changed = self._subscriptions.changed
        with changed:
            if not changed.wait_for(lambda: not self._subscriptions.is_idle, LINGER_SECONDS):
                log.close()
                changed.wait_for(lambda: not self._subscriptions.is_idle)
        return not self._subscriptions.has_ended

    def _ring(self) -> None:
        with suppress(OSError):
            if self._bell is not None:
                self._bell.send(b"!")


def _hear(heard: socket.socket) -> None:
    with suppress(BlockingIOError):
        while heard.recv(100):
            pass
