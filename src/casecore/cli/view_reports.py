"""The report of a rebuild, for a person and for a program, and the bars while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from casecore.cli.output import Columns, PrintedColumn, number, print_table, screen
from projections.kit.rebuild.rebuild import RebuildReport


class _RebuiltTable(NamedTuple):
    """A table of a rebuilt view, and of the live one where there was one to compare with."""

    name: str
    live_rows: int | None
    rebuilt_rows: int
    live_hash: str | None
    rebuilt_hash: str


_TABLES: Columns[_RebuiltTable] = (
    PrintedColumn("table", lambda table: table.name),
    number("live rows", lambda table: None if table.live_rows is None else f"{table.live_rows:,}"),
    number("rebuilt rows", lambda table: f"{table.rebuilt_rows:,}"),
    PrintedColumn("live hash", lambda table: table.live_hash and table.live_hash[:12]),
    PrintedColumn("rebuilt hash", lambda table: table.rebuilt_hash[:12]),
)


def print_report(report: RebuildReport) -> None:
    """Print the report for a person: table by table, with the first difference of each."""
    verdict = {True: "equal", False: "DIFFERENT", None: "nothing to compare with"}[report.equal]
    if report.left_out and not report.compared:
        verdict = "not compared, a newer program keeps it"
    speed = f"{report.events:,} events in {report.seconds:.1f} s, {report.events_per_second:,.0f}/s"
    print_table(f"view {report.view}: {verdict} ({speed})", _TABLES, _tables(report))
    for table in report.compared:
        if table.difference:
            difference = table.difference
            column = difference.column or "the whole row"
            where = f"{report.view}.{difference.table}, row {difference.key}, {column}"
            screen.print(f"  first difference: {where}", markup=False)
            screen.print(f"    live     {difference.live}", markup=False)
            screen.print(f"    rebuilt  {difference.rebuilt}", markup=False)


def _tables(report: RebuildReport) -> list[_RebuiltTable]:
    if not report.compared:
        return [
            _RebuiltTable(
                name=f"{report.view}.{table}",
                live_rows=None,
                rebuilt_rows=rows,
                live_hash=None,
                rebuilt_hash=sha,
            )
            for table, (rows, sha) in report.built.items()
        ]
    return [
        _RebuiltTable(
            name=f"{report.view}.{one.table}",
            live_rows=one.live_rows,
            rebuilt_rows=one.rebuilt_rows,
            live_hash=one.live_hash,
            rebuilt_hash=one.rebuilt_hash,
        )
        for one in report.compared
    ]


def report_fields(report: RebuildReport) -> dict[str, object]:
    """The report for a program."""
    return {**report._asdict(), "equal": report.equal, "events_per_second": report.events_per_second}


@contextmanager
def bars(quiet: bool, keep: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each piece of work; call it with the title, how much is done, and of how much.

    With `keep` they stay at the end, and appear without a terminal, too.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    hidden = quiet or not (keep or screen.is_terminal)
    with Progress(*columns, console=screen, disable=hidden, transient=not keep) as progress:
        tasks: dict[str, TaskID] = {}

        def show(title: str, done: int, total: int) -> None:
            if title not in tasks:
                tasks[title] = progress.add_task(title, total=None)
            progress.update(tasks[title], completed=done, total=total)

        yield show
