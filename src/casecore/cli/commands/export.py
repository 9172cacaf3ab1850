"""`casecore export`: the history of all cases, for the tools that analysts have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from casecore.analysis.selection import Selection
from casecore.app.analysis.exchange import exchange_history
from casecore.app.analysis.exports import TABLE_NAMES, ExportAsked, ExportFormat, export_history
from casecore.cli.command_options import JsonOption, ProcessesOption, read_instant
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import bar_of_share, print_json, screen

if TYPE_CHECKING:
    from casecore.analysis.snapshot.order import Exported


FolderArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FOLDER|FILE", help="Where to: a folder of tables, else a file.")
]
FormatOption: TypeAlias = Annotated[
    ExportFormat,
    typer.Option("--format", help="Tables, or one file for process mining.", case_sensitive=False),
]
TablesOption: TypeAlias = Annotated[
    str, typer.Option("--tables", metavar="NAME,…", help=f"Some of {', '.join(TABLE_NAMES)}; else all.")
]
FoldedAtOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--at", metavar="INSTANT", help="As of when tables are folded; else of the last event recorded."
    ),
]
PositionOption: TypeAlias = Annotated[
    int | None, typer.Option("--position", min=0, help="Up to which position of the log; else to its end.")
]
SourceOption: TypeAlias = Annotated[
    str, typer.Option("--source", metavar="NAME", help="Only events that were imported from this system.")
]
OccurredUntilOption: TypeAlias = Annotated[
    str, typer.Option("--occurred-until", metavar="INSTANT", help="Only events that had occurred by then.")
]
ImportedOption: TypeAlias = Annotated[
    bool, typer.Option("--imported-rows-only", help="Only what a row of an import states.")
]
PersonalOption: TypeAlias = Annotated[
    bool, typer.Option("--personal", help="With names and free texts; else people have pseudonyms.")
]
ReplicaOption: TypeAlias = Annotated[
    str, typer.Option("--replica", metavar="ADDRESS", help="Read this replica; else CASECORE_DATABASE.")
]


def export(
    folder: FolderArgument,
    form: FormatOption = ExportFormat.PARQUET,
    tables: TablesOption = "",
    at: FoldedAtOption = "",
    position: PositionOption = None,
    source: SourceOption = "",
    occurred_until: OccurredUntilOption = "",
    imported_rows_only: ImportedOption = False,
    personal: PersonalOption = False,
    replica: ReplicaOption = "",
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export the history of all cases as tables. Again to the same folder, it adds what came since.

    As XES or OCEL 2.0 it is one file; rows of imports as XES have a mapping for `casecore import` beside it.

    Example: casecore export histories --at 2026-06-30T22:00:00Z
    """
    with opened() as app:
        until = read_instant(occurred_until, "--occurred-until") if occurred_until else None
        selection = Selection(source or None, until, imported_rows_only, personal)
        asked = ExportAsked(
            form, _tables(tables, selection), selection, position, read_instant(at) if at else None
        )
        database = replica or app.database
        if form.is_of_tables:
            _export_tables(database, folder, asked, processes, as_json)
        else:
            _check_no_tables(tables, at)
            _exchange(database, folder, asked, as_json)


def _export_tables(
    database: str, path: Path, asked: ExportAsked, processes: int | None, as_json: bool
) -> None:
    with bar_of_share("exporting", as_json) as bar:
        done = export_history(database, path, asked, processes, lambda share: bar(share, ""))
    if as_json:
        print_json({**done._asdict(), "folder": str(done.folder), "at": done.at.isoformat()})
    else:
        _print(done)
    if done.left_out:
        raise typer.Exit(Exit.DIFFERENCE)


def _check_no_tables(tables: str, at: str) -> None:
    """Refuse what only tables have, with wrong usage."""
    for option, given in (("--tables", tables), ("--at", at)):
        if given:
            raise typer.BadParameter("is of tables: leave it out for this format", param_hint=option)


def _exchange(database: str, path: Path, asked: ExportAsked, as_json: bool) -> None:
    with bar_of_share("exporting", as_json) as bar:
        done = exchange_history(database, path, asked, lambda share: bar(share, ""))
    if as_json:
        files = {"file": str(done.file), "mapping": str(done.mapping) if done.mapping else None}
        print_json({**done._asdict(), **files})
    else:
        screen.print(
            f"{done.file}: {done.cases:,} cases, {done.events:,} events, up to position {done.position:,}",
            markup=False,
        )
        if done.mapping is not None:
            screen.print(f"{done.mapping}: the mapping to import it again", markup=False)
        for note in done.notes:
            screen.print(f"note: {note}", markup=False)
        print_left_out(done.left_out)
    if done.left_out:
        raise typer.Exit(Exit.DIFFERENCE)


def _tables(given: str, selection: Selection) -> tuple[str, ...]:
    """The tables that are named, else all; of a part of the events those alone, which all are folded from."""
    named = tuple(filter(None, given.split(",")))
    return named or (TABLE_NAMES if selection.is_whole else TABLE_NAMES[:1])


def _print(done: Exported) -> None:
    if not done.is_new:
        screen.print(
            f"{done.folder} has the export at position {done.position:,} already: nothing was written",
            markup=False,
        )
        return
    rows = ", ".join(f"{count:,} {name}" for name, count in done.rows.items())
    linked = f"; {done.linked} files of earlier events were there" if done.linked else ""
    screen.print(f"{done.folder}: {rows}, up to position {done.position:,}{linked}", markup=False)
    print_left_out(done.left_out)
