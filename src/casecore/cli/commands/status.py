"""`casecore status`: what runs on this machine, and whether it is well."""

from __future__ import annotations

import typer

from casecore.app.running import installation
from casecore.app.running.installation import ProcessReport
from casecore.app.service_levels.last_look import LastLook, last_look
from casecore.app.settings import read_settings
from casecore.cli.command_options import JsonOption
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.output import Columns, PrintedColumn, print_json, print_table, screen
from casecore.cli.zone import in_zone
from casecore.store.looks import WatchLook

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

    It says, too, when the watch looked last.

    Example: casecore status
    """
    with errors_as_exits():
        settings = read_settings()
        reports = installation.status(settings)
        last = last_look(settings)
        if as_json:
            print_json([_fields(report, last) for report in reports])
        else:
            print_table("Processes", _PROCESSES, reports)
            is_said = any(report.name == installation.WATCH and report.well for report in reports)
            if last is not None and not is_said:
                screen.print(_in_words(last.look))
        if len(reports) < 2 or not all(report.well for report in reports):
            raise typer.Exit(Exit.UNAVAILABLE)


def _in_words(look: WatchLook | None) -> str:
    if look is None:
        return "The watch of service levels has not looked yet."
    at = in_zone(look.looked_at)
    return f"The watch of service levels looked last at {at}, and recorded {look.recorded:,} events."


def _fields(report: ProcessReport, last: LastLook | None) -> dict[str, object]:
    """For a program; the supervisor does not run PostgreSQL, so its process is unknown."""
    if report.reason is None:
        return {"name": report.name, "state": report.state, "well": report.well}
    fields: dict[str, object] = {
        "name": report.name,
        "state": report.state,
        "pid": report.pid,
        "uptime_seconds": report.uptime_seconds,
        "well": report.well,
        "reason": report.reason,
    }
    if report.name == installation.WATCH:
        fields["looked_at"] = last.look.looked_at if last is not None and last.look is not None else None
    return fields
