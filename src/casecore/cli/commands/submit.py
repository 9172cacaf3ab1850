"""`casecore submit`: commands as JSON Lines, for programs that submit many."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from casecore.app.bulk import bounded_lines, submit_lines
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.output import print_json


def submit(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="Commands, a JSON document a line; - for standard input.")
    ],
) -> None:
    """Give commands as JSON Lines; prints an answer for each, in order. Ends with 3 if one was refused.

    Example: casecore submit -
    """
    with opened() as app:
        if not submit_lines(bounded_lines(file), app.bus, _write_answer):
            raise typer.Exit(Exit.REFUSED)


def _write_answer(answer: dict[str, object]) -> None:
    print_json(answer)
    sys.stdout.flush()  # the reader may act on it
