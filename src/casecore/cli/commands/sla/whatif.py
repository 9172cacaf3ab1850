"""`casecore sla whatif`: all of history under other policies."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

import typer

from casecore.app.clocks import clock_name, what_if_history
from casecore.cli.command_group import Commands
from casecore.cli.command_options import InstantOption, JsonOption, ProcessesOption, read_as_of
from casecore.cli.commands.sla.evaluate import PolicyOption
from casecore.cli.door import opened
from casecore.cli.output import Column, bar_of_share, print_json, print_table, screen
from casecore.errors.kinds import InvalidInput
from casecore.evaluation.whatif import Result


def what_if_report(
    policy: PolicyOption = None,
    at: InstantOption = "",
    limit: Annotated[int, typer.Option(min=0, max=1_000_000, help="How many changes to show.")] = 20,
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try policies on the whole history, case by case; nothing is changed.

    A policy takes the place of the one with its id. Else it applies by its own match, where it would win or
    no policy was, whenever it is in force. A calendar that is published is taken as it was published.

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
        "changes": result.changes,
    }


def percent_text(met: int, missed: int) -> str | None:
    """The share that was met, to a tenth of a percent, halves up as in the view; None without any."""
    if not met + missed:
        return None
    share = Decimal(100 * met) / (met + missed)
    return f"{share.quantize(Decimal('0.1'), ROUND_HALF_UP)} %"


def _print_result(result: Result, at: datetime) -> None:
    columns = [
        Column("clock"),
        Column("met", right=True),
        Column("missed", right=True),
        Column("attained", right=True),
        Column("then met", right=True),
        Column("missed", right=True),
        Column("attained", right=True),
    ]
    rows = []
    for (clock, level), *sides in result.clocks():
        cells: list[object] = [clock_name(clock, level, 1)]
        for counts in sides:
            met, missed = counts.get("met", 0), counts.get("missed", 0)
            cells += [f"{met:,}", f"{missed:,}", percent_text(met, missed)]
        rows.append(cells)
    print_table(f"{result.cases:,} cases, as of {at:%Y-%m-%d %H:%M} UTC: before and then", columns, rows)
    screen.print()
    screen.print(f"{result.cases_changed:,} cases would change.")
    if result.uncovered:
        screen.print(
            f"The calendar does not reach {result.uncovered:,} cases: their figures are not complete."
        )
    if result.changes:
        shown = [
            (
                c.case,
                clock_name(c.clock, c.level, c.number),
                f"{c.before or '-'} > {c.after or '-'}",
                c.reason,
            )
            for c in result.changes
        ]
        columns = [Column("case"), Column("clock"), Column("status"), Column("because")]
        print_table(f"The first {len(shown)} clocks that would stand otherwise", columns, shown)


COMMANDS: Commands = {"whatif": what_if_report}
