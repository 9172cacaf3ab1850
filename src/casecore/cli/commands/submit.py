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
from casecore.decider.refusal import Refusal
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
    line, reply = answered
    if isinstance(reply, Refusal):
        print_json({"line": line, "refused": reply.code, "message": str(reply), **reply.details})
    else:
        print_json({"line": line, "accepted": True, **reply._asdict()})
    with naming(STANDARD_OUTPUT):
        sys.stdout.flush()  # the reader may act on it
