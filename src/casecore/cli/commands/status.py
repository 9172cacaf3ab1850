"""`casecore status`: what runs on this machine, and whether it is well."""

from __future__ import annotations

import typer

from casecore.app import installation
from casecore.app.installation import ProcessReport
from casecore.app.settings import read_settings
from casecore.cli.command_options import JsonOption
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.output import Columns, PrintedColumn, print_json, print_table

_PROCESSES: Columns[ProcessReport] = (
    PrintedColumn("name", lambda report: report.name),
    PrintedColumn("state", lambda report: report.state),
    PrintedColumn("well", lambda report: report.well),
    PrintedColumn("pid", lambda report: report.pid),
    PrintedColumn("seconds", lambda report: report.uptime_seconds),
    PrintedColumn("says", lambda report: report.reason),
)


def status(as_json: JsonOption = False) -> None:
    """Show what runs, and whether it is well; ends with 4 if something is not.

    Example: casecore status
    """
    with errors_as_exits():
        reports = installation.status(read_settings())
        if as_json:
            print_json([_fields(report) for report in reports])
        else:
            print_table("Processes", _PROCESSES, reports)
        if len(reports) < 2 or not all(report.well for report in reports):
            raise typer.Exit(Exit.UNAVAILABLE)


def _fields(report: ProcessReport) -> dict[str, object]:
    """For a program; the supervisor does not run PostgreSQL, so its process is unknown."""
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
