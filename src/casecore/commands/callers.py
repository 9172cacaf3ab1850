"""How a caller waits for the reply to a command: by a future, or by doing nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from threading import Lock
from typing import TypeAlias

from casecore.commands.batch import Answer
from casecore.commands.storing import Reply


class ByFuture:
    """A caller with other things to do, who may also cancel."""

    def __init__(self) -> None:
        self.future: Future[Answer] = Future()

    def still_wants_it(self) -> bool:
        """Whether the future was not cancelled."""
        return self.future.set_running_or_notify_cancel()

    def tell(self, reply: Reply) -> None:
        """Set the future's result."""
        if isinstance(reply, Exception):
            self.future.set_exception(reply)
        else:
            self.future.set_result(reply)


class ByWaiting:
    """A thread that waits for its reply: a bare lock, since a future costs a tenth of a whole command.

    Whoever is woken wakes the next one: woken all at once, they would fight for the interpreter, with each
    other and with the thread that stores the next batch, and a third of all time went into that.
    """

    def __init__(self) -> None:
        self._told = Lock()
        self._told.acquire()
        self._reply: Reply
        self._others: deque[ByWaiting] | None = None
        self._left = False

    def still_wants_it(self) -> bool:
        """A thread that waits cannot change its mind."""
        return True

    def wait(self) -> Answer:
        """The answer; raises what was told instead."""
        try:
            self._told.acquire()
        except BaseException:  # a signal, in the main thread
            self._left = True
            raise
        finally:
            if self._others is not None:
                wake_next(self._others)
        return answer_of(self._reply)

    def tell(self, reply: Reply, others: deque[ByWaiting]) -> None:
        """Give the reply; somebody of the others, or `wake_next`, lets the thread go on."""
        self._reply = reply
        self._others = others
        others.append(self)

    def wake(self) -> bool:
        """Let the thread go on; False if it has gone already."""
        self._told.release()
        return not self._left


Caller: TypeAlias = ByFuture | ByWaiting
"""Someone who waits for a reply. Asked once, when it is his turn, whether he still wants it."""


def answer_of(reply: Reply) -> Answer:
    """The answer; raises what was told instead."""
    if isinstance(reply, Exception):
        raise reply
    return reply


def wake_next(waiting: deque[ByWaiting]) -> None:
    """Wake the first of them who is still there."""
    try:
        while not waiting.popleft().wake():
            pass
    except IndexError:
        return


def tell_all(told: Iterable[tuple[Caller, Reply]]) -> None:
    """Give each caller its reply."""
    threads: deque[ByWaiting] = deque()
    for caller, reply in told:
        if isinstance(caller, ByWaiting):
            caller.tell(reply, threads)
        else:
            caller.tell(reply)
    wake_next(threads)
