"""Answers that many make side by side, each in a thread of its own, from sessions that they borrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from casecore.app.application import Application
from casecore.app.freshness.answers import AnswersFreshness
from casecore.app.freshness.known import CompleteViews
from casecore.app.idle_readers import IdleReaders
from casecore.postgres.pool import SessionPool
from casecore.store.log import LogReader
from projections.kit.reading.session import borrowing_sessions


class Answering:
    """An installation that answers many at once."""

    def __init__(self, app: Application, most_at_once: int) -> None:
        """At most so many answers are made at a time; one more waits some seconds, then it fails."""
        self._app = app
        self._views = SessionPool(app.database, most_at_once, "casecore look")
        self._complete = CompleteViews()
        self._logs = IdleReaders(lambda: LogReader(app.database, waits=False))

    @contextmanager
    def one(self, wait_seconds: float) -> Iterator[Application]:
        """The installation for one answer, made by this thread in the block, which waits so long for views.

        How new the answer is says the `freshness` of what the block gets.
        """
        answering = Application(self._app.settings, self._app.addresses)
        answering.freshness = AnswersFreshness(wait_seconds, self._complete)
        with self._logs.borrowed() as log, borrowing_sessions(self._views):
            answering.log = log
            with answering.freshness.awaiting_views():
                yield answering

    def close(self) -> None:
        """Close all sessions."""
        self._views.close()
        self._logs.close()
