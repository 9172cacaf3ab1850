"""What a command prints: a table for a person, JSON for a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Generic, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from casecore.app.background_runs.plain import as_plain
from casecore.cli.screens import complaints as complaints
from casecore.cli.screens import screen as screen
from casecore.cli.screens import visible, write_json
from casecore.cli.zone import shown_instant, shown_zone, zone_of_people

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
    """Print rows as a table that fits the terminal; None shows as nothing.

    An instant shows to the second in the zone of `casecore.cli.zone`, whose abbreviation is in the title of
    the first column that has one. `totals` are the values of a last row.
    """
    shown = [[column.value(row) for column in columns] for row in rows]
    if totals is not None:
        shown.append(list(totals))
    zone = zone_of_people()
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column, heading in zip(columns, _headings(columns, shown, zone), strict=True):
        table.add_column(
            heading,
            justify="right" if column.right else "left",
            no_wrap=column.narrow,
            overflow="ellipsis" if column.narrow else "fold",
        )
    for values in shown:
        table.add_row(*(_cell(value, zone) for value in values))
    screen.print()
    screen.print(
        Text(visible(title), style="bold")
    )  # a title of the table itself would be as narrow as the table
    screen.print(table)
    if not table.row_count:
        screen.print("[dim]nothing[/]")


def _headings(columns: Columns[RowT], shown: Sequence[Sequence[object]], zone: ZoneInfo) -> Iterator[str]:
    """The columns' titles; that of the first one with an instant says in which zone they all are."""
    instants = [value for values in shown for value in values if isinstance(value, datetime)]
    said = False
    for place, column in enumerate(columns):
        if not said and any(isinstance(values[place], datetime) for values in shown):
            said = True
            yield f"{column.title} ({shown_zone(instants, zone)})"
        else:
            yield column.title


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
    write_json(_json.encode(as_plain(value)).decode())


def text(value: object, zone: ZoneInfo) -> str:
    """A value as a cell of a table shows it, an instant in this zone."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return shown_instant(value, zone)
        case float():
            return f"{value:.1f}"
        case _:
            return str(value)


def _cell(value: object, zone: ZoneInfo) -> Text:
    # Before the table measures it: what is shown takes more room.
    return Text(visible(text(value, zone)))


@contextmanager
def bar_of_share(description: str, quiet: bool) -> Iterator[Callable[[float, str], None]]:
    """A progress bar; call it with the share that is done, from 0 to 1, and a text that is appended.

    It is on standard error, and only on a terminal: what is piped or kept is the answer alone.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=complaints, disable=quiet or not complaints.is_terminal)
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
