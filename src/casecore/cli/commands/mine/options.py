"""What the commands of `casecore mine` share: their options, which history they ask, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Concatenate, NamedTuple, ParamSpec, TypeVar

import typer

from casecore.analysis.mining.questions import By, Opened
from casecore.app.analysis.mermaid import DrawnEdge, flowchart
from casecore.app.analysis.mining import Mined, MinedHistory, opened_on
from casecore.app.application import Application
from casecore.app.service_levels.words import hours_text
from casecore.cli.command_options import read_day
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import Columns, bar_of_share, print_json, print_lines, print_table, screen
from casecore.cli.screens import complaints

RowT = TypeVar("RowT")
FoundT = TypeVar("FoundT")
Asked = ParamSpec("Asked")


class PrintedForm(Enum):
    """How the answer is printed."""

    TABLE = "table"
    JSON = "json"
    MERMAID = "mermaid"


class PlainForm(Enum):
    """How an answer is printed that is no graph."""

    TABLE = "table"
    JSON = "json"


ByOption = Annotated[By, typer.Option("--by", help="By what the steps of cases are told apart.")]
SinceOption = Annotated[
    str, typer.Option(metavar="DAY", help="Only cases opened on this day (Europe/Berlin) or later.")
]
UntilOption = Annotated[str, typer.Option(metavar="DAY", help="Only cases opened on this day or earlier.")]
FormOption = Annotated[PrintedForm, typer.Option("--format", help="A table, data for a program, or a graph.")]
TableOption = Annotated[PlainForm, typer.Option("--format", help="A table, or data for a program.")]
LimitOption = Annotated[
    int, typer.Option(min=1, max=100_000, help="At most so many rows or arrows; as JSON it is all.")
]
FromOption = Annotated[
    Path | None,
    typer.Option("--from", metavar="FOLDER", help="An export as Parquet files; else the store is read."),
]
PersonalOption = Annotated[
    bool, typer.Option("--personal", help="Of the store, with names; else people have pseudonyms.")
]
ImpliedOption = Annotated[
    bool, typer.Option("--implied", help="By activity, with the moves that an import implied.")
]
AtOption = Annotated[
    str,
    typer.Option("--at", metavar="INSTANT", help="How long open cases last; else until the last event."),
]


class MinedQuestion(NamedTuple):
    """What every command asks: of which history, of which of its cases, by what, in which form."""

    app: Application
    history: MinedHistory
    by: By
    opened: Opened
    form: PrintedForm
    limit: int

    def ask(
        self,
        ask: Callable[Concatenate[Application, MinedHistory, By, Opened, Asked], FoundT],
        *given: Asked.args,
        **named: Asked.kwargs,
    ) -> FoundT:
        """The answer; while the store is read for a table, a terminal shows how far that is."""
        quiet = self.form is not PrintedForm.TABLE or not screen.is_terminal
        with bar_of_share("all cases", quiet) as bar:
            history = self.history._replace(on_progress=lambda done: bar(done, ""))
            return ask(self.app, history, self.by, self.opened, *given, **named)

    def answer(
        self,
        title: str,
        columns: Columns[RowT],
        found: Mined[RowT],
        edge: Callable[[RowT], DrawnEdge] | None = None,
    ) -> None:
        """Print an answer as it is asked for, and end with 5 if a case was left out of it.

        `edge` is a row as it is drawn; what is no graph has none.
        """
        if self.form is PrintedForm.JSON:
            self.print_json(found)
        elif edge is not None and self.form is PrintedForm.MERMAID:
            print_lines(flowchart(list(map(edge, found.rows)), self.limit))
        else:
            self.show(title, columns, found.rows)
        self.end(found)

    def show(self, title: str, columns: Columns[RowT], rows: list[RowT]) -> None:
        """Print the first rows as a table; its title says how many there are."""
        shown = f"{len(rows):,}" if len(rows) <= self.limit else f"{self.limit:,} of {len(rows):,}"
        print_table(f"{title} by {self.by.value} ({shown})", columns, rows[: self.limit])

    def print_json(self, found: Mined[RowT], **more: object) -> None:
        """Print all rows for a program."""
        print_json({"by": self.by.value, "rows": found.rows, **more, "left_out": found.left_out})

    def end(self, found: Mined[RowT]) -> None:
        """Name what was left out, and end with 5 if that is something."""
        if found.left_out:
            if self.form is not PrintedForm.JSON:
                print_left_out(found.left_out, complaints)
            raise typer.Exit(Exit.DIFFERENCE)


@contextmanager
def asked(
    by: By,
    since: str,
    until: str,
    form: PrintedForm | PlainForm,
    limit: int,
    where: tuple[Path | None, bool, int | None],
) -> Iterator[MinedQuestion]:
    """The question that the options make; `where` are a folder, whether with names, and processes."""
    with opened() as app:
        days = (read_day("--since", since) if since else None, read_day("--until", until) if until else None)
        yield MinedQuestion(app, MinedHistory(*where), by, opened_on(*days), PrintedForm(form.value), limit)


def hours(seconds: float | None) -> str:
    """A duration as hours, minutes and seconds, a fraction cut off; nothing for none."""
    return "" if seconds is None else hours_text(int(seconds))


def percent(share: float) -> str:
    """A share from 0 to 1."""
    return f"{100 * share:.1f} %"


def arrow(times: int, median: float | None) -> str:
    """The label of an arrow: how often, and after how long in most cases at the most."""
    return f"{times:,}" if median is None else f"{times:,} in {hours(median)}"
