"""The demo from its beginning to its end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.rule import Rule

from casecore.app.actors import parse_actor
from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.app.logging_in.demo_people import invite_demo_people
from casecore.app.service_levels.pinning import pin_policy
from casecore.app.service_levels.policies_and_calendars import publish_calendar, publish_policy
from casecore.app.settings import read_settings
from casecore.app.views import wait_until_folded
from casecore.cases.topics import TOPICS
from casecore.cli.commands.case.timeline import print_timeline
from casecore.cli.commands.demo.billing import bill, print_billing
from casecore.cli.commands.demo.files import LOG, MAPPING, POLICIES
from casecore.cli.commands.demo.kept import open_cases, print_kept
from casecore.cli.commands.demo.one_case import REFERENCE, play
from casecore.cli.commands.demo.own_servers import own_servers
from casecore.cli.commands.import_log import import_with_bar, print_summary
from casecore.cli.commands.policy.pinning import print_pinned
from casecore.cli.commands.sla.figures import print_attainment, print_clocks
from casecore.cli.commands.workload import print_workload
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import bar_of_share, screen
from casecore.cli.view_reports import bars
from casecore.contract.streams import CASES
from casecore.service_levels.policy_file import calendar_path, read_policy
from projections.catalogue import VIEWS
from projections.kit.reading.waiting import wait_for_version
from projections.sla.queries import clocks_of
from projections.sla.reports import AttainmentFilter, attainment
from projections.timeline.queries import timeline_of
from projections.workload.queries import summarise

CATCH_UP_LIMIT_SECONDS = 600
"""Usually they take some ten; on a machine that is busy with other things, minutes."""
_HELPDESK = "helpdesk"
_LAST_MONTHS = date(2013, 11, 1)


def demo(
    log: Annotated[
        Path,
        typer.Option(
            help="The log to import; else the example.", exists=True, dir_okay=False, show_default=False
        ),
    ] = LOG,
    mapping: Annotated[
        Path,
        typer.Option(
            help="What its rows mean; else the example.", exists=True, dir_okay=False, show_default=False
        ),
    ] = MAPPING,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Leave it up afterwards, with a page to log in to as one of five people."
        ),
    ] = False,
) -> None:
    """Start servers of its own, import a help desk's log, play a case live, show the views, and stop all.

    With --keep nothing is stopped: the address of its page is printed, and `casecore down` ends it.

    Example: casecore demo
    """
    with errors_as_exits():
        started_at = monotonic()
        with own_servers(read_settings(), keep=keep) as app:
            _tell(app, log, mapping)
            if keep:
                open_cases(app, datetime.now(UTC))
                _wait_for_views(app)
                invite_demo_people(app.settings, datetime.now(UTC))
        left = "the demo is left up." if keep else "nothing is left running."
        screen.print(f"Done in {monotonic() - started_at:.0f} seconds; {left}")
        if keep:
            print_kept(app.settings, log)


def _tell(app: Application, log: Path, mapping: Path) -> None:
    policies = _publish(app)
    _heading("A real help desk's log, from file to view")
    rejects = app.settings.home.parent / "demo.rejects.csv"  # it outlives the demo
    print_summary(import_with_bar(app, log, mapping, rejects, quiet=False))
    for policy in policies:
        _pin(app, policy)
    _wait_for_views(app)
    _heading("One case, live")
    last = play(app)
    for view in (name for name, view in VIEWS.items() if CASES in view.kinds):
        app.ask(wait_for_version, VIEWS[view], last.stream_id, last.version, CATCH_UP_LIMIT_SECONDS)
    print_timeline(REFERENCE, app.ask(timeline_of, REFERENCE))
    print_clocks(f"Clocks of {REFERENCE}", app.ask(clocks_of, REFERENCE))
    _heading("Software maintenance, billed")
    bill(app)
    _wait_for_views(app)
    print_billing(app)
    _heading("Service levels of the help desk")
    which = AttainmentFilter(_HELPDESK, clock="resolution", first_month=_LAST_MONTHS)
    print_attainment(app.ask(attainment, which))
    _heading("The workload")
    print_workload(app.ask(summarise, limit=5))


def _wait_for_views(app: Application) -> None:
    """Wait, with a bar for each view, until the views have folded all that is stored; raises ViewsBehind."""
    with bars(quiet=False, keep=True) as show:
        wait_until_folded(
            app, CATCH_UP_LIMIT_SECONDS, lambda view, done, total: show(f"view {view}", done, total)
        )


def _heading(text: str) -> None:
    screen.print()
    screen.print(Rule(text, align="left"))


def _publish(app: Application) -> list[str]:
    """Publish the examples' policies, each with its calendar; returns the ids of the help desk's own."""
    vendors_agent = parse_actor(f"vendor:{app.settings.vendor}:demo")
    context, helpdesk = CommandContext(vendors_agent), []
    for file in POLICIES:
        definition = read_policy(file, TOPICS)
        publish_calendar(app, calendar_path(definition, file), context)
        published = publish_policy(app, file, context)
        if definition.organisation == _HELPDESK:
            helpdesk.append(published.id)
    screen.print(f"{len(POLICIES)} policies are published, each with its calendar.")
    return helpdesk


def _pin(app: Application, policy: str) -> None:
    with bar_of_share(f"pinning {policy}", quiet=False) as bar:
        found, pinned = pin_policy(
            app, policy, None, parse_actor(f"seller:{_HELPDESK}:demo"), "imported", lambda done: bar(done, "")
        )
    print_pinned(found, pinned)
