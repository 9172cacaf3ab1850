"""What a command prints: a table for a person, JSON for a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import msgspec
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from casecore.cli.screens import complaints as complaints
from casecore.cli.screens import screen as screen
from casecore.cli.screens import visible, write_json

_json = msgspec.json.Encoder(decimal_format="number")


RowT = TypeVar("RowT")


class PrintedColumn(NamedTuple, Generic[RowT]):
    """A column of a table for people: its title, and what it shows of a row.

    A `narrow` column is cut rather than wrapped.
    """

    title: str
    value: Callable[[RowT], object]
    right: bool = False
    narrow: bool = False


Columns: TypeAlias = Sequence[PrintedColumn[RowT]]
"""A table as it is declared: once, whichever rows it shows."""


def number(title: str, value: Callable[[RowT], object], narrow: bool = False) -> PrintedColumn[RowT]:
    """A column whose values are aligned to the right."""
    return PrintedColumn(title, value, right=True, narrow=narrow)


def short(title: str, value: Callable[[RowT], object]) -> PrintedColumn[RowT]:
    """A column that is cut rather than wrapped."""
    return PrintedColumn(title, value, narrow=True)


def print_table(
    title: str, columns: Columns[RowT], rows: Iterable[RowT], totals: Sequence[object] | None = None
) -> None:
    """Print rows as a table that fits the terminal; None shows as nothing, an instant to the second.

    `totals` are the values of a last row.
    """
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=column.narrow,
            overflow="ellipsis" if column.narrow else "fold",
        )
    for row in rows:
        table.add_row(*(_cell(column.value(row)) for column in columns))
    if totals is not None:
        table.add_row(*(_cell(value) for value in totals))
    screen.print()
    screen.print(
        Text(visible(title), style="bold")
    )  # a title of the table itself would be as narrow as the table
    screen.print(table)
    if not table.row_count:
        screen.print("[dim]nothing[/]")


def print_rows(title: str, columns: Columns[RowT], rows: Sequence[RowT], as_json: bool) -> None:
    """Print rows as data for a program, or as a table."""
    if as_json:
        print_json(rows)
    else:
        print_table(title, columns, rows)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as they are."""
    for line in lines:
        screen.print(line, markup=False)


def print_json(value: object) -> None:
    """Print one JSON document on one line; a named tuple is an object with its field names."""
    write_json(_json.encode(_plain(value)).decode())


def text(value: object) -> str:
    """A value as a cell of a table shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case float():
            return f"{value:.1f}"
        case _:
            return str(value)


def _cell(value: object) -> Text:
    # Before the table measures it: what is shown takes more room.
    return Text(visible(text(value)))


@contextmanager
def bar_of_share(description: str, quiet: bool) -> Iterator[Callable[[float, str], None]]:
    """A progress bar; call it with the share that is done, from 0 to 1, and a text that is appended."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=screen, disable=quiet)
    task = bar.add_task(description, total=1.0)

    def show(done: float, more: str) -> None:
        bar.start()  # only now: wrong input is refused without a bar
        bar.update(task, completed=done, description=description + more)

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def line_of_progress(what: str, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A progress line for work of unknown size; call it with a text that says what is done by now."""
    if quiet:
        yield lambda _: None
        return
    with screen.status(f"{what}: 0") as status:
        yield lambda text: status.update(f"{what}: {text}")


def _plain(value: object) -> object:
    match value:
        case tuple() if hasattr(value, "_asdict"):
            return {name: _plain(item) for name, item in value._asdict().items()}
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
