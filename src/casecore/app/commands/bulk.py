"""Many commands at once, a JSON document each, and an answer for each, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from casecore.app.application import Application
from casecore.commands.admission import MAX_COMMAND_BYTES
from casecore.commands.batch import Answer
from casecore.commands.window import PromptWindow
from casecore.decider.refusal import Refusal
from casecore.errors.kinds import CasecoreError

IN_FLIGHT = 1000
"""Commands given and not yet answered; enough to fill every batch."""


class LineReply(NamedTuple):
    """The reply to the command on a line; lines count from 1. An error is one that refused the command."""

    line: int
    reply: Answer | CasecoreError

    def fields(self) -> dict[str, object]:
        """The reply as a JSON object, in the form that every door answers."""
        if isinstance(self.reply, CasecoreError):
            refused = {"refused": self.reply.code, "message": str(self.reply)}
            return {"line": self.line, **refused, **self.reply.details}
        return {"line": self.line, "accepted": True, **self.reply._asdict()}


def submit_lines(app: Application, lines: Iterable[bytes], write: Callable[[LineReply], None]) -> bool:
    """Give each line's command, and write an answer for each, in order and as soon as it is known.

    Returns whether all were accepted. Blank lines are passed over. At the first failure that is not a
    refusal, or when `write` fails, reading ends with that error: what has no answer was not stored, or
    (DatabaseUnavailable) it is not known. Give it again, with its id.
    """
    accepted = True

    def answer(number: int, reply: Answer | Refusal) -> None:
        nonlocal accepted
        accepted = accepted and not isinstance(reply, Refusal)
        write(LineReply(number, reply))

    # The window writes in a thread of its own: the source of the lines may wait for an answer.
    window = PromptWindow(app.bus.sequence().submit_json, answer, size=IN_FLIGHT)
    try:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                window.submit(line, number)
    finally:
        window.finish()
    return accepted


class LineSplitter:
    """The lines of bytes that arrive in pieces; of one that is too long its beginning, as `bounded_lines`."""

    def __init__(self) -> None:
        self._begun = bytearray()

    @property
    def is_within_a_line(self) -> bool:
        """Whether a line has begun that has not ended."""
        return bool(self._begun)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The lines that end in this piece."""
        *ended, rest = piece.split(b"\n")
        for end in ended:
            self._keep(end + b"\n")
            yield bytes(self._begun)
            self._begun.clear()
        self._keep(rest)

    def end(self) -> Iterator[bytes]:
        """The last line, if it has no end of its own."""
        if self._begun:
            yield bytes(self._begun)

    def _keep(self, part: bytes) -> None:
        self._begun += part[: max(0, MAX_COMMAND_BYTES + 2 - len(self._begun))]


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long, its beginning, which is then refused for its length."""
    while line := stream.readline(MAX_COMMAND_BYTES + 2):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(MAX_COMMAND_BYTES)):
            pass
