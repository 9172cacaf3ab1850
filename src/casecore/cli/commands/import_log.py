"""`casecore import`: turns another system's log into cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecore.app import imports
from casecore.app.application import Application
from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.output import bar_of_share, print_json, screen
from casecore.imports.summary import ImportIncomplete, ImportProgress, ImportSummary


def import_log(
    file: Annotated[
        Path, typer.Argument(help="An XES or CSV file, plain or gzip.", exists=True, dir_okay=False)
    ],
    mapping: Annotated[Path, typer.Option(help="What its rows mean: MAP.toml.", exists=True, dir_okay=False)],
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rejected rows are listed; else FILE.rejects.csv, replaced each time."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Import another system's log; what was imported before is not stored again. Ends with 5 after rejects.

    Example: casecore import data/helpdesk.xes.gz --mapping data/helpdesk.toml
    """
    with opened() as app:
        broken: ImportIncomplete | None = None
        try:
            summary = import_with_bar(app, file, mapping, rejects, quiet=as_json)
        except ImportIncomplete as incomplete:
            summary, broken = incomplete.summary, incomplete
        if as_json:
            print_json({name: getattr(summary, name) for name in summary.__struct_fields__})
        else:
            print_summary(summary)
        if broken is not None:
            raise broken
        if summary.rejected:
            raise typer.Exit(Exit.DIFFERENCE)


def import_with_bar(
    app: Application, file: Path, mapping: Path, rejects: Path | None, quiet: bool
) -> ImportSummary:
    """Import a file, with a progress bar; raises what `imports.import_log` raises."""
    with bar_of_share(f"importing {file.name}", quiet) as bar:

        def show(progress: ImportProgress) -> None:
            bar(progress.fraction, f": {progress.rows:,} rows")

        return imports.import_log(app, file, mapping, rejects, show)


def print_summary(summary: ImportSummary) -> None:
    """Print the summary of an import, for a person."""
    screen.print(
        f"{summary.rows:,} rows of {summary.cases:,} cases in {summary.seconds:.1f} s: "
        f"{summary.stored:,} stored ({summary.noted:,} as notes), with {summary.implied:,} implied moves; "
        f"{summary.repeated:,} were there already; {summary.rejected:,} rejected"
    )
    if not summary.stored:
        screen.print("Nothing was stored.")
    if summary.rejects:
        screen.print(f"The rejected rows are in {summary.rejects}.", markup=False)
    for activity, rows in summary.unlisted.items():
        screen.print(f"The mapping does not list {activity!r}: {rows:,} rows.", markup=False)
