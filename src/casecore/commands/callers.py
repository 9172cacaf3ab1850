"""How a caller waits for the reply to a command: by a future, or by doing nothing else."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import Protocol

from casecore.commands.batch import Answer
from casecore.commands.storing import Reply


class Caller(Protocol):
    """Someone who waits for a reply."""

    def still_wants_it(self) -> bool:
        """Asked once, when it is the command's turn; after a yes a reply must follow."""
        ...

    def tell(self, reply: Reply) -> None:
        """Give the reply."""
        ...


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
    """A thread that waits for its reply: a bare lock, since a future costs a tenth of a whole command."""

    def __init__(self) -> None:
        self._told = Lock()
        self._told.acquire()
        self._reply: Reply

    def still_wants_it(self) -> bool:
        """A thread that waits cannot change its mind."""
        return True

    def tell(self, reply: Reply) -> None:
        """Let the thread go on."""
        self._reply = reply
        self._told.release()

    def wait(self) -> Answer:
        """The answer; raises what was told instead."""
        self._told.acquire()
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply
