"""The option of the runs that go by due dates: until which day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import typer

from casecore.app.billing.runs import last_due_day
from casecore.cli.command_options import read_day

UntilOption: TypeAlias = Annotated[
    str, typer.Option("--until", metavar="DATE", help="The last due date; not in the future. Else today.")
]


def read_last_due_day(until: str) -> date:
    """The day that --until names, or today; raises InvalidInput, also for one in the future."""
    return last_due_day(read_day("--until", until) if until else None)
