"""`casecore wipe`: removes all that `casecore up` made on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.identities import key_path
from casecore.app.running import installation
from casecore.app.settings import read_settings
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import print_lines, screen
from casecore.errors.kinds import InvalidInput


def wipe(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop all that `up` started, and remove its data, logs and addresses; servers of your own are not
    touched.

    What was fetched, CASECORE_HOME/cache, stays, and so do the keys that people have,
    CASECORE_HOME/keys.json. This cannot be undone.

    Example: casecore wipe --yes
    """
    with errors_as_exits():
        settings = read_settings()
        made = installation.made_by_up(settings)
        if not made:
            screen.print(f"There is nothing to remove below {settings.home}.", markup=False, soft_wrap=True)
            return
        print_lines(["This is removed, with all cases in it:", *(f"  {path}" for path in made)])
        if (keys := key_path(settings)).exists():
            print_lines(["This is kept, since people have the keys of it:", f"  {keys}"])
        if not yes and not _agreed():
            screen.print("Nothing was removed.")
            return
        installation.wipe(settings)
        screen.print("Everything is stopped and removed.")


def _agreed() -> bool:
    try:
        return typer.confirm("Remove it?")
    except typer.Abort:
        raise InvalidInput("nobody answers whether to remove it: give --yes") from None
