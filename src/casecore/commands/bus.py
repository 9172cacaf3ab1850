"""The command bus: one writer thread, which takes all that arrived while the last batch was in flight.

Where it has nothing to do, a caller who would only wait for it stores his command himself.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Lock, Thread, get_ident
from types import TracebackType
from typing import Any, NamedTuple, Self, assert_never

import structlog

from casecore.commands.admission import Admission, Admitted, SequenceState
from casecore.commands.batch import Answer
from casecore.commands.callers import ByFuture, ByWaiting, Caller, answer_of, tell_all
from casecore.commands.errors import BusClosed
from casecore.commands.messages import Append, Appended, Load, Request, Rest
from casecore.commands.storing import Given, Reply, Steps, Storing
from casecore.decider.command import Command
from casecore.decider.decider import Decider
from casecore.store.errors import StoreError
from casecore.store.recorder import Loaded, LogRecorder

MAX_BATCH = 256
"""Commands in one transaction: past this, a larger batch gains little and its callers wait longer."""
MAX_WAITING = 2_000
"""Commands that may wait; beyond, `submit` blocks. Usually some MB, and never more than 500 MiB."""
GATHERING_SHARE, LONGEST_GATHERING_SECONDS = 0.5, 0.002
"""How long callers who were just answered are awaited with their next command, of the last batch's time.

Else two halves of the callers take turns, and each waits for the other's sync.
"""
GIVE_UP_AFTER_SECONDS = 30
"""How long after it was given a command is tried while PostgreSQL is away."""

_log = structlog.get_logger(__name__)


class CommandSequence:
    """Commands of one giver that are stored in order, or from the first failure on not at all.

    A refusal is no failure. After one (the store stayed away, or a defect) every later command of the
    sequence fails with SequenceBroken, unstored, although the store may be back: begin a new sequence
    with the command that failed.
    """

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus
        self.state = SequenceState()

    def submit(self, command: Command) -> Future[Answer]:
        """As CommandBus.submit."""
        return self._bus.submit(command, self)

    def submit_json(self, raw: bytes) -> Future[Answer]:
        """As CommandBus.submit_json."""
        return self._bus.submit_json(raw, self)


class _Waiting(NamedTuple):
    given: Given
    caller: Caller


class CommandBus:
    """Gives commands to their deciders, and stores what they decide. For many threads at once."""

    def __init__(self, database: str, deciders: Sequence[Decider[Any, Any]], vendor: str) -> None:
        """Raises DatabaseUnavailable if PostgreSQL is away, UnsafeSetting if it may lose what it commits."""
        self._admission = Admission(deciders)
        self._storing = Storing(vendor)
        self._recorder = LogRecorder(database)
        self._waiting: deque[_Waiting] = deque()
        self._wanted = 1
        self._turn: int | None = None  # the id of the thread that stores, or is about to
        self._closed = False
        self._entrance = Lock()
        self._arrived = Condition(self._entrance)
        self._has_room = Condition(self._entrance)
        self._thread = Thread(target=self._run, name="command-bus", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, command: Command, sequence: CommandSequence | None = None) -> Future[Answer]:
        """Hand over a command; the future holds its Answer, a Refusal, or DatabaseUnavailable.

        Raises CommandMalformed at once, and BusClosed. A future that is cancelled before its turn is
        not stored.
        """
        return self._submit(self._admission.admit(command), sequence)

    def submit_json(self, raw: bytes, sequence: CommandSequence | None = None) -> Future[Answer]:
        """As `submit`, for a command as JSON."""
        return self._submit(self._admission.admit_json(raw), sequence)

    def sequence(self) -> CommandSequence:
        """For a giver whose commands build on each other, such as an import."""
        return CommandSequence(self)

    def give(self, command: Command) -> Answer:
        """Hand over a command and wait; raises its Refusal, or DatabaseUnavailable.

        One who is interrupted meanwhile, as by Ctrl-C, does not know whether it was stored: given again
        with the same id, it is stored once.
        """
        given = _given(self._admission.admit(command))
        try:
            if self._takes_turn():
                [reply] = self._store([given])
                return answer_of(reply)
        finally:
            try:
                self._end_turn()
            except BaseException:  # a signal, in the main thread: the others must not wait for ever
                self._end_turn()
                raise
        caller = ByWaiting()
        self._enqueue(_Waiting(given, caller))
        return caller.wait()

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._entrance:
            if self._closed:
                return
            self._closed = True
            self._notify_writer()
            self._has_room.notify_all()
        self._thread.join()
        self._recorder.close()

    def _submit(self, admitted: Admitted[Any], sequence: CommandSequence | None) -> Future[Answer]:
        caller = ByFuture()
        if sequence is not None:
            admitted = admitted._replace(sequence=sequence.state)
        self._enqueue(_Waiting(_given(admitted), caller))
        return caller.future

    def _enqueue(self, waiting: _Waiting) -> None:
        with self._entrance:
            while len(self._waiting) >= MAX_WAITING and not self._closed:
                self._has_room.wait()
            self._check_open()
            self._waiting.append(waiting)
            self._notify_writer()

    def _check_open(self) -> None:
        if self._closed:  # nothing gets in behind the end, where no one would answer it
            raise BusClosed("the command bus is closed")

    def _takes_turn(self) -> bool:
        """Whether this thread stores its command itself: nobody does, and nothing waits."""
        if self._turn is not None:  # looked at without the lock, since it is so for many callers at once
            return False
        with self._entrance:
            self._check_open()
            if self._turn is not None or self._waiting:
                return False
            self._turn = get_ident()
            return True

    def _end_turn(self) -> None:
        """Let others store, unless it is the turn of one of them. Twice does no harm."""
        if self._turn in (None, get_ident()):
            with self._entrance:
                if self._turn == get_ident():
                    self._turn = None
                self._notify_writer()

    def _run(self) -> None:
        answered, gathering_seconds = 0, 0.0
        while taken := self._take(answered, gathering_seconds):
            batch = [waiting for waiting in taken if waiting.caller.still_wants_it()]
            began_at = time.monotonic()
            if batch:
                self._answer(batch)
            answered = len(batch)
            took_seconds = time.monotonic() - began_at
            gathering_seconds = min(GATHERING_SHARE * took_seconds, LONGEST_GATHERING_SECONDS)

    def _take(self, answered: int, gathering_seconds: float) -> list[_Waiting]:
        """All that waits, up to a batch; waits for some. Empty at the end.

        So many callers were just answered; if there were several, they are given a moment to come back.
        """
        with self._entrance:
            if answered > 1:
                self._await(min(answered + len(self._waiting), MAX_BATCH), gathering_seconds)
            if self._turn == get_ident():  # else a caller was quicker than this thread's start
                self._turn = None
            self._await(1)
            self._turn = get_ident()
            taken = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
            self._has_room.notify_all()
            return taken

    def _await(self, wanted: int, limit_seconds: float | None = None) -> None:
        """Wait until so many commands wait, or the bus is closed, and no caller stores his own."""
        self._wanted = wanted
        self._arrived.wait_for(self._has_work, limit_seconds)

    def _has_work(self) -> bool:
        is_free = self._turn is None or self._turn == self._thread.ident
        return is_free and (len(self._waiting) >= self._wanted or self._closed)

    def _notify_writer(self) -> None:
        if self._has_work():
            self._arrived.notify()

    def _answer(self, batch: list[_Waiting]) -> None:
        replies = self._store([waiting.given for waiting in batch])
        tell_all(zip((waiting.caller for waiting in batch), replies, strict=True))

    def _store(self, batch: list[Given]) -> list[Reply]:
        return self._perform_all(self._storing.store(batch, time.monotonic()))

    def _perform_all(self, steps: Steps[list[Reply]]) -> list[Reply]:
        """Do what the logic asks for, until it has the replies."""
        try:
            request = next(steps)
            while True:
                try:
                    report = self._perform(request)
                except StoreError as error:
                    request = steps.throw(error)
                except Exception as error:
                    _log.exception("a batch failed")
                    request = steps.throw(error)
                else:
                    request = steps.send(report)
        except StopIteration as ended:
            replies: list[Reply] = ended.value
            return replies

    def _perform(self, request: Request) -> Loaded | Appended | float:
        match request:
            case Load(known, commands, beside):
                return self._recorder.load(known, commands, beside)
            case Append(events, receipts, now, expected):
                stored = self._recorder.append(events, receipts, now, expected)
                return Appended(stored.recorded_at, stored.clock, time.monotonic())
            case Rest(limit_seconds):
                time.sleep(random.uniform(0, limit_seconds))  # noqa: S311 - spreads tries, hides nothing
                return time.monotonic()
            case _:
                assert_never(request)


def _given(admitted: Admitted[Any]) -> Given:
    return Given(admitted, time.monotonic() + GIVE_UP_AFTER_SECONDS)
