"""Exit codes: how the program ends, by the kind of what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import IntEnum

import typer
from rich.text import Text

from casecore.app.failures import error_kind, expected_error
from casecore.cli.hints import hint_for
from casecore.cli.screens import STANDARD_OUTPUT, complaints, visible
from casecore.errors.kinds import CasecoreError, Kind


class Exit(IntEnum):
    """How the program ends; documented in docs/operating.md."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    DIFFERENCE = 5
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


MEANINGS = {
    Exit.DONE: "done",
    Exit.DEFECT: "a defect of the program; the trace says where",
    Exit.USAGE: "wrong usage, setting or input file; nothing was changed",
    Exit.REFUSED: "the command was refused, or there is no such case; nothing was changed",
    Exit.UNAVAILABLE: "PostgreSQL, Kafka, a disk or a local process is not there, or not as it should be",
    Exit.DIFFERENCE: (
        "done, and something needs a look: a difference, a reject, a record in quarantine, an answer that "
        "lacks something"
    ),
    Exit.INTERRUPTED: "it was interrupted, as by Ctrl-C; what was acknowledged is stored",
    Exit.OUTPUT_CLOSED: "the program that reads the output, such as head, has closed it",
}

EXIT_BY_KIND: Mapping[Kind, Exit] = {
    Kind.REFUSED: Exit.REFUSED,
    Kind.INVALID_INPUT: Exit.USAGE,
    Kind.NOT_FOUND: Exit.REFUSED,
    Kind.UNAUTHENTICATED: Exit.REFUSED,
    Kind.FORBIDDEN: Exit.REFUSED,
    Kind.CONFLICT: Exit.REFUSED,
    Kind.UNAVAILABLE: Exit.UNAVAILABLE,
    Kind.DIFFERENCE: Exit.DIFFERENCE,
    Kind.INTERRUPTED: Exit.INTERRUPTED,
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
        # The command line itself ends with what is wrong with its output.
        if error_kind(error) is Kind.DEFECT or is_of_output(error):
            raise
        print_error(error)
        raise typer.Exit(exit_of(error)) from None


def exit_of(error: Exception) -> Exit:
    """How the program ends after this error."""
    if isinstance(error, CasecoreError) and error.code in _AS_BEFORE:
        return Exit.USAGE
    return EXIT_BY_KIND[error_kind(error)]


def is_of_output(error: Exception) -> bool:
    """Whether the output is closed, or cannot be written."""
    return isinstance(error, OSError) and error.filename == STANDARD_OUTPUT


def print_error(error: Exception) -> None:
    """Print an expected error on standard error, and the command that helps."""
    expected = expected_error(error)
    hint = None if expected is None else hint_for(expected)
    said = expected or error
    message = str(said) or (type(said).__doc__ if expected else None) or type(said).__name__
    with suppress(OSError):  # the exit code says it, too
        complaints.print(Text("Error: ", style="bold red") + Text(visible(message)))
        if hint is not None:
            complaints.print(Text(f"  try: {visible(hint)}"))
