"""A runner's session in PostgreSQL: a thread of its own uses it, and it is given up if it does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event, Thread
from typing import TypeVar

import psycopg
import structlog

from casecore.kafka.partitions import Partition
from casecore.postgres.connection import Connection, abort
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.fold.records import ParsedRecord
from projections.kit.projection import AnyProjection
from projections.kit.quarantine.newer import retry_newer
from projections.kit.runner.health import RunnerStatus
from projections.kit.runner.takeover import connect_runner, end_blocking_sessions
from projections.kit.tables import schema
from projections.kit.tables.claims import Claimed
from projections.kit.tables.storage import Storage

SLOW_SECONDS = 5.0
"""After this the health check says that there is no answer: a batch takes a second at most."""

ANSWER_SECONDS = 60.0
"""After this an answer is given up: a batch that is halved down to its bad records takes some seconds."""

STOP_SECONDS = 3.0
"""How long an answer may take once a stop has come; what is not committed is folded again."""

BLOCKED_SECONDS = 6.0
"""How long a claim waits before it looks which session blocks it, and between two looks."""

_WAIT_SECONDS = 0.2
_ABORTED_SECONDS = 5.0  # for the thread to notice: longer than PostgreSQL's connecting takes

AnswerT = TypeVar("AnswerT")

_log = structlog.get_logger(__name__)


class Writer:
    """What a runner asks of PostgreSQL, one thing at a time; each wait has a limit, and ends on a stop.

    Its methods raise what psycopg raises, and psycopg.OperationalError where no answer came in time.
    """

    def __init__(self, projection: AnyProjection, database: str, status: RunnerStatus, stop: Event) -> None:
        self._projection = projection
        self._database = database
        self._status = status
        self._stop = stop
        self._fold = Fold(projection)
        self._thread = ThreadPoolExecutor(1, f"write {projection.name}")
        self._asked: Future[object] | None = None
        self._in_flight: Future[list[FoldOutcome]] | None = None
        self._connection: Connection | None = None
        self._storage: Storage | None = None

    def claim(self, ids: Mapping[str, str], partitions: Iterable[Partition]) -> list[Claimed]:
        """Connect, make the view if it is not there, and take partitions over. Raises ViewOutdated."""
        wanted = list(partitions)
        asked = self._ask(lambda: self._connect_and_claim(ids, wanted))
        self._storage, claimed = self._answer(asked, self._end_blocking_sessions)
        return claimed

    def submit(self, records: Sequence[ParsedRecord]) -> None:
        """Begin to fold and write a batch, while the caller goes on; `settle` must come before the next."""
        storage = self._claimed()
        self._in_flight = self._ask(lambda: storage.commit_batch(self._fold, records))

    def settle(self) -> list[FoldOutcome]:
        """Wait for the batch in flight, and give what it led to. Raises Fenced and StateUnreadable."""
        written, self._in_flight = self._in_flight, None
        return [] if written is None else self._answer(written)

    def check(self) -> None:
        """Ask for nothing, since a view without news would not notice that PostgreSQL is unavailable."""
        self._answer(self._ask(self._claimed().check))

    def quarantined(self) -> tuple[int, int]:
        """How many keys and records are parked."""
        return self._answer(self._ask(self._claimed().quarantined))

    def release(self) -> None:
        """Leave the database; the next claim connects again."""
        self._storage = None
        self._in_flight = None
        if self._asked is not None and not self._asked.done():
            self._give_up(self._asked)
        connection, self._connection = self._connection, None
        if connection is not None and (self._asked is None or self._asked.done()):
            connection.close()

    def close(self) -> None:
        """Wait a moment for the batch in flight, and leave the database."""
        if self._asked is not None:
            wait([self._asked], STOP_SECONDS)
        self.release()
        self._thread.shutdown(wait=False)

    def _connect_and_claim(
        self, ids: Mapping[str, str], partitions: list[Partition]
    ) -> tuple[Storage, list[Claimed]]:
        connection = self._connection = connect_runner(self._database)
        schema.ensure(connection, self._projection)
        storage = Storage(connection, self._projection, self._projection.name)
        self._retry_newer(connection)
        return storage, storage.claim(ids, partitions)

    def _retry_newer(self, connection: Connection) -> None:
        """Let go on by itself what waited for a program that knows its words and versions."""
        for key, released, remaining, reason, _ in retry_newer(connection, self._projection):
            _log.info(
                "tried again what only a newer program could read",
                view=self._projection.name,
                key=key,
                released=released,
                remaining=remaining,
                reason=reason,
            )

    def _claimed(self) -> Storage:
        if self._storage is None:
            raise RuntimeError("nothing is claimed: claim() comes before this")
        return self._storage

    def _ask(self, question: Callable[[], AnswerT]) -> Future[AnswerT]:
        asked = self._thread.submit(question)
        self._asked = asked  # type: ignore[assignment]  # only its end is of interest
        return asked

    def _answer(self, asked: Future[AnswerT], when_blocked: Callable[[], None] | None = None) -> AnswerT:
        since = time.monotonic()
        look_after = BLOCKED_SECONDS
        while not wait([asked], _WAIT_SECONDS).done:
            waited = time.monotonic() - since
            if when_blocked is not None and waited > look_after:
                Thread(target=when_blocked, daemon=True).start()  # which may wait for the server itself
                look_after = waited + BLOCKED_SECONDS
            if waited > ANSWER_SECONDS or (self._stop.is_set() and waited > STOP_SECONDS):
                self._give_up(asked)
                raise psycopg.OperationalError(f"it has not answered for {waited:.0f} s")
            if waited > SLOW_SECONDS:
                self._status.troubled(f"PostgreSQL has not answered for {waited:.0f} s")
        return asked.result()

    def _end_blocking_sessions(self) -> None:
        """End the session of the runner that had the partitions before, if that is frozen."""
        waiting = self._connection
        if waiting is None:
            return
        try:
            ended = end_blocking_sessions(self._database, waiting)
        except psycopg.Error as hindered:  # the claim goes on waiting, and ends by itself
            reason = str(hindered).strip()
            _log.warning(
                "could not look which session holds the rows", view=self._projection.name, reason=reason
            )
            return
        if ended:
            _log.warning("ended a session that held the rows", view=self._projection.name, sessions=ended)

    def _give_up(self, asked: Future[AnswerT]) -> None:
        """End the session under its thread, which then ends by itself."""
        if self._connection is not None:
            abort(self._connection)
        if not wait([asked], _ABORTED_SECONDS).done:
            # It hangs outside of PostgreSQL, such as in a name server; the next claim must not wait for it.
            self._thread.shutdown(wait=False)
            self._thread = ThreadPoolExecutor(1, f"write {self._projection.name}")
