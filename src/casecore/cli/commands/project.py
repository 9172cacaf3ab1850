"""`casecore project`: keeps views up to date from Kafka."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.running.processes import run_projections
from casecore.cli.command_options import PortOption
from casecore.cli.door import opened


def project(
    view: Annotated[list[str] | None, typer.Argument(metavar="[VIEW]…", help="Which; none for all.")] = None,
    health_port: PortOption = None,
) -> None:
    """Keep views up to date from Kafka until told to stop. Several runners of a view share its partitions.

    Example: casecore project workload --health-port 9474
    """
    with opened() as app:
        run_projections(app, view or (), health_port)
