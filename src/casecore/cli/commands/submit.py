"""`casecore submit`: commands as JSON Lines, for programs that submit many."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from casecore.app.commands.bulk import LineReply, bounded_lines, submit_lines
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.output import print_json
from casecore.cli.screens import STANDARD_INPUT, STANDARD_OUTPUT
from casecore.errors.files import naming


def submit(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="Commands, a JSON document a line; - for standard input.")
    ],
) -> None:
    """Give commands as JSON Lines; prints an answer for each, in order. Ends with 3 if one was refused.

    Example: casecore submit -
    """
    with opened() as app:
        with naming(getattr(file, "name", STANDARD_INPUT)):
            accepted = submit_lines(app, bounded_lines(file), _write_answer)
        if not accepted:
            raise typer.Exit(Exit.REFUSED)


def _write_answer(answered: LineReply) -> None:
    print_json(answered.fields())
    with naming(STANDARD_OUTPUT):
        sys.stdout.flush()  # the reader may act on it
