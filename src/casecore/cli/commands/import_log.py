"""`casecore import`: turns another system's log into cases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from casecore.app import imports
from casecore.app.actors import parse_on_behalf_of
from casecore.app.application import Application
from casecore.app.settings import read_settings
from casecore.cli.command_options import JsonOption, OnBehalfOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    bar_of_share,
    number,
    print_json,
    print_lines,
    print_table,
    screen,
)
from casecore.decider.command import GivenActor
from casecore.imports.rejects import RejectedRow
from casecore.imports.summary import ImportIncomplete, ImportProgress, ImportSummary

MOST_REJECTS_PRINTED = 20

_ACTIONS: Columns[tuple[str, int]] = (
    PrintedColumn("action", lambda one: one[0]),
    number("rows", lambda one: one[1]),
)
_REJECTS: Columns[RejectedRow] = (
    number("line", lambda row: row.line),
    PrintedColumn("case", lambda row: row.case),
    PrintedColumn("reason", lambda row: row.reason),
)


def import_log(
    file: Annotated[
        Path, typer.Argument(help="An XES or CSV file, plain or gzip.", exists=True, dir_okay=False)
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="What its rows mean: MAP.toml; needed, except with --sketch.", exists=True, dir_okay=False
        ),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rejected rows are listed; else FILE.rejects.csv, replaced each time."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what it would do; store nothing, and use no server.")
    ] = False,
    sketch: Annotated[
        bool, typer.Option("--sketch", help="Print a first mapping, made from what is in the file.")
    ] = False,
    on_behalf_of: OnBehalfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Import another system's log; what was imported before is not stored again. Ends with 5 after rejects.

    Example: casecore import data/helpdesk.xes.gz --mapping data/helpdesk.toml
    """
    if sketch:
        if mapping or rejects or check or on_behalf_of or as_json:
            raise typer.BadParameter("goes with no other option", param_hint="'--sketch'")
        with errors_as_exits():
            sys.stdout.write(imports.sketch_mapping(file))
        return
    if mapping is None:
        raise typer.BadParameter("is missing: what the rows of the file mean", param_hint="'--mapping'")
    if check:
        for option, given in (("--rejects", rejects), ("--on-behalf-of", on_behalf_of)):
            if given:
                raise typer.BadParameter("goes with an import, not with --check", param_hint=f"'{option}'")
        _check(file, mapping, as_json)
        return
    _import(file, mapping, rejects, on_behalf_of, as_json)


def _import(file: Path, mapping: Path, rejects: Path | None, on_behalf_of: str, as_json: bool) -> None:
    with opened() as app:
        asks = parse_on_behalf_of(on_behalf_of)
        broken: ImportIncomplete | None = None
        try:
            summary = import_with_bar(app, file, mapping, rejects, on_behalf_of=asks, quiet=as_json)
        except ImportIncomplete as incomplete:
            summary, broken = incomplete.summary, incomplete
        if as_json:
            print_json({name: getattr(summary, name) for name in summary.__struct_fields__})
        else:
            print_summary(summary)
        if broken is not None:
            raise broken
        if summary.needs_a_look:
            raise typer.Exit(Exit.DIFFERENCE)


def _check(file: Path, mapping: Path, as_json: bool) -> None:
    with errors_as_exits():
        vendor = read_settings().vendor
        with bar_of_share(f"checking {file.name}", as_json) as bar:

            def show(progress: ImportProgress) -> None:
                bar(progress.fraction, f": {progress.rows:,} rows")

            summary, rejects = imports.check_log(vendor, file, mapping, show)
        if as_json:
            print_json({**asdict(summary), "first_rejects": rejects})
        else:
            _print_check(summary, rejects)
        if summary.needs_a_look:
            raise typer.Exit(Exit.DIFFERENCE)


def _print_check(summary: ImportSummary, rejects: list[RejectedRow]) -> None:
    screen.print(
        f"{summary.rows:,} rows of {summary.cases:,} cases: an empty store gets {summary.stored:,} "
        f"({summary.noted:,} as notes), with {summary.implied:,} implied moves; {summary.rejected:,} are "
        "rejected. Nothing was stored."
    )
    print_table("Rows by action", _ACTIONS, sorted(summary.actions.items(), key=lambda one: -one[1]))
    if rejects:
        shown = rejects[:MOST_REJECTS_PRINTED]
        print_table(f"Rejected ({summary.rejected:,}, the first {len(shown)})", _REJECTS, shown)
    _print_findings(summary)


def import_with_bar(
    app: Application,
    file: Path,
    mapping: Path,
    rejects: Path | None,
    *,
    on_behalf_of: GivenActor | None = None,
    quiet: bool,
) -> ImportSummary:
    """Import a file, with a progress bar; raises what `imports.import_log` raises."""
    with bar_of_share(f"importing {file.name}", quiet) as bar:

        def show(progress: ImportProgress) -> None:
            bar(progress.fraction, f": {progress.rows:,} rows")

        return imports.import_log(app, file, mapping, rejects, show, on_behalf_of=on_behalf_of)


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
    _print_findings(summary)


def _print_findings(summary: ImportSummary) -> None:
    if summary.went_back:
        screen.print(
            f"{summary.went_back:,} rows are from before an earlier row of their case, and so became notes "
            'where they are moves: give the mapping order = "time" in [source], or, if the file\'s order is '
            'right, order = "file".',
            markup=False,
        )
    if summary.shortened_time:
        screen.print(f"{summary.shortened_time:,} times were cut after the sixth digit of a second.")
    if summary.truncated:
        screen.print(f"{summary.truncated:,} rows had a text that was too long, and was cut.")
    print_lines(summary.notes)
    for activity, rows in summary.unlisted.items():
        screen.print(f"The mapping does not list {activity!r}: {rows:,} rows.", markup=False)
