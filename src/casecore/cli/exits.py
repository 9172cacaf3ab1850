"""Exit codes, and which error ends the program with which."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer
from rich.console import Console
from rich.text import Text


class Exit(IntEnum):
    """How the program ends; documented in the README."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    DIFFERENCE = 5


MEANINGS = {
    Exit.DONE: "done",
    Exit.DEFECT: "a defect of the program; the trace says where",
    Exit.USAGE: "wrong usage, setting or input file; nothing was changed",
    Exit.REFUSED: "the command was refused, or there is no such case; nothing was changed",
    Exit.UNAVAILABLE: "PostgreSQL, Kafka or a local process is not there, or not as it should be",
    Exit.DIFFERENCE: "done, and something needs a look: a difference, a reject, a record in quarantine",
}


class NotUp(Exception):
    """The local servers do not run, or not as they should; the message says where, and what to do."""


class InputWrong(Exception):
    """An argument or an input file is wrong; the message says where, and what would be right."""


@contextmanager
def errors_as_exits() -> Iterator[None]:
    """Print an expected error as one sentence, and end with its exit code; a defect keeps its trace."""
    try:
        yield
    except Exception as error:
        # All the rooms whose errors these are take half a second, which only who fails needs.
        from casecore.cli.codes import CODES

        for kind, code in CODES:
            if isinstance(error, kind):
                _end(error, code)
        raise


def _end(error: Exception, code: Exit) -> NoReturn:
    told = Text(str(error) or (type(error).__doc__ or type(error).__name__))
    Console(stderr=True, highlight=False, emoji=False).print(Text("Error: ", style="bold red") + told)
    raise typer.Exit(code)
