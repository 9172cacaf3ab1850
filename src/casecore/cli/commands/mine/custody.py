"""`casecore mine handovers|ping-pong|waits`: who hands cases to whom and back, where their time goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecore.analysis.mining.questions import By
from casecore.app.analysis import mining
from casecore.app.analysis.mermaid import DrawnEdge
from casecore.cli.command_group import Commands
from casecore.cli.command_options import ProcessesOption, read_instant
from casecore.cli.commands.mine.options import (
    AtOption,
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
    from casecore.analysis.mining.handovers import HandoverRow, PingPongCase, PingPongRow
    from casecore.analysis.mining.waits import WaitRow

_HANDOVERS: Columns[HandoverRow] = (
    PrintedColumn("from", lambda row: row.giver),
    PrintedColumn("to", lambda row: row.receiver),
    number("times", lambda row: f"{row.times:,}"),
    number("cases", lambda row: f"{row.cases:,}"),
    number("held, median", lambda row: hours(row.median_held_seconds), narrow=True),
    number("95 %", lambda row: hours(row.p95_held_seconds), narrow=True),
)
_PAIRS: Columns[PingPongRow] = (
    PrintedColumn("from and back to", lambda row: row.handed_by),
    PrintedColumn("there", lambda row: row.returned_by),
    number("times", lambda row: f"{row.times:,}"),
    number("cases", lambda row: f"{row.cases:,}"),
    number("most", lambda row: row.most_in_a_case),
    PrintedColumn("in", lambda row: row.example),
    number("away, median", lambda row: hours(row.median_away_seconds), narrow=True),
)
_CASES: Columns[PingPongCase] = (
    PrintedColumn("case", lambda row: row.case),
    number("times", lambda row: row.times),
    PrintedColumn("path", lambda row: " > ".join(row.path)),
)
_WAITS: Columns[WaitRow] = (
    PrintedColumn("where", lambda row: row.place or "(nowhere yet)"),
    PrintedColumn("status", lambda row: row.status),
    number("cases", lambda row: f"{row.cases:,}"),
    number("hours", lambda row: f"{row.total_seconds / 3600:,.1f}"),
    number("share", lambda row: percent(row.share), narrow=True),
    number("median", lambda row: hours(row.median_seconds), narrow=True),
    number("95 %", lambda row: hours(row.p95_seconds), narrow=True),
)


def handovers(
    by: ByOption = By.ORGANISATION,
    since: SinceOption = "",
    until: UntilOption = "",
    limit: LimitOption = 20,
    form: FormOption = PrintedForm.TABLE,
    folder: FromOption = None,
    personal: PersonalOption = False,
    processes: ProcessesOption = None,
) -> None:
    """Show who hands cases to whom, how often, and how long they had had them.

    By organisation, level or resource (who acted). Ends with 5 if a case was left out, since only a newer
    program can read it.

    Example: casecore mine handovers --by resource --format mermaid
    """
    with asked(by, since, until, form, limit, (folder, personal, processes)) as question:
        found = question.ask(mining.hand_overs)
        question.answer("Hand-overs", _HANDOVERS, found, _handover_drawn)


def _handover_drawn(row: HandoverRow) -> DrawnEdge:
    return DrawnEdge(row.giver, row.receiver, row.times, arrow(row.times, row.median_held_seconds))


def ping_pong(
    by: ByOption = By.ORGANISATION,
    since: SinceOption = "",
    until: UntilOption = "",
    limit: LimitOption = 10,
    form: TableOption = PlainForm.TABLE,
    folder: FromOption = None,
    personal: PersonalOption = False,
    processes: ProcessesOption = None,
) -> None:
    """Show between whom cases go there and back at once, and which cases do so most often.

    By organisation, level or resource (who acted). Ends with 5 if a case was left out, since only a newer
    program can read it.

    Example: casecore mine ping-pong --by level
    """
    with asked(by, since, until, form, limit, (folder, personal, processes)) as question:
        pairs, cases = question.ask(mining.there_and_back)
        if question.form is PrintedForm.JSON:
            question.print_json(pairs, cases=cases.rows)
        else:
            question.show("There and back", _PAIRS, pairs.rows)
            question.show("In which cases", _CASES, cases.rows)
        question.end(pairs)


def waits(
    by: ByOption = By.STATE,
    since: SinceOption = "",
    until: UntilOption = "",
    at: AtOption = "",
    implied: ImpliedOption = False,
    limit: LimitOption = 20,
    form: TableOption = PlainForm.TABLE,
    folder: FromOption = None,
    personal: PersonalOption = False,
    processes: ProcessesOption = None,
) -> None:
    """Show where the time of cases goes: in each state, say, and of that waiting for the customer.

    All of it is the cases' ages, by the clock. Ends with 5 if a case was left out, since only a newer program
    can read it.

    Example: casecore mine waits --by organisation --since 2013-01-01
    """
    with asked(by, since, until, form, limit, (folder, personal, processes)) as question:
        instant = read_instant(at) if at else None
        found = question.ask(mining.where_time_goes, instant, implied)
        question.answer("Where time goes", _WAITS, found)


COMMANDS: Commands = {"handovers": handovers, "ping-pong": ping_pong, "waits": waits}
