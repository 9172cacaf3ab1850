"""`casecore mine dfg|variants`: what follows what, and whole paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecore.analysis.mining.questions import By
from casecore.app.analysis import mining
from casecore.app.analysis.mermaid import DrawnEdge
from casecore.cli.command_group import Commands
from casecore.cli.command_options import ProcessesOption
from casecore.cli.commands.mine.options import (
    ByOption,
    FormOption,
    FromOption,
    ImpliedOption,
    LimitOption,
    PersonalOption,
    PlainForm,
    PrintedForm,
    SinceOption,
    TableOption,
    UntilOption,
    arrow,
    asked,
    hours,
    percent,
)
from casecore.cli.output import Columns, PrintedColumn, number

if TYPE_CHECKING:
    from casecore.analysis.mining.paths import FollowsRow, VariantRow

_FOLLOWS: Columns[FollowsRow] = (
    PrintedColumn("from", lambda row: row.predecessor or "(begins)"),
    PrintedColumn("to", lambda row: row.successor or "(ends)"),
    number("times", lambda row: f"{row.times:,}"),
    number("cases", lambda row: f"{row.cases:,}"),
    number("median", lambda row: hours(row.median_seconds), narrow=True),
    number("95 %", lambda row: hours(row.p95_seconds), narrow=True),
)
_VARIANTS: Columns[VariantRow] = (
    number("", lambda row: row.variant),
    number("cases", lambda row: f"{row.cases:,}"),
    number("share", lambda row: percent(row.share), narrow=True),
    number("so far", lambda row: percent(row.cumulated_share), narrow=True),
    number("median", lambda row: hours(row.median_seconds), narrow=True),
    PrintedColumn("path", lambda row: " > ".join(row.path)),
)


def dfg(
    by: ByOption = By.ACTIVITY,
    since: SinceOption = "",
    until: UntilOption = "",
    implied: ImpliedOption = False,
    limit: LimitOption = 20,
    form: FormOption = PrintedForm.TABLE,
    folder: FromOption = None,
    personal: PersonalOption = False,
    processes: ProcessesOption = None,
) -> None:
    """Show what follows what directly in cases, how often and after how long: the directly-follows graph.

    Times are hours:minutes:seconds, percentiles by nearest rank. Ends with 5 if a case was left out, since
    only a newer program can read it.

    Example: casecore mine dfg --since 2013-01-01 --limit 12 --format mermaid
    """
    with asked(by, since, until, form, limit, (folder, personal, processes)) as question:
        found = question.ask(mining.follows, implied)
        question.answer("What follows what", _FOLLOWS, found, _follow_drawn)


def _follow_drawn(row: FollowsRow) -> DrawnEdge:
    return DrawnEdge(row.predecessor, row.successor, row.times, arrow(row.times, row.median_seconds))


def variants(
    by: ByOption = By.ACTIVITY,
    since: SinceOption = "",
    until: UntilOption = "",
    implied: ImpliedOption = False,
    limit: LimitOption = 20,
    form: TableOption = PlainForm.TABLE,
    folder: FromOption = None,
    personal: PersonalOption = False,
    processes: ProcessesOption = None,
) -> None:
    """Show the paths that cases take, that of most cases first, and how long these cases last.

    Ends with 5 if a case was left out, since only a newer program can read it.

    Example: casecore mine variants --by state --limit 5
    """
    with asked(by, since, until, form, limit, (folder, personal, processes)) as question:
        found = question.ask(mining.paths, implied)
        question.answer("Paths", _VARIANTS, found)


COMMANDS: Commands = {"dfg": dfg, "variants": variants}
