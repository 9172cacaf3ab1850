"""`casecore party import` and `casecore licence import`: the import of a table, with a bar and a summary."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from casecore.app.imports import import_rows
from casecore.cli.command_options import ActorOption, JsonOption
from casecore.cli.door import actor_of, opened
from casecore.cli.exits import Exit
from casecore.cli.output import bar_of_share, print_json, screen
from casecore.imports.registers.table_importer import TableSummary
from casecore.imports.registers.tables import ImportTable
from casecore.imports.summary import ImportProgress

TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="A table in CSV and UTF-8, plain or gzip.", exists=True, dir_okay=False
    ),
]
RejectsOption = Annotated[
    Path | None,
    typer.Option(help="Where rejected rows are listed; else FILE.rejects.csv, replaced each time."),
]


class Delimiter(Enum):
    """The separator between the cells of a row."""

    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"

    @property
    def character(self) -> str:
        """The character."""
        return {"comma": ",", "semicolon": ";", "tab": "\t"}[self.value]


DelimiterOption = Annotated[Delimiter, typer.Option(help="What stands between the cells of a row.")]


def imports(table: ImportTable) -> Callable[[Callable[[], None]], Callable[..., None]]:
    """A decorator: the function's help becomes that of a command that imports a table.

    The command prints a summary, and ends with 5 if a row was rejected or not read.
    """

    def turned(described: Callable[[], None]) -> Callable[..., None]:
        def command(
            file: TableArgument,
            rejects: RejectsOption = None,
            delimiter: DelimiterOption = Delimiter.COMMA,
            actor: ActorOption = "",
            as_json: JsonOption = False,
        ) -> None:
            _import_and_print(table, file, rejects, delimiter, actor, as_json)

        command.__doc__ = described.__doc__
        return command

    return turned


def _import_and_print(
    table: ImportTable, file: Path, rejects: Path | None, delimiter: Delimiter, actor: str, as_json: bool
) -> None:
    with opened() as app:
        given_by = actor_of(app, actor)
        with bar_of_share(f"importing {file.name}", as_json) as bar:

            def show(progress: ImportProgress) -> None:
                bar(progress.fraction, f": {progress.rows:,} rows")

            summary = import_rows(app, table, file, given_by, delimiter.character, rejects, show)
        if as_json:
            print_json(asdict(summary))
        else:
            _print_summary(summary)
        if summary.rejected or summary.broken_off:
            raise typer.Exit(Exit.DIFFERENCE)


def _print_summary(summary: TableSummary) -> None:
    screen.print(
        f"{summary.rows:,} rows in {summary.seconds:.1f} s: {summary.stored:,} stored; "
        f"{summary.repeated:,} were imported before; {summary.unchanged:,} changed nothing; "
        f"{summary.rejected:,} rejected"
    )
    if summary.rejects:
        screen.print(f"The rejected rows are in {summary.rejects}.", markup=False)
    if summary.broken_off:
        screen.print(f"{summary.broken_off}. What comes before that was imported.", markup=False)
