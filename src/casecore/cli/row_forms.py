"""Rows in the form that is asked for: a table for a person, JSON for a program, CSV for accountants."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple, TypeVar

import typer

from casecore.app.accounting_csv import write_rows
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import complaints, print_json, screen
from casecore.cli.screens import STANDARD_OUTPUT, visible
from casecore.errors.files import file_error, naming
from casecore.errors.kinds import InvalidInput
from casecore.files.whole_file import put_there_whole

TO_STANDARD_OUTPUT = "-"

CsvOption = Annotated[
    str,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Write all of it for accountants to this file, - for standard output: CSV in UTF-8.",
    ),
]
LimitOption = Annotated[
    int, typer.Option(min=1, max=100_000, help="Show at most so many; --csv writes them all.")
]

RowT = TypeVar("RowT", bound=tuple[Any, ...])


class Export(NamedTuple):
    """Where rows were written, and how many; `path` is None for standard output."""

    path: Path | None
    rows: int


def check_one_form(csv: str, as_json: bool) -> None:
    """Raise InvalidInput if two forms are asked for."""
    if csv and as_json:
        raise InvalidInput("--csv and --json are two forms of the same: leave one out")


def show_rows(
    rows: Iterable[RowT],
    names: Sequence[str],
    csv: str,
    as_json: bool,
    print_them: Callable[[list[RowT]], None],
    left_out: Callable[[], Collection[str]],
) -> None:
    """Show rows in the form that is asked for; `names` are those of CSV's columns. Raises InvalidInput.

    `left_out` says what an export lacks.
    """
    if csv:
        export_rows(csv, names, rows, left_out())
    elif as_json:
        print_json(list(rows))
    else:
        print_them(list(rows))


def export_rows(
    csv: str, names: Sequence[str], rows: Iterable[tuple[object, ...]], left_out: Collection[str]
) -> None:
    """Write an export, and say so unless it went to standard output; ends with 5 if it lacks something.

    `left_out` is what only a newer program could add: it is named on standard error. Raises InvalidInput.
    """
    done = export(csv, names, rows)
    if csv != TO_STANDARD_OUTPUT:
        screen.print(f"{done.rows:,} rows written to {done.path}", markup=False, soft_wrap=True)
    if left_out:
        print_left_out(left_out, complaints)
        raise typer.Exit(Exit.DIFFERENCE)


def export(target: str, names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> Export:
    """Write named columns to a file, or to standard output for `-`; a file is written whole, or not at all.

    Raises InvalidInput for a file that cannot be written, and what reading the rows raises.
    """
    if target == TO_STANDARD_OUTPUT:
        with naming(STANDARD_OUTPUT):
            return Export(None, _write(sys.stdout.buffer, names, rows))
    path = Path(target)
    if path.is_dir():
        raise InvalidInput(f"--csv {target} is a folder: name a file")
    try:
        with put_there_whole(path) as file:
            return Export(path, _write(file, names, rows))
    except OSError as error:
        raise file_error(error, f"--csv {path} cannot be written") from None


def _write(file: BinaryIO, names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> int:
    # A program gets every byte; a terminal would obey some.
    return write_rows(file, names, rows, visible if file.isatty() else str)
