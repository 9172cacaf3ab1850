"""`casecore relay`: publishes the store's log to Kafka."""

from __future__ import annotations

from casecore.app.running.processes import run_relay
from casecore.cli.command_options import PortOption
from casecore.cli.door import opened
from casecore.cli.hints import hint_for


def relay(health_port: PortOption = None) -> None:
    """Publish the store's log to Kafka until told to stop; of several, one publishes and the others wait.

    Example: casecore relay --health-port 9470
    """
    with opened() as app:
        run_relay(app, health_port, hint_for)
