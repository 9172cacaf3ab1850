"""A bounded number of commands under way, for those that submit many: answers come back in order.

A run, an import or a generation hands over answers when it submits the next commands (Window): it needs no
thread, and it ends at the first failure. A program at the other end of a pipe waits for each answer before it
goes on, so that answers must be handed over while nothing is submitted (PromptWindow).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Generic, NamedTuple, TypeVar

from casecore.commands.batch import Answer
from casecore.decider.refusal import Refusal

WINDOW_SIZE = 2_000
"""Commands under way: several of the bus's batches, so that the bus never waits for its caller. A few MB."""

CommandT = TypeVar("CommandT")
AboutT = TypeVar("AboutT")


class _Pending(NamedTuple, Generic[AboutT]):
    """A command under way: what it is about, its future, and how much memory it counts for."""

    about: AboutT
    future: Future[Answer]
    size_bytes: int


class Window(Generic[CommandT, AboutT]):
    """Submits commands, and hands over what became of each, in the order in which they were submitted.

    The answers are handed over within `submit` and `finish`, in the caller's thread, many at a time. So they
    come late: a caller that waits for an answer before it has a next command needs PromptWindow.
    """

    def __init__(
        self,
        submit: Callable[[CommandT], Future[Answer]],
        on_answer: Callable[[AboutT, Answer | Refusal], None],
        *,
        size: int = WINDOW_SIZE,
        most_bytes: int | None = None,
        bytes_of: Callable[[AboutT], int] = lambda _: 0,
    ) -> None:
        """`submit` is the one of a bus or of a sequence; `on_answer` gets what a command was about, and its
        answer or refusal.

        At most `size` commands are under way. With `most_bytes`, at most so many bytes, by what `bytes_of`
        says of a command that was submitted.
        """
        self._submit = submit
        self._on_answer = on_answer
        self._size = size
        self._most_bytes = most_bytes
        self._bytes_of = bytes_of
        self._pending: deque[_Pending[AboutT]] = deque()
        self._pending_bytes = 0
        self._has_failed = False
        self._failure: Exception | None = None

    def submit(self, command: CommandT, about: AboutT) -> None:
        """Submit a command, and hand over the oldest answers if too many commands are under way.

        Raises the first failure that is not a refusal as soon as it is known, after the answers before it
        were handed over. What was submitted after that command may have been stored or not, and is not handed
        over. Raises what `on_answer` raises: the answers after that one are handed over by the next call.
        """
        if self._has_failed:
            self.finish()
        future = _submitted(self._submit, command)
        size_bytes = self._bytes_of(about)
        self._pending.append(_Pending(about, future, size_bytes))
        self._pending_bytes += size_bytes
        future.add_done_callback(self._note_failure)
        while self._is_full():
            # One sleep for many answers. Meanwhile the other half keeps the bus busy.
            half = (len(self._pending) + 1) // 2
            wait((self._pending[half - 1].future,))
            self._hand_over(half)

    def finish(self) -> None:
        """Wait for all answers, and hand them over. Raises as `submit` does."""
        if self._failure is not None:
            raise self._failure
        if self._pending and not self._has_failed:
            wait((self._pending[-1].future,))
        self._hand_over(len(self._pending))

    def _is_full(self) -> bool:
        if len(self._pending) >= self._size:
            return True
        return self._most_bytes is not None and self._pending_bytes >= self._most_bytes

    def _hand_over(self, count: int) -> None:
        for _ in range(count):
            about, future, size_bytes = self._pending.popleft()
            self._pending_bytes -= size_bytes
            try:
                reply = _reply_of(future)
            except Exception as failure:
                self._failure = failure
                self._pending.clear()
                raise
            self._on_answer(about, reply)

    def _note_failure(self, future: Future[Answer]) -> None:
        # In the bus's thread: the failure is raised in its place, but nothing more may be submitted.
        if future.cancelled() or not isinstance(future.exception(), (Refusal, type(None))):
            self._has_failed = True


class PromptWindow(Generic[CommandT, AboutT]):
    """A window that hands each answer over as soon as it is known, in order, in a thread of its own."""

    def __init__(
        self,
        submit: Callable[[CommandT], Future[Answer]],
        on_answer: Callable[[AboutT, Answer | Refusal], None],
        *,
        size: int,
    ) -> None:
        """As Window; `on_answer` runs in the window's thread."""
        self._submit = submit
        self._on_answer = on_answer
        self._room = Semaphore(size)
        self._pending: SimpleQueue[tuple[AboutT, Future[Answer]] | None] = SimpleQueue()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="command-window", daemon=True)
        self._thread.start()

    def submit(self, command: CommandT, about: AboutT) -> None:
        """Submit a command; waits while too many are under way.

        Raises the first failure that is not a refusal, or what `on_answer` raised, as soon as it is known.
        """
        self._room.acquire()
        if self._failure is not None:
            self._room.release()
            self.finish()
        self._pending.put((about, _submitted(self._submit, command)))

    def finish(self) -> None:
        """Wait until all answers are handed over. Raises as `submit` does."""
        self._pending.put(None)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while (pending := self._pending.get()) is not None:
            about, future = pending
            if self._failure is None:
                try:
                    self._on_answer(about, _reply_of(future))
                except BaseException as failure:
                    self._failure = failure
            self._room.release()


def _submitted(submit: Callable[[CommandT], Future[Answer]], command: CommandT) -> Future[Answer]:
    """The future of a command; a refusal that is raised at once becomes the future's."""
    try:
        return submit(command)
    except Refusal as refusal:
        refused: Future[Answer] = Future()
        refused.set_exception(refusal)
        return refused


def _reply_of(future: Future[Answer]) -> Answer | Refusal:
    """The answer or refusal, waited for; raises any other failure."""
    try:
        return future.result()
    except Refusal as refusal:
        return refusal
