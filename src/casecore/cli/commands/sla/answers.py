"""`casecore sla case|due|report|unmatched`: what the view answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from casecore.app.service_levels.answers import due as list_due
from casecore.app.service_levels.answers import report as make_report
from casecore.app.service_levels.clocks import clocks_of_case
from casecore.app.service_levels.words import clock_name, hours_text
from casecore.cli.command_group import Commands
from casecore.cli.command_options import CaseArgument, JsonOption
from casecore.cli.commands.sla.figures import print_clocks, print_holders
from casecore.cli.commands.sla.options import (
    AsOfOption,
    CasesOption,
    CustomerOption,
    MostCasesOption,
    PolicyIdOption,
    RecordedByOption,
    ReportedAgentOption,
    SellerOption,
    TopicOption,
    read_as_known,
    read_topic,
    read_within,
)
from casecore.cli.commands.sla.report_tables import show_report
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out, with_freshness
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    bar_of_share,
    number,
    print_json,
    print_rows,
    screen,
    short,
)
from casecore.cli.zone import day_in_zone
from casecore.contract.cases import Level, Priority
from casecore.contract.service_levels import Clock
from casecore.errors.kinds import InvalidInput
from projections.sla.queries import (
    ClockAnswer,
    DueFilter,
    WithoutPolicy,
    without_policy,
)
from projections.sla.reports import AttainmentFilter

OrganisationOption = Annotated[str | None, typer.Option(help="Only this organisation's promises.")]
LevelOption = Annotated[Level | None, typer.Option(help="Only this level's clocks.")]

_DUE: Columns[ClockAnswer] = (
    short("due", lambda c: c.due_at),
    short("case", lambda c: c.reference),
    PrintedColumn("customer", lambda c: c.customer),
    PrintedColumn("clock", lambda c: clock_name(c.clock, c.level, c.number)),
    number("left", lambda c: hours_text(int(c.remaining_seconds)).rpartition(":")[0], narrow=True),
    short("", lambda c: "late" if c.overdue else "risk" if c.at_risk else None),
    short("prio", lambda c: c.priority),
    PrintedColumn("with", lambda c: c.case_agent or c.case_organisation),
)
_UNMATCHED: Columns[WithoutPolicy] = (
    short("case", lambda case: case.reference),
    PrintedColumn("customer", lambda case: case.customer),
    PrintedColumn("seller", lambda case: case.seller),
    PrintedColumn("topic", lambda case: case.topic),
    short("opened", lambda case: day_in_zone(case.opened_at)),
    PrintedColumn("nothing covers", lambda case: ", ".join(case.without_policy)),
)


def show_case(
    case: CaseArgument,
    at: AsOfOption = "",
    recorded_by: RecordedByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show a case's clocks and who held it, as new as what you did last.

    Example: casecore sla case C-7K3M-92QF
    """
    with opened() as app:
        clocks, holders, fresh = clocks_of_case(app, case, read_as_known(at, recorded_by))
        if as_json:
            shown = {"case": case, "clocks": clocks, "holders": holders, "fresh": fresh}
            print_json(with_freshness(app, shown))
            return
        print_clocks(f"Clocks of {case}", clocks)
        if not clocks:
            screen.print("No policy is pinned to it: see `casecore case policy`.")
        age = hours_text(sum(holder.seconds for holder in holders))
        print_holders(f"Who held {case}; its age is {age}", holders)


def due(
    organisation: OrganisationOption = None,
    level: LevelOption = None,
    overdue: Annotated[
        bool | None, typer.Option("--overdue/--ahead", help="Only what is overdue, or only what is not.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only cases that this agent has.")] = None,
    customer: CustomerOption = None,
    seller: SellerOption = None,
    within: Annotated[
        str, typer.Option(metavar="DURATION", help="Only what falls due so soon, such as 2h or 90m.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 20,
    at: AsOfOption = "",
    recorded_by: RecordedByOption = "",
    as_json: JsonOption = False,
) -> None:
    """List what falls due next; what is overdue comes first.

    Of an instant before the last event it is computed from all events. Ends with 5 if a case was left out,
    since only a newer program can read it.

    Example: casecore sla due --organisation vendor --ahead
    """
    with opened(as_json) as app:
        which = DueFilter(
            organisation,
            level.value if level else None,
            overdue,
            limit,
            agent,
            customer,
            seller,
            read_within(within) if within else None,
        )
        with bar_of_share("all cases", quiet=as_json) as bar:
            found = list_due(app, which, read_as_known(at, recorded_by), lambda done: bar(done, ""))
        print_rows(f"What falls due next ({len(found.clocks)})", _DUE, found.clocks, as_json)
        _end_if_left_out(found.left_out, quiet=as_json)


def report(
    organisation: OrganisationOption = None,
    level: LevelOption = None,
    clock: Annotated[Clock | None, typer.Option(help="Only this clock.")] = None,
    priority: Annotated[Priority | None, typer.Option(help="Only this priority.")] = None,
    since: Annotated[str, typer.Option(metavar="YYYY-MM", help="From this month on.")] = "",
    until: Annotated[str, typer.Option(metavar="YYYY-MM", help="Until this month.")] = "",
    customer: CustomerOption = None,
    seller: SellerOption = None,
    topic: TopicOption = None,
    agent: ReportedAgentOption = None,
    policy: PolicyIdOption = None,
    cases: CasesOption = False,
    limit: MostCasesOption = 1_000,
    at: AsOfOption = "",
    recorded_by: RecordedByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Report how many clocks were met and missed, by month, organisation, clock and priority.

    A clock counts in the month (Europe/Berlin) in which it was met or missed, whichever came first. Later
    facts may change a month: --recorded-by gives the report as it was sent. Ends with 5 if a case was left
    out, since only a newer program can read it.

    Example: casecore sla report --clock resolution --since 2013-01 --until 2013-06
    """
    with opened() as app:
        which = AttainmentFilter(
            organisation,
            level.value if level else None,
            clock.value if clock else None,
            priority.value if priority else None,
            _month("--since", since),
            _month("--until", until),
            customer,
            seller,
            read_topic(topic),
            agent,
            policy,
        )
        with bar_of_share("all cases", quiet=as_json) as bar:
            as_known, most = read_as_known(at, recorded_by), limit if cases else 0
            found = make_report(app, which, as_known, lambda done: bar(done, ""), most)
        show_report(app, found, cases, as_json)
        _end_if_left_out(found.left_out, quiet=as_json)


def unmatched(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the cases for which no policy matched, so that they have no clock.

    Example: casecore sla unmatched --limit 5
    """
    with opened(as_json) as app:
        found = app.ask(without_policy, limit)
        title = f"Cases that have no policy for something, the newest {len(found)}"
        print_rows(title, _UNMATCHED, found, as_json)


def _end_if_left_out(names: tuple[str, ...], quiet: bool) -> None:
    if not names:
        return
    if not quiet:
        print_left_out(names)
    raise typer.Exit(Exit.DIFFERENCE)


def _month(option: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise InvalidInput(f"{option} {text!r} is not a month; one is 2026-03") from None


COMMANDS: Commands = {"case": show_case, "due": due, "report": report, "unmatched": unmatched}
