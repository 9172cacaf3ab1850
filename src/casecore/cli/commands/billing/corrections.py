"""`casecore billing correct-document`: a document with a wrong name or address of its buyer."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.billing.figures import figures_of_correcting
from casecore.app.billing.runs import correct
from casecore.cli.command_group import Commands
from casecore.cli.command_options import ActorOption, IdOption, JsonOption
from casecore.cli.door import context_of, opened
from casecore.cli.output import print_json, screen
from casecore.runs.correcting import DocumentCorrected


def correct_document(
    document: Annotated[str, typer.Argument(metavar="NUMBER", help="Its number, such as R-000017.")],
    actor: ActorOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Issue a document again, with the name and the address of its buyer as they are recorded now.

    A correction takes it back, and a new document bills the same fees, with the same rate, periods and
    prices. Fees and settlements stay as they are. Record first how the party changed: `party change`.

    Example: casecore billing correct-document R-000017 --as vendor:vendor:k.adler
    """
    with opened() as app:
        done = correct(app, document, context_of(app, actor, command_id))
    if as_json:
        print_json(figures_of_correcting(done).figures)
        return
    _print_corrected(done)


def _print_corrected(done: DocumentCorrected) -> None:
    if done.answer.repeated:
        screen.print("this command was given before", markup=False)
    if done.reversal is None:
        screen.print(f"{done.document}: nothing of it is left to take back", markup=False)
        return
    screen.print(f"{done.document}: taken back by {done.reversal}, to {done.buyer}", markup=False)
    billed = f"bills the same again: {done.replacement}" if done.replacement else "bills the same again: none"
    screen.print(billed, markup=False)
    screen.print("charges and settlements: unchanged", markup=False)


COMMANDS: Commands = {"correct-document": correct_document}
