"""The command bus: one writer thread, which takes all that arrived while the last batch was in flight."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Lock, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self

import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from casecore.commands.admission import Admission, Admitted
from casecore.commands.batch import Answer, Outcome, StreamCache, decide_batch
from casecore.decider.command import Command
from casecore.decider.decider import Decider
from casecore.store.errors import AppendConflict, StoreUnavailable
from casecore.store.recorder import LogRecorder

MAX_BATCH = 256
"""Commands in one transaction: past this, a larger batch gains little and its callers wait longer."""
MAX_WAITING = 10_000
"""Commands that may wait; beyond, `submit` blocks. Bounds the memory at about 100 MB of usual commands."""
CACHED_STREAMS = 20_000
"""States kept, about 2 KB each."""
GIVE_UP_AFTER_SECONDS = 30
"""How long a command waits for PostgreSQL to come back before its caller is told."""
MAX_CONFLICTS = 50
"""How often a command is decided again alone; each time another process has got ahead, so this is plenty."""

_log = structlog.get_logger(__name__)


class BusClosed(RuntimeError):
    """The bus was closed: no command is taken any more."""


class _Waiting(NamedTuple):
    admitted: Admitted[Any]
    future: Future[Answer]


class CommandBus:
    """Gives commands to their deciders, and stores what they decide. For many threads at once."""

    def __init__(self, database: str, deciders: Sequence[Decider[Any, Any]], vendor: str) -> None:
        self._admission = Admission(deciders)
        self._recorder = LogRecorder(database)
        self._vendor = vendor
        self._cache = StreamCache(CACHED_STREAMS)
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(MAX_WAITING)
        self._closed = False
        self._entrance = Lock()
        self._writer = Thread(target=self._run, name="command-bus", daemon=True)
        self._writer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, command: Command) -> Future[Answer]:
        """Hand over a command; the future holds its Answer, a Refusal, or StoreUnavailable.

        Raises CommandMalformed at once, and BusClosed.
        """
        return self._enqueue(self._admission.admit(command))

    def submit_json(self, raw: bytes) -> Future[Answer]:
        """As `submit`, for a command as JSON."""
        return self._enqueue(self._admission.admit_json(raw))

    def give(self, command: Command) -> Answer:
        """Hand over a command and wait; raises its Refusal, or StoreUnavailable."""
        return self.submit(command).result()

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._entrance:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._writer.join()
        self._recorder.close()

    def _enqueue(self, admitted: Admitted[Any]) -> Future[Answer]:
        future: Future[Answer] = Future()
        with self._entrance:  # nothing gets in behind the end mark, where no one would answer it
            if self._closed:
                raise BusClosed("the command bus is closed")
            self._queue.put(_Waiting(admitted, future))
        return future

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            ending = False
            while len(batch) < MAX_BATCH and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    ending = True
                    break
                batch.append(more)
            self._answer(batch)
            if ending:
                return

    def _answer(self, batch: list[_Waiting]) -> None:
        admitted = [waiting.admitted for waiting in batch]
        try:
            answers = self._store_patiently(admitted)
        except AppendConflict:
            # Some stream has moved: each command alone, so that none fails for its neighbour's sake.
            answers = [self._store_alone(one) for one in admitted]
        except Exception as error:
            if not isinstance(error, StoreUnavailable):
                _log.exception("batch failed", commands=len(batch))
            answers = [error] * len(batch)
        for waiting, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                waiting.future.set_exception(answer)
            else:
                waiting.future.set_result(answer)

    def _store_alone(self, admitted: Admitted[Any]) -> Answer | Exception:
        for _ in range(MAX_CONFLICTS):
            try:
                return self._store_patiently([admitted])[0]
            except AppendConflict:
                continue
            except Exception as error:
                return error
        return StoreUnavailable(f"other processes got ahead {MAX_CONFLICTS} times: send it again, same id")

    def _store_patiently(self, batch: Sequence[Admitted[Any]]) -> list[Answer | Exception]:
        retrying = Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            stop=stop_after_delay(GIVE_UP_AFTER_SECONDS),
            wait=wait_random_exponential(multiplier=0.05, max=1),
            reraise=True,
        )
        # After a lost answer it is not known what was stored: the next try finds the receipts.
        return retrying(self._store, batch)

    def _store(self, batch: Sequence[Admitted[Any]]) -> list[Answer | Exception]:
        commands = [(one.command.command_id, one.decider.stream_of(one.command)) for one in batch]
        cached = {stream_id: self._cache.get(stream_id) for _, stream_id in commands}
        known = {stream_id: stream.version for stream_id, stream in cached.items()}
        loaded = self._recorder.load(known, commands)
        outcome: Outcome = decide_batch(batch, loaded, cached, self._vendor)
        self._recorder.append(outcome.events, outcome.receipts, loaded.now)
        self._cache.put_all(outcome.streams)
        return outcome.answers
