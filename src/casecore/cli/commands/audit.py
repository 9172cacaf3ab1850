"""`casecore audit`: whether everything matches the log."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app import views
from casecore.app.running.processes import follow_audit
from casecore.app.views import AuditReport
from casecore.audit.follower import Budget
from casecore.audit.run_once import TopicAudit
from casecore.cli.command_options import JsonOption, PortOption, ProcessesOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import print_json, screen
from casecore.cli.view_reports import bars, print_report, report_fields


def audit(
    as_json: JsonOption = False,
    following: Annotated[
        bool, typer.Option("--follow", help="Go on beside production until stopped; report as metrics.")
    ] = False,
    share: Annotated[
        float, typer.Option(help="With --follow: percent of one core that it uses at most.", min=0.1, max=100)
    ] = 100 * Budget().share,
    events: Annotated[
        int, typer.Option(help="With --follow: events that it compares in a second at most.", min=1)
    ] = Budget().events,
    keys: Annotated[
        int, typer.Option(help="With --follow: keys that it compares in each view in a second.", min=1)
    ] = Budget().keys,
    processes: ProcessesOption = None,
    health_port: PortOption = None,
) -> None:
    """Compare store, topics and views row by row, and name the first difference; ends with 5 if there is one.

    What only a newer program can read is named and left out, and it ends with 5 then too.

    With --follow it begins with the first event, at the pace that the options allow, and then compares each
    new one with its record, and the keys of all views round and round. What differs is logged, counted in a
    metric, and said by its health check; it does not end it. Waiting for who is away or behind is no
    difference.

    Example: casecore audit --follow --share 5 --events 1000 --keys 10
    """
    with opened() as app:
        if following:
            follow_audit(app, Budget(share / 100, events, keys), health_port)
            return
        with bars(quiet=as_json) as show:
            on_topics = (lambda _: None) if as_json else _print_topics
            report = views.audit(app, processes, show, on_topics)
        if as_json:
            print_json(_fields(report))
        else:
            for view in report.views:
                print_report(view)
            screen.print(_verdict(report))
            print_left_out(report.left_out)
        if report.differs or report.left_out:
            raise typer.Exit(Exit.DIFFERENCE)


def _verdict(report: AuditReport) -> str:
    if report.differs:
        return "[bold red]There is a difference.[/]"
    unread = [view.view for view in report.views if view.left_out]
    if unread:
        return f"No difference; not compared, since a newer program keeps them: {', '.join(unread)}."
    return "No difference."


def _print_topics(found: TopicAudit) -> None:
    screen.print(f"store and topics: {found.events:,} events compared, up to position {found.position}")
    if found.difference:
        screen.print(f"  first difference: {found.difference.place}", markup=False)
        screen.print(f"    the store has {found.difference.store}", markup=False)
        screen.print(f"    the topic has {found.difference.topic}", markup=False)


def _fields(report: AuditReport) -> dict[str, object]:
    difference = report.topics.difference
    topics = report.topics._asdict()
    if difference is not None:
        topics["difference"] = {
            "place": difference.place,
            "store": difference.store,
            "topic": difference.topic,
        }
    return {
        "topics": topics,
        "views": [report_fields(view) for view in report.views],
        "differs": report.differs,
        "left_out": report.left_out,
    }
