"""Many commands at once, a JSON document each, and an answer for each, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from casecore.app.application import Application
from casecore.commands.admission import MAX_COMMAND_BYTES
from casecore.commands.batch import Answer
from casecore.commands.window import PromptWindow
from casecore.decider.refusal import Refusal

IN_FLIGHT = 1000
"""Commands given and not yet answered; enough to fill every batch."""


class LineReply(NamedTuple):
    """The reply to the command on a line; lines count from 1."""

    line: int
    reply: Answer | Refusal


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


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long, its beginning, which is then refused for its length."""
    while line := stream.readline(MAX_COMMAND_BYTES + 2):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(MAX_COMMAND_BYTES)):
            pass
