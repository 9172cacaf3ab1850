"""`casecore workload`: what is open, where, how old; what came in and went out."""

from __future__ import annotations

from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.output import Column, print_json, print_table, screen
from projections.workload.queries import Summary, summarise


def workload(as_json: JsonOption = False) -> None:
    """Show the workload: what is open, where, how old; what came in and went out; how cases moved.

    Example: casecore workload
    """
    with opened() as app:
        summary = app.ask(summarise)
        if as_json:
            print_json(summary)
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
    number = (Column("open", right=True), Column("waiting", right=True))
    backlog = [*number, Column("unassigned", right=True), Column("oldest opened")]
    for title, name, rows in (
        ("Backlog by level", "level", summary.by_level),
        ("Backlog by organisation", "organisation", summary.by_organisation),
    ):
        shown = [(b.name, b.cases, b.waiting, b.unassigned, b.oldest_opened_at) for b in rows]
        print_table(title, [Column(name), *backlog], shown)
    print_table(
        "Backlog by age", [Column("age"), *number], [(a.name, a.cases, a.waiting) for a in summary.by_age]
    )
    days = [Column("day (Berlin)"), *(Column(title, right=True) for title in ("in", "out", "backlog"))]
    print_table("The last days with a move", days, summary.latest_days)
    rates = [
        (one.seller, one.resolved, one.at_first_level, f"{100 * one.at_first_level / one.resolved:.1f} %")
        for one in summary.first_level
        if one.resolved
    ]
    shares = [Column("seller"), *(Column(t, right=True) for t in ("resolved", "at first level", "share"))]
    print_table("First-level resolution", shares, rates)
