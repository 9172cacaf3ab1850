"""How the program's own processes are started: the command of each, which `up` and compose run."""

from __future__ import annotations

import sys

from casecore.app.installation import AUDIT, RELAY, Process


def arguments_of(process: Process) -> tuple[str, ...]:
    """The arguments of casecore: those of the relay, of the audit that follows, or of a view's runner."""
    others = {RELAY: ("relay",), AUDIT: ("audit", "--follow")}
    return others.get(process.name, ("project", process.name))


def command_of(process: Process) -> tuple[str, ...]:
    """The command line that starts it on this machine, with this Python."""
    port = ("--health-port", str(process.port))
    return (sys.executable, "-m", "casecore.cli", *arguments_of(process), *port)
