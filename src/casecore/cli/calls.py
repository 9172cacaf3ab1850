"""`casecore import|submit`: what brings commands in, in numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.giving import open_bus
from casecore.cli.output import bar_of_share, print_json, screen
from casecore.cli.settings import Settings, read_settings
from casecore.cli.submit import bounded_lines, submit_lines
from casecore.imports.importer import import_file
from casecore.imports.mapping import read_mapping
from casecore.imports.summary import ImportIncomplete, ImportProgress, ImportSummary


def add_to_program(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("import")(import_log)
    app.command()(submit)


def import_log(
    file: Annotated[
        Path, typer.Argument(help="An XES or CSV file, plain or gzip.", exists=True, dir_okay=False)
    ],
    mapping: Annotated[Path, typer.Option(help="What its rows mean: MAP.toml.", exists=True, dir_okay=False)],
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rejected rows are listed; else FILE.rejects.csv, replaced each time."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for a program.")] = False,
) -> None:
    """Import another system's log; what was imported before is not stored again. Ends with 5 after rejects.

    Example: casecore import data/helpdesk.xes.gz --mapping data/helpdesk.toml
    """
    with errors_as_exits():
        settings = read_settings()
        broken: ImportIncomplete | None = None
        try:
            summary = run_import(settings, find_addresses(settings), file, mapping, rejects, quiet=as_json)
        except ImportIncomplete as incomplete:
            summary, broken = incomplete.summary, incomplete
        if as_json:
            print_json(summary_fields(summary))
        else:
            print_summary(summary)
        if broken is not None:
            raise broken
        if summary.rejected:
            raise typer.Exit(Exit.DIFFERENCE)


def run_import(
    settings: Settings, addresses: Addresses, file: Path, mapping: Path, rejects: Path | None, quiet: bool
) -> ImportSummary:
    """Import a file, with a bar that shows how far; raises what `import_file` and `read_mapping` raise."""
    what = read_mapping(mapping)
    with bar_of_share(f"importing {file.name}", quiet) as bar, open_bus(settings, addresses) as bus:

        def show(progress: ImportProgress) -> None:
            bar(progress.fraction, f": {progress.rows:,} rows")

        return import_file(
            file,
            what,
            bus.sequence(),
            settings.vendor,
            mapping_file=str(mapping),
            rejects=rejects,
            on_progress=show,
        )


def print_summary(summary: ImportSummary) -> None:
    """What became of the rows, for a person."""
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


def summary_fields(summary: ImportSummary) -> dict[str, object]:
    """The summary, for a program."""
    return {name: getattr(summary, name) for name in summary.__struct_fields__}


def submit(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="Commands, a JSON document a line; - for standard input.")
    ],
) -> None:
    """Give commands as JSON Lines; prints an answer for each, in order. Ends with 3 if one was refused.

    Example: casecore submit -
    """
    with errors_as_exits():
        settings = read_settings()
        with open_bus(settings, find_addresses(settings)) as bus:
            accepted = submit_lines(bounded_lines(file), bus, _write_answer)
        if not accepted:
            raise typer.Exit(Exit.REFUSED)


def _write_answer(answer: dict[str, object]) -> None:
    print_json(answer)
    sys.stdout.flush()  # who reads it may act on it
