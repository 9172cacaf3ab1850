"""Answers that many make side by side, each in a thread of its own, from sessions that they borrow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from casecore.app.application import Application
from casecore.app.freshness.answers import AnswersFreshness
from casecore.postgres.pool import SessionPool
from casecore.store.log import LogReader
from projections.kit.reading.session import borrowing_sessions


class Answering:
    """An installation that answers many at once."""

    def __init__(self, app: Application, most_at_once: int) -> None:
        """At most so many answers are made at a time; one more waits some seconds, then it fails."""
        self._app = app
        self._views = SessionPool(app.database, most_at_once, "casecore look")
        self._logs: deque[LogReader] = deque()

    @contextmanager
    def one(self, wait_seconds: float) -> Iterator[Application]:
        """The installation for one answer, made by this thread in the block, which waits so long for views.

        How new the answer is says the `freshness` of what the block gets.
        """
        answering = Application(self._app.settings, self._app.addresses)
        answering.freshness = AnswersFreshness(wait_seconds)
        with self._borrowed_log() as log, borrowing_sessions(self._views):
            answering.log = log
            with answering.freshness.awaiting_views():
                yield answering

    def close(self) -> None:
        """Close all sessions."""
        self._views.close()
        while self._logs:
            self._logs.pop().close()

    @contextmanager
    def _borrowed_log(self) -> Iterator[LogReader]:
        try:
            log = self._logs.pop()
        except IndexError:
            log = LogReader(self._app.database, waits=False)
        try:
            yield log
        finally:
            self._logs.append(log)
