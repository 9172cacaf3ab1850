"""`casecore status`: what runs on this machine, and how it fares."""

from __future__ import annotations

import typer

from casecore.app import installation
from casecore.app.installation import ProcessReport
from casecore.app.settings import read_settings
from casecore.cli.command_options import JsonOption
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.output import Column, print_json, print_table


def status(as_json: JsonOption = False) -> None:
    """Show what runs, and whether it is well; ends with 4 if something is not.

    Example: casecore status
    """
    with errors_as_exits():
        reports = installation.status(read_settings())
        if as_json:
            print_json([_fields(report) for report in reports])
        else:
            columns = [Column(title) for title in ("name", "state", "well", "pid", "seconds", "says")]
            rows = [(r.name, r.state, r.well, r.pid, r.uptime_seconds, r.reason) for r in reports]
            print_table("Processes", columns, rows)
        if len(reports) < 2 or not all(report.well for report in reports):
            raise typer.Exit(Exit.UNAVAILABLE)


def _fields(report: ProcessReport) -> dict[str, object]:
    """For a program; of PostgreSQL, which the supervisor does not run, no process is known."""
    if report.reason is None:
        return {"name": report.name, "state": report.state, "well": report.well}
    return {
        "name": report.name,
        "state": report.state,
        "pid": report.pid,
        "uptime_seconds": report.uptime_seconds,
        "well": report.well,
        "reason": report.reason,
    }
