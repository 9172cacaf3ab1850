"""A report of service levels, for a person and for a program: its figures, and the cases behind them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby

from casecore.app.application import Application
from casecore.app.service_levels.report_as_of import ReportAsOf
from casecore.app.service_levels.report_sums import ReportGroup
from casecore.app.service_levels.words import clock_name, hours_text
from casecore.cli.commands.sla.figures import print_attainment
from casecore.cli.left_out import with_freshness
from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table, screen, short
from projections.sla.reports import (
    BEYOND_CALENDAR,
    MISS_WITHDRAWN,
    PAUSE_RECORDED_LATE,
    Attainment,
    MonthRevised,
    ReportedClock,
)

_TIMES: Columns[Attainment] = (
    short("month", lambda a: f"{a.month:%Y-%m}"),
    PrintedColumn("promised by", lambda a: a.organisation),
    PrintedColumn("clock", lambda a: clock_name(a.clock, a.level, 1)),
    short("priority", lambda a: a.priority),
    number("50 %", lambda a: _whole(a.p50_seconds), narrow=True),
    number("90 %", lambda a: _whole(a.p90_seconds), narrow=True),
    number("99 %", lambda a: _whole(a.p99_seconds), narrow=True),
)


def _print_times(found: Iterable[Attainment]) -> None:
    """Print within which time, in opening hours, half of the clocks, and nearly all, were met or missed."""
    print_table("Time spent, of those met and missed: so many took no longer", _TIMES, found)


_REVISED: Columns[MonthRevised] = (
    short("month", lambda m: f"{m.month:%Y-%m}"),
    PrintedColumn("promised by", lambda m: m.organisation),
    PrintedColumn("clock", lambda m: clock_name(m.clock, m.level, 1)),
    short("priority", lambda m: m.priority),
    number("misses withdrawn", lambda m: f"{m.misses_withdrawn:,}"),
    number("clocks restarted", lambda m: f"{m.clocks_restarted:,}"),
    number("late pauses", lambda m: f"{m.pauses_recorded_late:,}"),
)
_OUTCOMES = {
    BEYOND_CALENDAR: "unknown",
    MISS_WITHDRAWN: "withdrawn",
    PAUSE_RECORDED_LATE: "late pause",
}
_BEHIND: Columns[ReportedClock] = (
    short("case", lambda c: c.reference),
    number("", lambda c: f"({c.number})" if c.number > 1 else None, narrow=True),
    short("outcome", lambda c: _OUTCOMES.get(c.outcome, c.outcome)),
    short("due", lambda c: c.due_at),
    short("when", lambda c: c.decided_at),
    PrintedColumn("agent", lambda c: c.agent),
)


def show_report(app: Application, found: ReportAsOf, with_cases: bool, as_json: bool) -> None:
    """Print a report, and the cases behind its figures if they are asked for."""
    lacking = found.cases_without_policy
    if as_json:
        listed = {"cases": list(found.listed)} if with_cases else {}
        figures = {"attainment": found.attainment, "revisions": list(found.revised)}
        shown = {**figures, "cases_without_policy": lacking, **listed}
        print_json(with_freshness(app, shown))
        return
    print_attainment(found.attainment)
    _print_times(found.attainment)
    if found.revised:
        print_table("What changed these months afterwards", _REVISED, found.revised)
    if with_cases:
        _print_cases(found)
    if lacking:
        screen.print(f"\n{lacking:,} cases have no policy for something: casecore sla unmatched")


def _print_cases(found: ReportAsOf) -> None:
    """Print a table for each line of the report."""
    for line, clocks in groupby(found.listed, key=ReportGroup.of):
        promise = f"{line.organisation}, {clock_name(line.clock, line.level, 1)}, {line.priority}"
        print_table(f"{line.month:%Y-%m}  {promise}", _BEHIND, clocks)
    if len(found.listed) < found.clocks:
        screen.print(f"These are the first {len(found.listed):,} of {found.clocks:,}: --limit lists more.")


def _whole(time: Decimal | None) -> str | None:
    return None if time is None else hours_text(int(time))
