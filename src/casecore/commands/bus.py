"""The command bus: one writer thread, which takes all that arrived while the last batch was in flight."""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Lock, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self

import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from casecore.commands.admission import Admission, Admitted
from casecore.commands.batch import Answer
from casecore.commands.errors import BusClosed, SequenceBroken
from casecore.commands.writer import BatchWriter
from casecore.decider.command import Command
from casecore.decider.decider import Decider
from casecore.decider.refusal import Refusal
from casecore.store.errors import AppendConflict, StoreUnavailable

MAX_BATCH = 256
"""Commands in one transaction: past this, a larger batch gains little and its callers wait longer."""
MAX_WAITING = 2_000
"""Commands that may wait; beyond, `submit` blocks. Usually some MB, and never more than 500 MiB."""
GIVE_UP_AFTER_SECONDS = 30
"""How long after it was given a command is tried while PostgreSQL is away; then once more, at most."""
MAX_CONFLICTS = 50
"""How often a command is decided again alone; each time another process has got ahead, so this is plenty."""

_log = structlog.get_logger(__name__)


class CommandSequence:
    """Commands of one giver that are stored in order, or from the first failure on not at all.

    A refusal is no failure. After one (the store stayed away, or a defect) every later command of the
    sequence fails with SequenceBroken, unstored, although the store may be back: begin a new sequence
    with the command that failed.
    """

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus
        self.broken = False

    def submit(self, command: Command) -> Future[Answer]:
        """As CommandBus.submit."""
        return self._bus.submit(command, self)

    def submit_json(self, raw: bytes) -> Future[Answer]:
        """As CommandBus.submit_json."""
        return self._bus.submit_json(raw, self)


class _Waiting(NamedTuple):
    admitted: Admitted[Any]
    future: Future[Answer]
    sequence: CommandSequence | None
    give_up_at: float

    def is_broken(self) -> bool:
        """Whether an earlier command of its sequence has failed."""
        return self.sequence is not None and self.sequence.broken

    def note(self, answer: Answer | Exception) -> None:
        """What is no answer and no refusal breaks the sequence."""
        if self.sequence is not None and isinstance(answer, Exception) and not isinstance(answer, Refusal):
            self.sequence.broken = True

    def tell(self, answer: Answer | Exception) -> None:
        """Give the caller the answer."""
        if isinstance(answer, Exception):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


class CommandBus:
    """Gives commands to their deciders, and stores what they decide. For many threads at once."""

    def __init__(self, database: str, deciders: Sequence[Decider[Any, Any]], vendor: str) -> None:
        """Raises StoreUnavailable if PostgreSQL is away, UnsafeSetting if it may lose what it commits."""
        self._admission = Admission(deciders)
        self._writer = BatchWriter(database, vendor)
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(MAX_WAITING)
        self._closed = False
        self._entrance = Lock()
        self._thread = Thread(target=self._run, name="command-bus", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, command: Command, sequence: CommandSequence | None = None) -> Future[Answer]:
        """Hand over a command; the future holds its Answer, a Refusal, or StoreUnavailable.

        Raises CommandMalformed at once, and BusClosed. A future that is cancelled before its turn is
        not stored.
        """
        return self._enqueue(self._admission.admit(command), sequence)

    def submit_json(self, raw: bytes, sequence: CommandSequence | None = None) -> Future[Answer]:
        """As `submit`, for a command as JSON."""
        return self._enqueue(self._admission.admit_json(raw), sequence)

    def sequence(self) -> CommandSequence:
        """For a giver whose commands build on each other, such as an import."""
        return CommandSequence(self)

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
        self._thread.join()
        self._writer.close()

    def _enqueue(self, admitted: Admitted[Any], sequence: CommandSequence | None) -> Future[Answer]:
        future: Future[Answer] = Future()
        give_up_at = time.monotonic() + GIVE_UP_AFTER_SECONDS
        waiting = _Waiting(admitted._replace(sequence=sequence), future, sequence, give_up_at)
        with self._entrance:  # nothing gets in behind the end mark, where no one would answer it
            if self._closed:
                raise BusClosed("the command bus is closed")
            self._queue.put(waiting)
        return future

    def _run(self) -> None:
        ending = False
        while not ending:
            batch: list[_Waiting] = []
            while len(batch) < MAX_BATCH and not (batch and self._queue.empty()):
                more = self._queue.get()
                if more is None:
                    ending = True
                    break
                if more.future.set_running_or_notify_cancel():
                    batch.append(more)
            if batch:
                self._answer(batch)

    def _answer(self, batch: list[_Waiting]) -> None:
        sound = [waiting for waiting in batch if not waiting.is_broken()]
        for waiting in batch:
            if waiting.is_broken():
                waiting.tell(SequenceBroken())
        answers: Sequence[Answer | Exception]
        try:
            answers = self._store_patiently(sound)
        except AppendConflict:
            # Some stream has moved: each command alone, so that none fails for its neighbour's sake.
            answers = self._store_each(sound)
        except Exception as error:
            if not isinstance(error, StoreUnavailable):
                _log.exception("batch failed", commands=len(sound))
            answers = [error] * len(sound)
        for waiting, answer in zip(sound, answers, strict=True):
            waiting.note(answer)
            waiting.tell(answer)

    def _store_each(self, batch: Sequence[_Waiting]) -> list[Answer | Exception]:
        answers: list[Answer | Exception] = []
        for waiting in batch:
            if answers and isinstance(answers[-1], StoreUnavailable):
                answers.append(answers[-1])  # the store is away for everybody
            elif waiting.is_broken():
                answers.append(SequenceBroken())
            else:
                answers.append(self._store_alone(waiting))
            waiting.note(answers[-1])
        return answers

    def _store_alone(self, waiting: _Waiting) -> Answer | Exception:
        for _ in range(MAX_CONFLICTS):
            try:
                return self._store_patiently([waiting])[0]
            except AppendConflict:
                continue
            except Exception as error:
                return error
        return StoreUnavailable(f"other processes got ahead {MAX_CONFLICTS} times: send it again, same id")

    def _store_patiently(self, batch: Sequence[_Waiting]) -> Sequence[Answer | Exception]:
        if not batch:
            return []
        patience = max(0.0, min(waiting.give_up_at for waiting in batch) - time.monotonic())
        retrying = Retrying(
            retry=retry_if_exception_type(StoreUnavailable),
            stop=stop_after_delay(patience),
            wait=wait_random_exponential(multiplier=0.05, max=1),
            reraise=True,
        )
        # After a lost answer it is not known what was stored: the next try finds the receipts.
        with self._writer.attempts() as attempt:
            return retrying(attempt, [waiting.admitted for waiting in batch])
