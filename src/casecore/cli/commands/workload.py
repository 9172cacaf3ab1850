"""`casecore workload`: what is open, where, how old; what came in and went out."""

from __future__ import annotations

from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.left_out import with_freshness
from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table, screen
from projections.workload.queries import Backlog, BacklogAge, BacklogDay, FirstLevel, Summary, summarise

_BY_AGE: Columns[BacklogAge] = (
    PrintedColumn("age", lambda age: age.name),
    number("open", lambda age: age.cases),
    number("waiting", lambda age: age.waiting),
)
_DAYS: Columns[BacklogDay] = (
    PrintedColumn("day (Berlin)", lambda day: day.day),
    number("in", lambda day: day.came_in),
    number("out", lambda day: day.went_out),
    number("backlog", lambda day: day.backlog),
)
_FIRST_LEVEL: Columns[FirstLevel] = (
    PrintedColumn("seller", lambda one: one.seller),
    number("resolved", lambda one: one.resolved),
    number("at first level", lambda one: one.at_first_level),
    number("share", lambda one: f"{100 * one.at_first_level / one.resolved:.1f} %"),
)


def workload(as_json: JsonOption = False) -> None:
    """Show the workload: what is open, where, how old; what came in and went out; how cases moved.

    Example: casecore workload
    """
    with opened() as app:
        summary = app.ask(summarise)
        if as_json:
            print_json(with_freshness(app, summary._asdict()))
        else:
            print_workload(summary)


def print_workload(summary: Summary) -> None:
    """The workload view, for a person, at 80 columns."""
    totals = summary.totals
    screen.print(
        f"{totals.cases:,} cases, {totals.open:,} open; handed up {totals.hand_overs_up:,} and down "
        f"{totals.hand_overs_down:,} times; bounces: {totals.bounces:,}; reopenings: {totals.reopened:,}; "
        f"minutes of effort: {totals.effort_minutes:,}"
    )
    print_table("Backlog by level", _backlog("level"), summary.by_level)
    print_table("Backlog by organisation", _backlog("organisation"), summary.by_organisation)
    print_table("Backlog by age", _BY_AGE, summary.by_age)
    print_table("The last days with a move", _DAYS, summary.latest_days)
    print_table("First-level resolution", _FIRST_LEVEL, [one for one in summary.first_level if one.resolved])


def _backlog(name: str) -> Columns[Backlog]:
    return (
        PrintedColumn(name, lambda backlog: backlog.name),
        number("open", lambda backlog: backlog.cases),
        number("waiting", lambda backlog: backlog.waiting),
        number("unassigned", lambda backlog: backlog.unassigned),
        PrintedColumn("oldest opened", lambda backlog: backlog.oldest_opened_at),
    )
