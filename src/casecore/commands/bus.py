"""The command bus: one writer thread takes all commands that arrived while the last batch was in flight.

If that thread is idle, a caller that would only wait for it stores its command itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Lock, Thread, get_ident
from types import TracebackType
from typing import Any, NamedTuple, Self

from casecore.commands.admission import Admission, Admitted, SequenceState
from casecore.commands.batch import Answer, answer_of
from casecore.commands.callers import BlockingCaller, Caller, FutureCaller, TaskCaller, reply_to_all
from casecore.commands.errors import BusClosed, BusFull
from casecore.commands.precondition import Precondition
from casecore.commands.protocol import GivenCommand
from casecore.commands.writer import StoreWriter
from casecore.decider.command import Command
from casecore.decider.decider import Decider
from casecore.decider.organisations import Organisations

MAX_BATCH = 256
"""Commands in one transaction. A larger batch gains little, and its callers wait longer."""
MAX_WAITING = 2_000
"""Commands that may wait; then `submit` blocks. Usually a few MB, and never more than 500 MiB."""
GATHERING_SHARE, LONGEST_GATHERING_SECONDS = 0.5, 0.002
"""How long the writer waits for the next commands of the callers it just answered: a share of the time that
the last batch took.

Without it, two halves of the callers alternate, and each waits for the other's sync.
"""
GIVE_UP_AFTER_SECONDS = 30
"""How long a command is tried while PostgreSQL is unavailable, from when it was submitted."""


class CommandSequence:
    """Commands of one caller that are stored in order; after the first failure none is stored any more.

    A refusal is not a failure. After a failure (the store stayed unavailable, or a defect) every later
    command of the sequence fails with SequenceBroken and is not stored, even if the store is available again:
    begin a new sequence with the command that failed.
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

    def ask_json(self, raw: bytes, check: Callable[[Command], None]) -> asyncio.Future[Answer]:
        """As CommandBus.ask_json."""
        return self._bus.ask_json(raw, self, check)

    def end(self) -> None:
        """Store no more of it, also of what waits already: its caller has gone."""
        self.state.broken = True


class _Waiting(NamedTuple):
    given: GivenCommand
    caller: Caller


class CommandBus:
    """Gives commands to their deciders, and stores what they decide. Thread-safe."""

    def __init__(
        self,
        database: str,
        deciders: Sequence[Decider[Any, Any]],
        vendor: str,
        organisations: Organisations = Organisations.REGISTERED,
    ) -> None:
        """Connect; `database` is a libpq URI, `vendor` the vendor's organisation, `organisations` says which
        others there are.

        Raises DatabaseUnavailable if PostgreSQL does not answer, UnsafeSetting if it may lose what it
        commits.
        """
        self._admission = Admission(deciders)
        self._writer = StoreWriter(database, vendor, organisations)
        self._waiting: deque[_Waiting] = deque()
        self._wanted = 1
        self._owner: int | None = None  # the id of the thread that stores, or is about to: the writer
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

    def submit(
        self,
        command: Command,
        sequence: CommandSequence | None = None,
        *,
        precondition: Precondition | None = None,
    ) -> Future[Answer]:
        """Hand over a command; the future gets its Answer, a Refusal, or DatabaseUnavailable.

        With a `precondition` it is decided at such a version of its stream, or refused with VersionDiffers;
        one that was given before is answered as it was then. Blocks while too many commands wait. Raises
        CommandMalformed and BusClosed at once. What is cancelled while it waits is not stored.
        """
        admitted = self._admission.admit(command)._replace(precondition=precondition)
        return self._submit(admitted, sequence)

    def submit_json(self, raw: bytes, sequence: CommandSequence | None = None) -> Future[Answer]:
        """As `submit`, for a command as JSON."""
        return self._submit(self._admission.admit_json(raw), sequence)

    def ask(self, command: Command, precondition: Precondition | None = None) -> asyncio.Future[Answer]:
        """As `submit`, for a task of the running event loop: never blocks, raises BusFull at once."""
        admitted = self._admission.admit(command)
        return self._ask(admitted if precondition is None else admitted._replace(precondition=precondition))

    def ask_json(
        self, raw: bytes, sequence: CommandSequence, check: Callable[[Command], None]
    ) -> asyncio.Future[Answer]:
        """As `ask`, for a command as JSON; raises what `check` raises of the command that was read."""
        admitted = self._admission.admit_json(raw)
        check(admitted.command)
        return self._ask(admitted._replace(sequence=sequence.state))

    def sequence(self) -> CommandSequence:
        """A sequence, for a caller whose commands build on each other, such as an import."""
        return CommandSequence(self)

    def give(self, command: Command) -> Answer:
        """Hand over a command and wait; raises its Refusal, DatabaseUnavailable, or BusClosed.

        A caller that is interrupted meanwhile, as by Ctrl-C, does not know whether the command was stored.
        Sent again with the same id, it is stored once.
        """
        given = _given(self._admission.admit(command))
        try:
            if self._becomes_owner():
                [reply] = self._writer.store([given])
                return answer_of(reply)
        finally:
            try:
                self._release_ownership()
            except BaseException:  # a signal, in the main thread: the others must not wait for ever
                self._release_ownership()
                raise
        caller = BlockingCaller()
        self._enqueue(_Waiting(given, caller))
        return caller.wait()

    def close(self) -> None:
        """Store what waits, then stop. Later commands are refused with BusClosed."""
        with self._entrance:
            if self._closed:
                return
            self._closed = True
            self._notify_writer()
            self._has_room.notify_all()
        self._thread.join()
        self._writer.close()

    def _submit(self, admitted: Admitted[Any], sequence: CommandSequence | None) -> Future[Answer]:
        caller = FutureCaller()
        if sequence is not None:
            admitted = admitted._replace(sequence=sequence.state)
        self._enqueue(_Waiting(_given(admitted), caller))
        return caller.future

    def _ask(self, admitted: Admitted[Any]) -> asyncio.Future[Answer]:
        caller = TaskCaller()
        self._enqueue(_Waiting(_given(admitted), caller), waits=False)
        return caller.future

    def _enqueue(self, waiting: _Waiting, waits: bool = True) -> None:
        with self._entrance:
            while len(self._waiting) >= MAX_WAITING and not self._closed:
                if not waits:
                    raise BusFull
                self._has_room.wait()
            self._check_open()
            self._waiting.append(waiting)
            self._notify_writer()

    def _check_open(self) -> None:
        if self._closed:  # a command that is added after the end would never be answered
            raise BusClosed("the command bus is closed")

    def _becomes_owner(self) -> bool:
        """Make this thread the writer, if there is none and nothing waits; whether it is."""
        if self._owner is not None:  # checked without the lock first, since many callers find it so
            return False
        with self._entrance:
            self._check_open()
            if self._owner is not None or self._waiting:
                return False
            self._owner = get_ident()
            return True

    def _release_ownership(self) -> None:
        """Let others store, unless one of them does. Calling it twice does no harm."""
        if self._owner in (None, get_ident()):
            with self._entrance:
                if self._owner == get_ident():
                    self._owner = None
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
        """The commands that wait, up to a batch; blocks until there is one. Empty when the bus is closed.

        `answered` callers were just answered. If there were several, they get a moment to send their next
        one.
        """
        with self._entrance:
            if answered > 1:
                self._await(min(answered + len(self._waiting), MAX_BATCH), gathering_seconds)
            if self._owner == get_ident():  # else a caller was faster than this thread's start
                self._owner = None
            self._await(1)
            self._owner = get_ident()
            taken = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
            self._has_room.notify_all()
            return taken

    def _await(self, wanted: int, limit_seconds: float | None = None) -> None:
        """Block until so many commands wait, or the bus is closed, and no caller is the writer."""
        self._wanted = wanted
        self._arrived.wait_for(self._has_work, limit_seconds)

    def _has_work(self) -> bool:
        is_free = self._owner is None or self._owner == self._thread.ident
        return is_free and (len(self._waiting) >= self._wanted or self._closed)

    def _notify_writer(self) -> None:
        if self._has_work():
            self._arrived.notify()

    def _answer(self, batch: list[_Waiting]) -> None:
        replies = self._writer.store([waiting.given for waiting in batch])
        reply_to_all(zip((waiting.caller for waiting in batch), replies, strict=True))


def _given(admitted: Admitted[Any]) -> GivenCommand:
    return GivenCommand(admitted, time.monotonic() + GIVE_UP_AFTER_SECONDS)
