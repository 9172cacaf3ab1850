"""`casecore sla case|due|report|unmatched|watch`: what the view answers, and what becomes an event of it."""

from __future__ import annotations

import signal
from datetime import UTC, date, datetime
from threading import Event
from typing import Annotated

import typer

from casecore.cli import trial, whatif
from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.exits import errors_as_exits
from casecore.cli.figures import clock_name, print_attainment, print_clocks, print_holders
from casecore.cli.giving import CaseArgument, JsonOption, open_bus
from casecore.cli.look import BEHIND_LIMIT_SECONDS, stored_events
from casecore.cli.output import Column, hours_text, instant_text, print_json, print_table, screen
from casecore.cli.settings import Settings, read_settings
from casecore.cli.trial import InstantOption, read_at
from casecore.clocks.instants import instant
from casecore.contract.cases import Level, Priority
from casecore.contract.service_levels import Clock
from casecore.errors.kinds import InvalidInput
from casecore.evaluation.histories import case_of
from casecore.evaluation.watch import watch_cases
from casecore.store.log import LogReader
from projections.kit.reading.waiting import wait_for_version
from projections.sla.projection import SLA
from projections.sla.queries import (
    AttainmentFilter,
    DueFilter,
    attainment,
    clocks_of,
    count_without_policy,
    due_next,
    holders_of,
    notes_due,
    without_policy,
)

_PAGE = 500
"""Cases that the watch looks at together: a few thousand events in memory, usually."""

app = typer.Typer(no_args_is_help=True, help="Service levels: every clock of every case, and who held it.")
trial.add_to(app)
whatif.add_to(app)

OrganisationOption = Annotated[str | None, typer.Option(help="Only this organisation's promises.")]
LevelOption = Annotated[Level | None, typer.Option(help="Only this level's clocks.")]


@app.command("case")
def show_case(case: CaseArgument, at: InstantOption = "", as_json: JsonOption = False) -> None:
    """Show a case's clocks and who held it, as new as what you did last.

    --at takes an instant after the case's last event; `sla explain` and `sla evaluate` know earlier ones.

    Example: casecore sla case C-7K3M-92QF
    """
    with errors_as_exits():
        addresses = find_addresses(read_settings())
        asked_at = read_at(at) if at else None
        fresh = _wait_for(addresses, case, asked_at)
        clocks = clocks_of(addresses.database, case, asked_at)
        holders = holders_of(addresses.database, case, asked_at)
        if as_json:
            print_json({"case": case, "clocks": clocks, "holders": holders, "fresh": fresh})
            return
        print_clocks(f"Clocks of {case}", clocks)
        if not clocks:
            screen.print("No policy is pinned to it: see `casecore case policy`.")
        age = hours_text(sum(holder.seconds for holder in holders))
        print_holders(f"Who held {case}; its age is {age}", holders)
        if not fresh:
            screen.print("The view is behind the store: is the relay running? See `casecore status`.")


@app.command()
def due(
    organisation: OrganisationOption = None,
    level: LevelOption = None,
    overdue: Annotated[
        bool | None, typer.Option("--overdue/--ahead", help="Only what is overdue, or only what is not.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 20,
    at: InstantOption = "",
    as_json: JsonOption = False,
) -> None:
    """List what falls due next; what is overdue comes first.

    Example: casecore sla due --organisation vendor --ahead
    """
    with errors_as_exits():
        which = DueFilter(organisation, level.value if level else None, overdue, limit)
        clocks = due_next(find_addresses(read_settings()).database, which, read_at(at) if at else None)
        if as_json:
            print_json(clocks)
            return
        columns = [
            Column("due (UTC)", narrow=True),
            Column("case", narrow=True),
            Column("clock"),
            Column("promised by"),
            Column("left", right=True, narrow=True),
            Column("", narrow=True),
        ]
        rows = [
            (
                f"{c.due_at:%Y-%m-%d %H:%M}",
                c.reference,
                clock_name(c.clock, c.level, c.number),
                c.policy_organisation,
                hours_text(int(c.remaining_seconds)),
                "overdue" if c.overdue else "at risk" if c.at_risk else None,
            )
            for c in clocks
        ]
        print_table(f"What falls due next ({len(rows)})", columns, rows)


@app.command()
def report(
    organisation: OrganisationOption = None,
    level: LevelOption = None,
    clock: Annotated[Clock | None, typer.Option(help="Only this clock.")] = None,
    priority: Annotated[Priority | None, typer.Option(help="Only this priority.")] = None,
    since: Annotated[str, typer.Option(metavar="YYYY-MM", help="From this month on.")] = "",
    until: Annotated[str, typer.Option(metavar="YYYY-MM", help="Until this month.")] = "",
    at: InstantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Report how many clocks were met and missed, by month, organisation, clock and priority.

    A clock counts in the month (Europe/Berlin) in which it was met or missed, whichever came first.

    Example: casecore sla report --clock resolution --since 2013-01 --until 2013-06
    """
    with errors_as_exits():
        which = AttainmentFilter(
            organisation,
            level.value if level else None,
            clock.value if clock else None,
            priority.value if priority else None,
            _month("--since", since),
            _month("--until", until),
        )
        database = find_addresses(read_settings()).database
        found = attainment(database, which, read_at(at) if at else None)
        lacking = count_without_policy(database)
        if as_json:
            print_json({"attainment": found, "cases_without_policy": lacking})
            return
        print_attainment(found)
        if lacking:
            screen.print(f"\n{lacking:,} cases have no policy for something: casecore sla unmatched")


@app.command()
def unmatched(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the cases for which no policy matched, so that they have no clock.

    Example: casecore sla unmatched --limit 5
    """
    with errors_as_exits():
        found = without_policy(find_addresses(read_settings()).database, limit)
        if as_json:
            print_json(found)
            return
        columns = [
            Column("case", narrow=True),
            Column("customer"),
            Column("seller"),
            Column("topic"),
            Column("opened", narrow=True),
            Column("nothing covers"),
        ]
        rows = [
            (
                case.reference,
                case.customer,
                case.seller,
                case.topic,
                f"{case.opened_at:%Y-%m-%d}",
                ", ".join(case.without_policy),
            )
            for case in found
        ]
        print_table(f"Cases that have no policy for something, the newest {len(rows)}", columns, rows)


@app.command()
def watch(
    every: Annotated[float, typer.Option(min=0.1, max=86_400, help="Seconds between two looks.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, until nothing is left to record.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Record warnings and misses as events of the cases, once each, for all who subscribe to them.

    It may run twice, be killed and be run again: the same events come out, once.

    Example: casecore sla watch --every 30
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        ended = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ended.set())
        recorded = 0
        while True:
            found = _look(settings, addresses, ended)
            recorded += found
            if found and not as_json:
                screen.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC: recorded {found:,} events")
            if once or ended.wait(every):
                break
        if as_json:
            print_json({"recorded": recorded})
        elif once:
            screen.print(f"{recorded:,} warnings, misses and withdrawals recorded.")


def _look(settings: Settings, addresses: Addresses, ended: Event) -> int:
    """Record all that is due, page by page; returns how many events."""
    recorded = 0
    with open_bus(settings, addresses) as bus, LogReader(addresses.database) as log:
        at, last = datetime.now(UTC), None
        while not ended.is_set():
            cases = notes_due(addresses.database, at, last, _PAGE)
            if not cases:
                break
            recorded += watch_cases([case.case_id for case in cases], at, log, bus)
            last = cases[-1]  # what cannot be recorded now does not hold up what comes after it
    return recorded


def _wait_for(addresses: Addresses, reference: str, asked_at: datetime | None) -> bool:
    """Wait until the view has come as far as the store with a case.

    Raises CaseUnknown, and InvalidInput for an instant at which the view does not know it any more.
    """
    stored = stored_events(addresses, reference)
    case = case_of(stored)
    assert case is not None, "a stream that is found by a case's reference is that case"
    last_at = instant(max(happened.at for happened in case.events))
    if asked_at is not None and asked_at < last_at:
        raise InvalidInput(
            f"the last event of {reference} is of {instant_text(last_at)} UTC: name a later instant, "
            f"or ask `casecore sla explain`, or `casecore sla evaluate` with the case's events"
        )
    last = stored[-1]
    return wait_for_version(addresses.database, SLA, last.stream_id, last.version, BEHIND_LIMIT_SECONDS)


def _month(option: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise InvalidInput(f"{option} {text!r} is no month; one is 2026-03") from None
