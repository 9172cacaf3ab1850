"""Many commands at once, a JSON document each, and an answer for each, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import Queue
from threading import Event, Semaphore, Thread
from typing import BinaryIO

from casecore.commands.admission import MAX_COMMAND_BYTES
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus, CommandSequence
from casecore.decider.refusal import Refusal

IN_FLIGHT = 1000
"""Commands given and not yet answered; enough to fill every batch."""


def submit_lines(lines: Iterable[bytes], bus: CommandBus, write: Callable[[dict[str, object]], None]) -> bool:
    """Give each line's command, and write an answer for each, in order and as soon as it is known.

    Returns whether all were accepted. Blank lines are passed over. At the first failure that is no
    refusal, or when `write` fails, reading ends with that error: what has no answer was not stored, or
    (DatabaseUnavailable) it is not known. Give it again, with its id.
    """
    answers = _Answers(write)
    sequence = bus.sequence()
    try:
        for number, line in enumerate(lines, start=1):
            if answers.ended.is_set():
                break
            if line.strip():
                answers.expect((number, _submit(line, sequence)))
    finally:
        answers.expect(None)
        accepted = answers.wait()
    return accepted


class _Answers:
    """The thread that writes answers: reading may wait for a caller who waits for an answer."""

    def __init__(self, write: Callable[[dict[str, object]], None]) -> None:
        self._write = write
        self._expected: Queue[tuple[int, Future[Answer]] | None] = Queue()
        self._room = Semaphore(IN_FLIGHT)
        self._accepted = True
        self._failed: BaseException | None = None
        self.ended = Event()
        self._thread = Thread(target=self._run, name="answers", daemon=True)
        self._thread.start()

    def expect(self, answer: tuple[int, Future[Answer]] | None) -> None:
        """The answer for a line, to be written; None for no more. Waits while too many are expected."""
        if answer is not None:
            self._room.acquire()
        self._expected.put(answer)

    def wait(self) -> bool:
        """Until all is written; whether all were accepted. Raises what ended the writing."""
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self._accepted

    def _run(self) -> None:
        while (expected := self._expected.get()) is not None:
            if not self.ended.is_set():
                try:
                    answer = {"line": expected[0], **_told(expected[1])}
                    self._accepted = self._accepted and "accepted" in answer
                    self._write(answer)
                except BaseException as error:
                    self._failed = error
                    self.ended.set()
            self._room.release()


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long, its beginning, which is then refused for its length."""
    while line := stream.readline(MAX_COMMAND_BYTES + 2):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(MAX_COMMAND_BYTES)):
            pass


def _submit(line: bytes, sequence: CommandSequence) -> Future[Answer]:
    try:
        return sequence.submit_json(line)
    except Refusal as refusal:
        refused: Future[Answer] = Future()
        refused.set_exception(refusal)
        return refused


def _told(future: Future[Answer]) -> dict[str, object]:
    error = future.exception()
    if isinstance(error, Refusal):
        return {"refused": error.code, "message": str(error), **error.details}
    return {"accepted": True, **future.result()._asdict()}
