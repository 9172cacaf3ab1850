"""`casecore down`: stops everything that was started on this machine."""

from __future__ import annotations

from casecore.app.running import installation
from casecore.app.settings import read_settings
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import screen


def down() -> None:
    """Stop all that `up` started; nothing is left running, and all data is kept.

    Example: casecore down
    """
    with errors_as_exits():
        stopped = installation.stop(read_settings())
        screen.print("Everything is stopped." if stopped else "Nothing was running.")
