"""`casecore sla whatif`: all of history under other policies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

import typer

from casecore.app.service_levels.what_if import what_if_history
from casecore.app.service_levels.words import clock_name, percent_text
from casecore.cli.command_group import Commands
from casecore.cli.command_options import InstantOption, JsonOption, ProcessesOption, read_as_of
from casecore.cli.commands.sla.evaluate import PolicyOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import Columns, PrintedColumn, bar_of_share, number, print_json, print_table, screen
from casecore.cli.zone import in_zone
from casecore.errors.kinds import InvalidInput
from casecore.evaluation.whatif import ClockChange, ClockName, Result

_ClockCounts: TypeAlias = tuple[ClockName, dict[str, int], dict[str, int]]
"""A clock, and how many of it have which status: as it is, and under the policies."""

_BEFORE_AND_THEN: Columns[_ClockCounts] = (
    PrintedColumn("clock", lambda counts: clock_name(*counts[0], 1)),
    number("met", lambda counts: _count(counts[1], "met")),
    number("missed", lambda counts: _count(counts[1], "missed")),
    number("attained", lambda counts: _attained(counts[1])),
    number("then met", lambda counts: _count(counts[2], "met")),
    number("missed", lambda counts: _count(counts[2], "missed")),
    number("attained", lambda counts: _attained(counts[2])),
)
_CHANGES: Columns[ClockChange] = (
    PrintedColumn("case", lambda change: change.case),
    PrintedColumn("clock", lambda change: clock_name(change.clock, change.level, change.number)),
    PrintedColumn("status", lambda change: f"{change.before or '-'} > {change.after or '-'}"),
    PrintedColumn("because", lambda change: change.reason),
)


def what_if_report(
    policy: PolicyOption = None,
    at: InstantOption = "",
    limit: Annotated[int, typer.Option(min=0, max=1_000_000, help="How many changes to show.")] = 20,
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try policies on the whole history, case by case; nothing is changed.

    A policy takes the place of the one with its id. Else it applies by its own match, where it would win or
    no policy was, whenever it is in force. A calendar that is published is taken as it was published. Ends
    with 5 if a case was left out, since only a newer program can read it.

    Example: casecore sla whatif --policy docs/service-levels/vendor-level-1.toml
    """
    with opened() as app:
        if not policy:
            raise InvalidInput("no policy is given: name one with --policy")
        at_instant = read_as_of(at)
        with bar_of_share("all cases", quiet=as_json) as bar:
            result = what_if_history(app, policy, at_instant, limit, processes, lambda done: bar(done, ""))
        if as_json:
            print_json({"at": at_instant, **_fields(result)})
        else:
            _print_result(result, at_instant)
            print_left_out(result.left_out)
        if result.left_out:
            raise typer.Exit(Exit.DIFFERENCE)


def _fields(result: Result) -> dict[str, object]:
    return {
        "cases": result.cases,
        "events": result.events,
        "cases_changed": result.cases_changed,
        "cases_beyond_calendar": result.uncovered,
        "clocks": [
            {"clock": clock, "level": level, "before": before, "after": after}
            for (clock, level), before, after in result.clocks()
        ],
        "changes": [
            {
                "case": change.case,
                "clock": change.clock,
                "level": change.level,
                "number": change.number,
                "before": change.before,
                "after": change.after,
                "reason": change.reason,
            }
            for change in result.changes
        ],
        "left_out": result.left_out,
    }


def _print_result(result: Result, at: datetime) -> None:
    title = f"{result.cases:,} cases, as of {in_zone(at)}: before and then"
    print_table(title, _BEFORE_AND_THEN, result.clocks())
    screen.print()
    screen.print(f"{result.cases_changed:,} cases would change.")
    if result.uncovered:
        screen.print(
            f"The calendar does not reach {result.uncovered:,} cases: their figures are not complete."
        )
    if result.changes:
        title = f"The first {len(result.changes)} clocks that would stand otherwise"
        print_table(title, _CHANGES, result.changes)


def _count(statuses: dict[str, int], status: str) -> str:
    return f"{statuses.get(status, 0):,}"


def _attained(statuses: dict[str, int]) -> str | None:
    return percent_text(statuses.get("met", 0), statuses.get("missed", 0))


COMMANDS: Commands = {"whatif": what_if_report}
