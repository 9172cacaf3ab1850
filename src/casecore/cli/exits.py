"""Exit codes: how the program ends, by the kind of what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum

import typer
from rich.console import Console
from rich.text import Text

from casecore.app.failures import error_kind
from casecore.cli.hints import hint_for
from casecore.errors.kinds import CasecoreError, Kind


class Exit(IntEnum):
    """How the program ends; documented in docs/operating.md."""

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


_AS_BEFORE = frozenset(
    {"figure_unknown", "not_published", "view_unknown", "clock_not_found", "settlement_not_known"}
)
"""Codes of what is not found and ends with USAGE all the same: people's programs know it so."""


@contextmanager
def errors_as_exits() -> Iterator[None]:
    """Print an expected error as a sentence or two, and end with its exit code; a defect keeps its trace."""
    try:
        yield
    except Exception as error:
        kind = error_kind(error)
        if kind is Kind.DEFECT:
            raise
        expected = isinstance(error, CasecoreError)
        _print(str(error) or (type(error).__doc__ if expected else None) or type(error).__name__, error)
        raise typer.Exit(exit_of(error)) from None


def exit_of(error: Exception) -> Exit:
    """How the program ends after this error."""
    if isinstance(error, CasecoreError) and error.code in _AS_BEFORE:
        return Exit.USAGE
    return EXIT_BY_KIND[error_kind(error)]


def _print(message: str, error: Exception) -> None:
    hint = hint_for(error) if isinstance(error, CasecoreError) else None
    screen = Console(stderr=True, highlight=False, emoji=False)
    screen.print(Text("Error: ", style="bold red") + Text(message))
    if hint is not None:
        screen.print(Text(f"  try: {hint}"))
