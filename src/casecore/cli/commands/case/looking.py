"""`casecore case list|show|topics`: what the views answer about cases."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.cases import stored_events
from casecore.app.seen.case import look_at_case
from casecore.app.seen.timeline import look_at_timeline
from casecore.cases.topics import TOPICS, Topic
from casecore.cli.command_group import Commands
from casecore.cli.command_options import CaseArgument, JsonOption
from casecore.cli.commands.case.timeline import print_timeline, timeline_fields
from casecore.cli.door import opened
from casecore.cli.left_out import with_freshness
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    print_json,
    print_lines,
    print_rows,
    print_table,
    screen,
    short,
)
from casecore.cli.screens import write_json
from casecore.cli.zone import day_in_zone, in_zone
from casecore.contract.cases import Level, State
from casecore.contract.wire import to_lines
from projections.workload.case_list import CaseFilter, list_cases
from projections.workload.tables import CaseRow

MOST_SHOWN = 1_000
"""Events of a case that `show` prints as a table; --events prints them all."""

_CASES: Columns[CaseRow] = (
    short("case", lambda case: case.reference),
    short("state", lambda case: case.state),
    PrintedColumn("with", lambda case: case.organisation),
    PrintedColumn("agent", lambda case: case.agent),
    short("priority", lambda case: case.priority),
    PrintedColumn("topic", lambda case: case.topic),
    short("opened", lambda case: day_in_zone(case.opened_at)),
)
_TOPICS: Columns[Topic] = (
    short("topic", lambda topic: topic.id),
    PrintedColumn("title", lambda topic: topic.title),
    short("level", lambda topic: topic.level.value),
)


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
    with opened(as_json) as app:
        which = CaseFilter(
            state=state.value if state else None,
            level=level.value if level else None,
            organisation=organisation,
            agent=agent,
            customer=customer,
            open_only=not closed and state is None,
            limit=limit,
        )
        rows = app.ask(list_cases, which)
        print_rows(f"Cases ({len(rows)})", _CASES, rows, as_json)


def show(
    case: CaseArgument,
    events: Annotated[bool, typer.Option("--events", help="Print the case's events as JSON Lines.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a case and its timeline, as new as what you did last; with --events, from the store itself.

    Example: casecore case show C-7K3M-92QF
    """
    with opened() as app:
        if events:
            write_json(to_lines(stored_events(app, case)).decode().removesuffix("\n"))
            return
        found = look_at_case(app, case, None)
        happened = look_at_timeline(app, case, None, after=0, most_events=MOST_SHOWN)
        timeline = [seen.event for seen in happened.events]
        if as_json:
            events_of = [timeline_fields(event) for event in timeline]
            fresh = found.fresh and happened.fresh
            print_json(with_freshness(app, {"case": found.row, "timeline": events_of, "fresh": fresh}))
            return
        if found.row is not None:
            print_case(found.row)
        print_timeline(case, timeline)


def topics(as_json: JsonOption = False) -> None:
    """List what a case can be about, and at which level each topic starts.

    Example: casecore case topics
    """
    listed = list(TOPICS.values())
    if as_json:
        print_json([_topic_fields(topic) for topic in listed])
    else:
        print_table("Topics", _TOPICS, listed)


def print_case(row: CaseRow) -> None:
    """A case, for a person."""
    partner = f", partner {row.partner}" if row.partner else ""
    lines = (
        f"{row.reference}  {row.state}, {row.priority} priority",
        f"  about      {row.topic} ({row.category})",
        f"  for        {row.customer}, sold by {row.seller}{partner}",
        f"  with       {row.organisation}, {row.agent or 'nobody assigned'}",
        f"  opened     {in_zone(row.opened_at)}, last move {in_zone(row.last_move_at)}",
        f"  hand-overs {row.hand_overs_up} up, {row.hand_overs_down} down; reopened {row.reopened} times; "
        f"{row.effort_minutes} minutes of effort",
    )
    print_lines(lines)
    if row.waiting_since:
        screen.print(f"  waits for the customer since {in_zone(row.waiting_since)}")


def _topic_fields(topic: Topic) -> dict[str, object]:
    return {"topic": topic.id, "title": topic.title, "category": topic.category, "level": topic.level}


COMMANDS: Commands = {"list": list_open, "show": show, "topics": topics}
