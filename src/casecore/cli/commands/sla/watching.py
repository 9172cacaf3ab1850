"""`casecore sla watch`: what falls due becomes an event of its case."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer

from casecore.app.application import Application
from casecore.app.running.stopping import stop_on_signals
from casecore.app.service_levels.watching import (
    Listener,
    count_what_is_due,
    record_what_is_due,
    run_watch,
)
from casecore.app.service_levels.words import clock_name
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out, with_freshness
from casecore.cli.output import Columns, number, print_json, print_table, screen, short
from casecore.cli.zone import in_zone
from casecore.contract.cases import Level
from casecore.contract.service_levels import Clock
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.watch_count import ClockAtLevel, NoteCount

_DUE: Columns[NoteCount] = (
    short("clock", lambda count: _name(count.clock, count.level)),
    number("warnings", lambda count: f"{count.warnings:,}"),
    number("misses", lambda count: f"{count.misses:,}"),
    number("of long ago", lambda count: f"{count.long_ago:,}"),
    number("withdrawals", lambda count: f"{count.withdrawals:,}"),
)


def watch(
    every: Annotated[float, typer.Option(min=0.1, max=86_400, help="Seconds between two looks.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, until nothing is left to record.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Say what a look would record now, and record nothing.")
    ] = False,
    health_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of /health and /metrics; 0 for none.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Record warnings and misses as events of the cases, once each, for all who subscribe to them.

    It may run twice, be killed and be run again: the same events come out, once. Before it records misses
    that fell due more than a day ago, it says how many. With --once and --check it ends with 5 if a case was
    left out, since only a newer program can read it. `casecore up` runs one.

    Example: casecore sla watch --every 30
    """
    with opened() as app:
        # A watch that goes on names each as soon as it finds it.
        goes_on = not (once or check)
        left_out = LeftOut(lambda name: print_left_out([name]) if goes_on and not as_json else None)
        listener = Listener() if as_json else Listener(_print_long_ago, _print_recorded)
        if check:
            stop = stop_on_signals()
            due = count_what_is_due(app, stop, left_out)
            if stop.is_set():  # half a count would be taken for the whole
                raise typer.Exit(Exit.INTERRUPTED)
            _print_due(app, due, left_out, as_json)
        else:
            recorded = (
                record_what_is_due(app, stop_on_signals(), left_out, listener).recorded
                if once
                else run_watch(app, every, listener, left_out, health_port)
            )
            if as_json:
                shown = {"recorded": recorded, "left_out": left_out.names()}
                print_json(with_freshness(app, shown))
            elif once:
                screen.print(f"{recorded:,} warnings, misses and withdrawals recorded.")
                print_left_out(left_out.names())
        if not goes_on and left_out.names():
            raise typer.Exit(Exit.DIFFERENCE)


def _print_due(app: Application, due: list[NoteCount], left_out: LeftOut, as_json: bool) -> None:
    if as_json:
        print_json(with_freshness(app, {"due": due, "left_out": left_out.names()}))
        return
    print_table("What a look of the watch would record now", _DUE, due)
    print_left_out(left_out.names())


def _print_long_ago(misses: Counter[ClockAtLevel]) -> None:
    clocks = "; ".join(f"{_name(*clock)} {count:,}" for clock, count in misses.items())
    _say(f"misses that fell due more than a day ago and are recorded now: {misses.total():,} ({clocks})")


def _print_recorded(events: int) -> None:
    _say(f"recorded {events:,} events")


def _say(what: str) -> None:
    screen.print(f"{in_zone(datetime.now(UTC))}: {what}", markup=False, soft_wrap=True)


def _name(clock: Clock, level: Level | None) -> str:
    return clock_name(clock.value, level.value if level else None, 1)


COMMANDS: Commands = {"watch": watch}
