"""`casecore rebuild`: a shadow build of a view, swapped in for the live one."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app import views
from casecore.cli.command_options import JsonOption, ProcessesOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.output import print_json
from casecore.cli.view_reports import bars, print_report, report_fields


def rebuild(
    view: Annotated[str, typer.Argument(help="Which.")],
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a view anew beside the live one, which goes on answering; compare by hash, and swap it in.

    Ends with 5 if they differed although both were made by the same rules.

    Example: casecore rebuild workload
    """
    with opened() as app:
        with bars(quiet=as_json) as show:
            report = views.rebuild(
                app, view, processes, lambda progress: show(f"building {view}", progress.done, progress.total)
            )
        if as_json:
            print_json(report_fields(report))
        else:
            print_report(report)
        if report.equal is False:
            raise typer.Exit(Exit.DIFFERENCE)
