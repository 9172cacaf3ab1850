"""How the program's own processes are started: the command of each, which `up` and compose run."""

from __future__ import annotations

import sys

from casecore.app.running.installation import API, AUDIT, RELAY, WATCH, Process


def arguments_of(process: Process) -> tuple[str, ...]:
    """The arguments of casecore: those of relay, watch, API, the audit that follows, or a view's runner."""
    others = {
        RELAY: ("relay",),
        # Those that people start beside these must not take their ports, so they have none by themselves.
        WATCH: ("sla", "watch", *_port(process)),
        API: ("serve", *_port(process)),
        AUDIT: ("audit", "--follow"),
    }
    return others.get(process.name, ("project", process.name))


def command_of(process: Process) -> tuple[str, ...]:
    """The command line that starts it on this machine, with this Python."""
    arguments = arguments_of(process)
    port = () if process.name in (WATCH, API) else _port(process)
    return (sys.executable, "-m", "casecore.cli", *arguments, *port)


def _port(process: Process) -> tuple[str, str]:
    return "--health-port", str(process.port)
