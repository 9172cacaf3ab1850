"""`casecore case list|show|topics` and `casecore workload`: what the views answer."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer

from casecore.cases.refusals import CaseUnknown
from casecore.cases.topics import TOPICS
from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.exits import errors_as_exits
from casecore.cli.giving import CaseArgument, JsonOption
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.cli.settings import read_settings
from casecore.contract.cases import Level, State
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent, to_lines
from casecore.store.log import LogReader
from projections.catalogue import VIEWS
from projections.kit.reading.waiting import wait_for_version
from projections.timeline.queries import TimelineEvent, timeline_of
from projections.workload.queries import CaseFilter, Summary, find_case, list_cases, summarise
from projections.workload.tables import CaseRow

BEHIND_LIMIT_SECONDS = 10
"""How long is waited for a view to come as far as the store; usually it is there within 50 ms."""

MOST_SHOWN = 1_000
"""Events of a case that `show` prints as a table; --events prints them all."""


def add_to(app: typer.Typer) -> None:
    """Add these commands to `casecore case`."""
    app.command("list")(list_open)
    app.command()(show)
    app.command()(topics)


def add_to_program(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(workload)


def list_open(
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    level: Annotated[Level | None, typer.Option(help="Only at this level.")] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Only where it is this organisation's turn.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only with this agent.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer's.")] = None,
    closed: Annotated[bool, typer.Option("--all", help="Also what is resolved or ended.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List cases as the workload view has them; open ones, unless a state or --all is given.

    Example: casecore case list --organisation vendor --limit 5
    """
    with errors_as_exits():
        which = CaseFilter(
            state=state.value if state else None,
            level=level.value if level else None,
            organisation=organisation,
            agent=agent,
            customer=customer,
            open_only=not closed and state is None,
            limit=limit,
        )
        rows = list_cases(find_addresses(read_settings()).database, which)
        if as_json:
            print_json(rows)
        else:
            columns = [
                Column("case", narrow=True),
                Column("state", narrow=True),
                Column("with"),
                Column("agent"),
                Column("priority", narrow=True),
                Column("topic"),
                Column("opened", narrow=True),
            ]
            shown = [
                (
                    r.reference,
                    r.state,
                    r.organisation,
                    r.agent,
                    r.priority,
                    r.topic,
                    f"{r.opened_at:%Y-%m-%d}",
                )
                for r in rows
            ]
            print_table(f"Cases ({len(rows)})", columns, shown)


def show(
    case: CaseArgument,
    events: Annotated[bool, typer.Option("--events", help="Print the case's events as JSON Lines.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a case and its timeline, as new as what you did last; with --events, from the store itself.

    Example: casecore case show C-7K3M-92QF
    """
    with errors_as_exits():
        addresses = find_addresses(read_settings())
        stored = stored_events(addresses, case)
        if events:
            sys.stdout.buffer.write(to_lines(stored))
            return
        fresh = all(
            wait_for_version(
                addresses.database,
                VIEWS[name],
                stored[-1].stream_id,
                stored[-1].version,
                BEHIND_LIMIT_SECONDS,
            )
            for name in ("workload", "timeline")
        )
        row, timeline = (
            find_case(addresses.database, case),
            timeline_of(addresses.database, case, limit=MOST_SHOWN),
        )
        if as_json:
            print_json(
                {"case": row, "timeline": [_timeline_fields(event) for event in timeline], "fresh": fresh}
            )
            return
        if row is not None:
            print_case(row)
        print_timeline(case, timeline)
        if not fresh:
            screen.print("The views are behind the store: is the relay running? See `casecore status`.")


def topics(as_json: JsonOption = False) -> None:
    """List what a case can be about, and at which level each topic starts.

    Example: casecore case topics
    """
    rows = [(t.id, t.title, t.category.value, t.level.value) for t in TOPICS.values()]
    if as_json:
        print_json([dict(zip(("topic", "title", "category", "level"), row, strict=True)) for row in rows])
    else:
        shown = [(topic, title, level) for topic, title, _, level in rows]
        print_table(
            "Topics", [Column("topic", narrow=True), Column("title"), Column("level", narrow=True)], shown
        )


def print_case(row: CaseRow) -> None:
    """A case, for a person."""
    partner = f", partner {row.partner}" if row.partner else ""
    lines = (
        f"{row.reference}  {row.state}, {row.priority} priority",
        f"  about      {row.topic} ({row.category})",
        f"  for        {row.customer}, sold by {row.seller}{partner}",
        f"  with       {row.organisation}, {row.agent or 'nobody assigned'}",
        f"  opened     {row.opened_at:%Y-%m-%d %H:%M:%S}, last move {row.last_move_at:%Y-%m-%d %H:%M:%S} UTC",
        f"  hand-overs {row.hand_overs_up} up, {row.hand_overs_down} down; reopened {row.reopened} times; "
        f"{row.effort_minutes} minutes of effort",
    )
    for line in lines:
        screen.print(line, markup=False)
    if row.waiting_since:
        screen.print(f"  waits for the customer since {row.waiting_since:%Y-%m-%d %H:%M:%S} UTC")


def print_timeline(case: str, timeline: list[TimelineEvent]) -> None:
    """A case's events, for a person, at 80 columns."""
    columns = [
        Column("", right=True),
        Column("occurred (UTC)", narrow=True),
        Column("what", narrow=True),
        Column("by"),
        Column("state", narrow=True),
        Column("agent"),
    ]
    rows = [
        (
            event.version,
            event.occurred_at,
            f"{event.type.replace('_', ' ')}{' (implied)' if event.implied else ''}",
            event.person,
            event.state,
            event.agent,
        )
        for event in timeline
    ]
    print_table(f"Timeline of {case}", columns, rows)


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


def workload(as_json: JsonOption = False) -> None:
    """Show the workload: what is open, where, how old; what came in and went out; how cases moved.

    Example: casecore workload
    """
    with errors_as_exits():
        summary = summarise(find_addresses(read_settings()).database)
        if as_json:
            print_json(summary)
        else:
            print_workload(summary)


def stored_events(addresses: Addresses, case: str) -> list[StoredEvent]:
    """A case's events as the store has them; raises CaseUnknown, DatabaseUnavailable."""
    with LogReader(addresses.database) as log:
        stored = log.stream(case_stream_id(case))
    if not stored:
        raise CaseUnknown(case)
    return stored


def _timeline_fields(event: TimelineEvent) -> dict[str, object]:
    return {**event._asdict(), "changed": msgspec.Raw(event.changed), "body": msgspec.Raw(event.body)}
