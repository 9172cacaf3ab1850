"""How many processes a command uses that works on all of the history."""

from __future__ import annotations

import os
from typing import Annotated, TypeAlias

import typer

ProcessesOption: TypeAlias = Annotated[
    int | None, typer.Option("--processes", min=1, max=64, help="At work at once; else one for each core.")
]


def chosen(processes: int | None) -> int:
    """So many, or else one for each core that this process may use."""
    if processes is not None:
        return processes
    affinity = getattr(os, "sched_getaffinity", None)  # Linux has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1
