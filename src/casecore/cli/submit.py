"""`casecore submit`: commands as JSON Lines, for programs that give many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from typing import BinaryIO

from casecore.commands.admission import MAX_COMMAND_BYTES
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.decider.refusal import Refusal

IN_FLIGHT = 1000
"""Commands given and not yet answered; enough to fill every batch."""


def submit_lines(lines: Iterable[bytes], bus: CommandBus, write: Callable[[dict[str, object]], None]) -> bool:
    """Give each line's command, and write an answer for each, in order and as soon as it is known.

    Returns whether all were accepted. Blank lines are passed over. Raises StoreUnavailable, after which
    it is not known whether the commands without an answer were stored: give them again, with their ids.
    """
    waiting: Queue[Future[Answer] | None] = Queue(IN_FLIGHT)

    def answer_all() -> bool:
        accepted, failed = True, None
        while (future := waiting.get()) is not None:
            if failed is None:
                failed = future.exception() if not isinstance(future.exception(), Refusal) else None
            if failed is None:
                answer = _told(future)
                accepted = accepted and "accepted" in answer
                write(answer)
        if failed is not None:
            raise failed
        return accepted

    # Answers are written by a thread of their own: reading may wait for a caller who waits for an answer.
    with ThreadPoolExecutor(1, "answers") as answering:
        outcome = answering.submit(answer_all)
        for line in lines:
            if line.strip():
                waiting.put(_submit(line, bus))
        waiting.put(None)
        return outcome.result()


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long, its beginning, which is then refused for its length."""
    while line := stream.readline(MAX_COMMAND_BYTES + 2):
        yield line
        while not line.endswith(b"\n") and len(line) > MAX_COMMAND_BYTES:
            line = stream.readline(MAX_COMMAND_BYTES)
            if not line or line.endswith(b"\n"):
                break


def _submit(line: bytes, bus: CommandBus) -> Future[Answer]:
    try:
        return bus.submit_json(line)
    except Refusal as refusal:
        refused: Future[Answer] = Future()
        refused.set_exception(refusal)
        return refused


def _told(future: Future[Answer]) -> dict[str, object]:
    error = future.exception()
    if isinstance(error, Refusal):
        return {"refused": error.code, "message": str(error), **error.details}
    return {"accepted": True, **future.result()._asdict()}
