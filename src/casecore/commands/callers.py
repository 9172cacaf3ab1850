"""How a caller waits for the reply to a command: by a future, or by blocking its thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from threading import Lock
from typing import TypeAlias

from casecore.commands.batch import Answer, answer_of
from casecore.commands.protocol import Reply


class FutureCaller:
    """A caller that does other things meanwhile, and may cancel."""

    def __init__(self) -> None:
        self.future: Future[Answer] = Future()

    def still_wants_it(self) -> bool:
        """Whether the future was not cancelled."""
        return self.future.set_running_or_notify_cancel()

    def reply(self, reply: Reply) -> None:
        """Set the future's result."""
        if isinstance(reply, Exception):
            self.future.set_exception(reply)
        else:
            self.future.set_result(reply)


class BlockingCaller:
    """A thread that blocks until it has its reply: on a bare lock, since a future costs a tenth of a command.

    Each thread that is woken wakes the next one. Woken all at once, the threads compete for the interpreter,
    with each other and with the thread that stores the next batch; that took a third of all time.
    """

    def __init__(self) -> None:
        self._replied = Lock()
        self._replied.acquire()
        self._reply: Reply
        self._others: deque[BlockingCaller] | None = None
        self._left = False

    def still_wants_it(self) -> bool:
        """A thread that blocks cannot cancel."""
        return True

    def wait(self) -> Answer:
        """The answer; raises the error that was replied instead."""
        try:
            self._replied.acquire()
        except BaseException:  # a signal, in the main thread
            self._left = True
            raise
        finally:
            if self._others is not None:
                wake_next(self._others)
        return answer_of(self._reply)

    def reply(self, reply: Reply, others: deque[BlockingCaller]) -> None:
        """Keep the reply; the thread goes on when one of the others, or `wake_next`, wakes it."""
        self._reply = reply
        self._others = others
        others.append(self)

    def wake(self) -> bool:
        """Let the thread go on; False if it has left already."""
        self._replied.release()
        return not self._left


Caller: TypeAlias = FutureCaller | BlockingCaller
"""What waits for a reply. The writer asks it once, before it stores the command, whether it still wants it.
"""


def wake_next(waiting: deque[BlockingCaller]) -> None:
    """Wake the first of them that has not left."""
    try:
        while not waiting.popleft().wake():
            pass
    except IndexError:
        return


def reply_to_all(replies: Iterable[tuple[Caller, Reply]]) -> None:
    """Give each caller its reply."""
    threads: deque[BlockingCaller] = deque()
    for caller, reply in replies:
        if isinstance(caller, BlockingCaller):
            caller.reply(reply, threads)
        else:
            caller.reply(reply)
    wake_next(threads)
