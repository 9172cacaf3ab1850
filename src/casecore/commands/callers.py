"""How a caller waits for the reply to a command: by a future, as a task of asyncio, or by blocking."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
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


class TaskCaller:
    """A task of asyncio, which may cancel.

    The replies of a batch reach the event loop in one call. With a call for each, as `asyncio.wrap_future`
    makes, a command takes almost twice the processor time.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Answer] = self.loop.create_future()

    def still_wants_it(self) -> bool:
        """Whether the future was not cancelled."""
        return not self.future.cancelled()

    def reply(self, reply: Reply) -> None:
        """Set the future's result; called by its event loop."""
        if self.future.done():  # cancelled meanwhile
            return
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


Caller: TypeAlias = FutureCaller | TaskCaller | BlockingCaller
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
    tasks: defaultdict[asyncio.AbstractEventLoop, list[tuple[TaskCaller, Reply]]] = defaultdict(list)
    for caller, reply in replies:
        match caller:
            case BlockingCaller():
                caller.reply(reply, threads)
            case TaskCaller():
                tasks[caller.loop].append((caller, reply))
            case FutureCaller():
                caller.reply(reply)
    for loop, replied in tasks.items():
        with suppress(RuntimeError):  # a loop that is closed has no task that waits
            loop.call_soon_threadsafe(_reply_to_tasks, replied)
    wake_next(threads)


def _reply_to_tasks(replied: Sequence[tuple[TaskCaller, Reply]]) -> None:
    for caller, reply in replied:
        caller.reply(reply)
