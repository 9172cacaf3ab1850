"""`casecore down`: stops everything that was started on this machine."""

from __future__ import annotations

from casecore.app.running import installation
from casecore.app.running.demo import end_kept_demo
from casecore.app.settings import read_settings
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import screen


def down() -> None:
    """Stop all that `up` started; nothing is left running, and all data is kept.

    A demo that was left up by `demo --keep` ends, too; its data is removed, as that of every demo.

    Example: casecore down
    """
    with errors_as_exits():
        settings = read_settings()
        stopped, ended = installation.stop(settings), end_kept_demo(settings)
        if ended:
            screen.print("The demo is stopped and removed.")
        if stopped or not ended:
            screen.print("Everything is stopped." if stopped else "Nothing was running.")
