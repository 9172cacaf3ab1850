"""What a rebuild of a view found, for a person and for a program, and the bar while it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from casecore.cli.output import Column, print_table, screen
from projections.kit.rebuild.rebuild import RebuildReport


def print_report(report: RebuildReport) -> None:
    """Table by table, with the first difference."""
    rows: list[tuple[object, ...]] = [
        (
            f"{report.view}.{table.table}",
            f"{table.live_rows:,}",
            f"{table.rebuilt_rows:,}",
            table.live_hash[:12],
            table.rebuilt_hash[:12],
        )
        for table in report.compared
    ] or [
        (f"{report.view}.{name}", None, f"{rows:,}", None, sha[:12])
        for name, (rows, sha) in report.built.items()
    ]
    columns = [
        Column("table"),
        Column("live rows", right=True),
        Column("rebuilt rows", right=True),
        Column("live hash"),
        Column("rebuilt hash"),
    ]
    verdict = {True: "equal", False: "DIFFERENT", None: "nothing to compare with"}[report.equal]
    speed = f"{report.events:,} events in {report.seconds:.1f} s, {report.events_per_second:,.0f}/s"
    print_table(f"view {report.view}: {verdict} ({speed})", columns, rows)
    for table in report.compared:
        if table.difference:
            difference = table.difference
            column = difference.column or "the whole row"
            where = f"{report.view}.{difference.table}, row {difference.key}, {column}"
            screen.print(f"  first difference: {where}", markup=False)
            screen.print(f"    live     {difference.live}", markup=False)
            screen.print(f"    rebuilt  {difference.rebuilt}", markup=False)


def report_fields(report: RebuildReport) -> dict[str, object]:
    """For a program."""
    return {**report._asdict(), "equal": report.equal, "events_per_second": report.events_per_second}


@contextmanager
def bars(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each piece of work; call it with what it is, how much is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    hidden = quiet or not screen.is_terminal
    with Progress(*columns, console=screen, disable=hidden, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(title: str, done: int, total: int) -> None:
            if title not in tasks:
                tasks[title] = progress.add_task(title, total=None)
            progress.update(tasks[title], completed=done, total=total)

        yield show
