"""Prints how many cases stood how on a day, and which, at 80 columns, and gives the same to a program."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.app.application import Application
from casecore.app.replay.all_cases import (
    CountedCases,
    CountOfOne,
    counted_cases,
    listed_cases,
    recorded_later,
    summed_by,
)
from casecore.app.service_levels.as_of import AsOf
from casecore.app.views import waiting_in
from casecore.cli.commands.replay.one_case import known_as
from casecore.cli.left_out import with_freshness
from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table, screen, short
from casecore.cli.row_forms import show_rows
from casecore.cli.zone import in_zone
from projections.timeline.standings import COUNTED_BY, ListedStanding, StandingCount, StandingsFilter

_CASES: Columns[ListedStanding] = (
    short("case", lambda case: case.reference),
    short("state", lambda case: case.state),
    short("level", lambda case: case.level),
    PrintedColumn("with", lambda case: case.organisation),
    PrintedColumn("agent", lambda case: case.agent),
    short("since", lambda case: case.since),
)

_NOBODY = {"level": "not taken", "agent": "nobody"}
"""What a count shows where cases had none."""


def show_counts(app: Application, which: StandingsFilter, by: Sequence[str], as_json: bool) -> None:
    """How many cases stood how: by these words together, or by each of them alone."""
    found = counted_cases(app, which, by or COUNTED_BY)
    if as_json:
        print_json(with_freshness(app, _fields(found, by or COUNTED_BY)))
        return
    cases = "1 case" if found.cases == 1 else f"{found.cases:,} cases"
    screen.print(f"{cases} {known_as(found.as_of)}", markup=False, soft_wrap=True)
    _say_what_was_later(which, found.cases, found.recorded_later)
    if by:
        title = f"Cases by {', '.join(by)}"
        print_table(title, _counted(by), found.counts)
    elif found.counts:
        for name in COUNTED_BY:
            print_table(f"Cases by {name}", _of_one(name), summed_by(found.counts, name))


def show_cases(app: Application, which: StandingsFilter, csv: str, as_json: bool) -> None:
    """The cases themselves, by reference."""
    as_of = AsOf(which.at, which.recorded_by)

    def print_them(rows: list[ListedStanding]) -> None:
        screen.print(f"Cases {known_as(as_of)}", markup=False, soft_wrap=True)
        _say_what_was_later(which, len(rows), recorded_later(app, which))
        print_table(f"Cases ({len(rows):,})", _CASES, rows)
        if which.limit is not None and len(rows) == which.limit:
            last = rows[-1].reference
            screen.print(f"There may be more: add --after {last}, or --csv FILE for all.", markup=False)

    rows = listed_cases(app, which)
    show_rows(rows, ListedStanding._fields, csv, as_json, print_them, lambda: waiting_in(app, "timeline"))


def _say_what_was_later(which: StandingsFilter, shown: int, later: int) -> None:
    if not later or which.recorded_by is None:
        return
    moved = "1 case had" if later == 1 else f"{later:,} cases had"
    text = (
        f"{moved} been opened, moved or assigned by then, as was recorded after {in_zone(which.recorded_by)}"
    )
    if not shown:
        text += ": an import records all later than it happened"
    screen.print(f"{text}. Without --as-known and --recorded-by that counts, as known now.", markup=False)


def _counted(by: Sequence[str]) -> Columns[StandingCount]:
    return (*(_named(name) for name in by), number("cases", lambda count: f"{count.cases:,}"))


def _of_one(name: str) -> Columns[CountOfOne]:
    return (
        PrintedColumn(name, lambda count: count.value or _NOBODY.get(name)),
        number("cases", lambda count: f"{count.cases:,}"),
    )


def _named(name: str) -> PrintedColumn[StandingCount]:
    return PrintedColumn(name, lambda count: getattr(count, name) or _NOBODY.get(name))


def _fields(found: CountedCases, by: Sequence[str]) -> dict[str, object]:
    counts = [{**{name: getattr(count, name) for name in by}, "cases": count.cases} for count in found.counts]
    return {
        "at": found.as_of.at,
        "recorded_by": found.as_of.recorded_by,
        "cases": found.cases,
        "counts": counts,
        "recorded_later": found.recorded_later,
    }
