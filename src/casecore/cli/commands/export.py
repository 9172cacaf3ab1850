"""`casecore export`: the history of all cases, for the tools that analysts have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casecore.analysis.selection import Selection
from casecore.app.analysis.exports import TABLE_NAMES, ExportAsked, ExportFormat, export_history
from casecore.cli.command_options import JsonOption, ProcessesOption, read_instant
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import bar_of_share, print_json, screen

if TYPE_CHECKING:
    from casecore.analysis.snapshot.order import Exported


def export(
    path: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to; it is made if it is not there.")],
    form: Annotated[
        ExportFormat, typer.Option("--format", help="Parquet files, or CSV.", case_sensitive=False)
    ] = ExportFormat.PARQUET,
    tables: Annotated[
        str, typer.Option(metavar="NAME,…", help=f"Some of {', '.join(TABLE_NAMES)}; else all.")
    ] = "",
    at: Annotated[
        str,
        typer.Option(
            metavar="INSTANT", help="As of when tables are folded; else of the last event recorded."
        ),
    ] = "",
    position: Annotated[
        int | None, typer.Option(min=0, help="Up to which position of the log; else to its end.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only events that were imported from this system.")
    ] = None,
    occurred_until: Annotated[
        str, typer.Option(metavar="INSTANT", help="Only events that had occurred by then.")
    ] = "",
    imported_rows_only: Annotated[
        bool, typer.Option("--imported-rows-only", help="Only what a row of an import states.")
    ] = False,
    personal: Annotated[
        bool, typer.Option("--personal", help="With names and free texts; else people have pseudonyms.")
    ] = False,
    replica: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Read this replica; else CASECORE_DATABASE.")
    ] = "",
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export the history of all cases as tables. Again to the same folder, it adds what came since.

    Example: casecore export histories && duckdb -c "from 'histories/latest/cases/*.parquet'"
    """
    with opened() as app:
        asked = ExportAsked(
            format=form,
            tables=tuple(filter(None, tables.split(",")))
            or _all_of(source, occurred_until, imported_rows_only),
            selection=Selection(
                source,
                read_instant(occurred_until, "--occurred-until") if occurred_until else None,
                imported_rows_only,
                personal,
            ),
            position=position,
            at=read_instant(at) if at else None,
        )
        with bar_of_share("exporting", as_json) as bar:
            done = export_history(
                replica or app.database, path, asked, processes, lambda share: bar(share, "")
            )
        if as_json:
            print_json({**done._asdict(), "folder": str(done.folder), "at": done.at.isoformat()})
        else:
            _print(done)
        if done.left_out:
            raise typer.Exit(Exit.DIFFERENCE)


def _all_of(source: str | None, occurred_until: str, imported_rows_only: bool) -> tuple[str, ...]:
    """All tables; of a part of the events those alone, since nothing can be folded from a part."""
    return ("events",) if source or occurred_until or imported_rows_only else TABLE_NAMES


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
