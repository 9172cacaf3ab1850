"""Exit codes: how the program ends, by the kind of what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum

import typer
from rich.console import Console
from rich.text import Text

from casecore.cli.hints import hint_for
from casecore.errors.kinds import CasecoreError, Kind


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

EXIT_BY_KIND: Mapping[Kind, Exit] = {
    Kind.REFUSED: Exit.REFUSED,
    Kind.INVALID_INPUT: Exit.USAGE,
    Kind.NOT_FOUND: Exit.REFUSED,
    Kind.FORBIDDEN: Exit.REFUSED,
    Kind.CONFLICT: Exit.REFUSED,
    Kind.UNAVAILABLE: Exit.UNAVAILABLE,
    Kind.DIFFERENCE: Exit.DIFFERENCE,
    Kind.INTERRUPTED: Exit.UNAVAILABLE,
    Kind.DEFECT: Exit.DEFECT,
}


@contextmanager
def errors_as_exits() -> Iterator[None]:
    """Print an expected error as a sentence or two, and end with its exit code; a defect keeps its trace."""
    try:
        yield
    except CasecoreError as error:
        if error.kind is Kind.DEFECT:
            raise
        _print(str(error) or (type(error).__doc__ or error.code), hint_for(error))
        raise typer.Exit(EXIT_BY_KIND[error.kind]) from None
    except Exception as error:
        kind = _kind_of_library_error(error)
        if kind is None:
            raise
        _print(str(error) or type(error).__name__, None)
        raise typer.Exit(EXIT_BY_KIND[kind]) from None


def _kind_of_library_error(error: Exception) -> Kind | None:
    """What a library's own error means; None for a defect."""
    # Imported here: they load slowly, and only a failing command needs them.
    from psycopg import OperationalError

    from casecore.kafka.errors import KafkaError

    match error:
        case OperationalError() | KafkaError():
            return Kind.UNAVAILABLE
        case OSError():
            return Kind.INVALID_INPUT
        case _:
            return None


def _print(message: str, hint: str | None) -> None:
    screen = Console(stderr=True, highlight=False, emoji=False)
    screen.print(Text("Error: ", style="bold red") + Text(message))
    if hint is not None:
        screen.print(Text(f"  try: {hint}"))
