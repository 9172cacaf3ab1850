"""Pictures by day: the backlog and its flow, and how many cases are in each state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from casecore.web.charts.forms import Form, Panel
from casecore.web.charts.parts import ChartSeries, Figure
from casecore.web.charts.periods import PeriodChart
from casecore.web.pages.operations.periods import DrawnPeriod, day_ticks, group_days, name_of
from casecore.web.pages.operations.sketch import PictureSubject, Sketch
from casecore.web.pages.operations.tables import Cell, Shape, Table, TableColumn
from casecore.web.rendering.words import N_
from projections.workload.pictures import FlowDay, StateDay

_FLOW_NAMES = {"came_in": N_("came in"), "went_out": N_("went out"), "open": N_("open at the end")}
_ENDED = ("closed", "cancelled")
_STATES = (*_ENDED, "resolved", "partner_support", "escalated_l1", "reseller_l0", "opened")


class FlowPeriod(NamedTuple):
    """Days that are drawn as one, and their sum; what was open is as at the end of the last."""

    period: DrawnPeriod
    came_in: int
    went_out: int
    open: int


def draw_flow(subject: PictureSubject) -> Sketch:
    """Picture 2."""
    reader = subject.reader
    days: Sequence[FlowDay] = subject.rows
    by_day = {one.day: one for one in days}
    periods = [_summed(period, by_day) for period in group_days(list(by_day))]
    names = {name: reader.gettext(text) for name, text in _FLOW_NAMES.items()}

    def series(name: str) -> ChartSeries:
        return ChartSeries(names[name], name, [figure(one, name) for one in periods])

    def figure(one: FlowPeriod, name: str) -> Figure:
        value: int = getattr(one, name)
        text = f"{name_of(one.period, reader)}: {reader.number(value)} {names[name]}"
        return Figure(value, text, _behind(subject, one, name))

    each = _each(subject, [one.period for one in periods])
    shown = [one.period.first for one in periods]
    moves = reader.gettext("Cases that came in (up) and went out (down), %(each)s", each=each)
    chart = PeriodChart(
        title=reader.gettext("The backlog, and what flows in and out"),
        description=reader.gettext(
            "Above, what was open at the end of each day; below, what came in and out."
        ),
        empty=reader.gettext("Nothing came in, and nothing was open, on these days."),
        periods=len(periods),
        ticks=day_ticks(shown, reader),
        panels=[
            Panel(reader.gettext("Open cases"), Form.LINES, [series("open")], reader.number),
            Panel(moves, Form.MIRRORED, [series("came_in"), series("went_out")], reader.number),
        ]
        if any(one.came_in or one.went_out or one.open for one in days)
        else [],
        days=[one.period for one in periods],
    )
    shapes = (
        Shape("day", reader.gettext("Day"), reader.day),
        *(Shape(name, text, reader.number, is_number=True) for name, text in names.items()),
    )
    are_days = _are_days(periods)
    table = subject.table(*shapes) if are_days else _flow_table(subject, periods, names)
    change = days[-1].open - days[0].open + days[0].came_in - days[0].went_out if days else 0
    headline = reader.gettext(
        "%(open)s open, %(change)s in these days",
        open=reader.number(days[-1].open if days else 0),
        change=("+" if change > 0 else "−" if change < 0 else "±") + reader.number(abs(change)),
    )
    return Sketch(chart, table, headline, file=None if are_days else lambda: subject.table(*shapes))


def draw_states(subject: PictureSubject) -> Sketch:
    """Picture 11."""
    reader = subject.reader
    rows: Sequence[StateDay] = subject.rows
    by_day: dict[date, dict[str, StateDay]] = defaultdict(dict)
    for one in rows:
        by_day[one.day][one.state] = one
    present = {one.state for one in rows if one.cases}
    states = [one for one in _STATES if one in present] + sorted(present.difference(_STATES))
    periods = group_days(list(by_day))

    def figure(period: DrawnPeriod, state: str) -> Figure:
        found = by_day[period.last].get(state)
        if found is None:
            return Figure(0, "")
        word = reader.word("state", state)
        text = f"{reader.day(period.last)}, {word}: " + reader.ngettext(
            "%(num)s case", "%(num)s cases", found.cases
        )
        return Figure(found.cases, text, subject.link(found, "cases") if found.cases else "")

    ended = [sum(of[one].cases for one in _ENDED if one in of) for of in by_day.values()]
    series = [
        ChartSeries(reader.word("state", state), state, [figure(one, state) for one in periods])
        for state in states
    ]
    title = reader.gettext("Cases in each state at the end of the day")
    panel = Panel(title, Form.AREAS, series, reader.number, height=280, floor=min(ended, default=0))
    chart = PeriodChart(
        title=reader.gettext("Cumulative flow"),
        description=reader.gettext("Surfaces one above the other: what has ended is at the bottom."),
        empty=reader.gettext("There was no case on these days."),
        periods=len(periods),
        ticks=day_ticks([one.last for one in periods], reader),
        panels=[panel] if series else [],
        days=periods,
    )
    table = _states_table(subject, [one.last for one in periods], states, by_day)
    last = by_day[max(by_day)] if by_day else {}
    at_work = sum(one.cases for state, one in last.items() if state not in (*_ENDED, "resolved"))
    headline = reader.gettext("%(cases)s not resolved on the last day", cases=reader.number(at_work))
    note = reader.gettext("The axis begins at what had ended before.") if min(ended, default=0) else ""
    return Sketch(
        chart,
        table,
        headline,
        note,
        None if _are_days(periods) else lambda: _states_table(subject, list(by_day), states, by_day),
    )


def _summed(period: DrawnPeriod, by_day: dict[date, FlowDay]) -> FlowPeriod:
    days = [one for day, one in by_day.items() if period.first <= day <= period.last]
    came_in, went_out = sum(one.came_in for one in days), sum(one.went_out for one in days)
    return FlowPeriod(period, came_in, went_out, days[-1].open)


def _behind(subject: PictureSubject, one: FlowPeriod, figure: str) -> str:
    """The cases of a day, or of several."""
    return subject.link_of_days(*one.period, figure) if getattr(one, figure) else ""


def _each(subject: PictureSubject, periods: Sequence[DrawnPeriod]) -> str:
    longest = max(((one.last - one.first).days + 1 for one in periods), default=1)
    each = N_("each day") if longest == 1 else N_("each week") if longest <= 7 else N_("each month")
    return subject.reader.gettext(each)


def _are_days(periods: Sequence[FlowPeriod] | Sequence[DrawnPeriod]) -> bool:
    return all((one.period if isinstance(one, FlowPeriod) else one).is_day for one in periods)


def _flow_table(subject: PictureSubject, periods: Sequence[FlowPeriod], names: dict[str, str]) -> Table:
    reader = subject.reader
    return Table(
        [
            TableColumn("first_day", reader.gettext("First day")),
            TableColumn("last_day", reader.gettext("Last day")),
            *(TableColumn(name, text, is_number=True) for name, text in names.items()),
        ],
        [
            [
                Cell(first, reader.day(first), subject.narrow(first.isoformat(), last.isoformat())),
                Cell(last, reader.day(last)),
                *(
                    Cell(value, reader.number(value), _behind(subject, one, name))
                    for name in names
                    for value in [getattr(one, name)]
                ),
            ]
            for one in periods
            for first, last in [one.period]
        ],
    )


def _states_table(
    subject: PictureSubject,
    days: Sequence[date],
    states: Sequence[str],
    by_day: dict[date, dict[str, StateDay]],
) -> Table:
    reader = subject.reader

    def cell(day: date, state: str) -> Cell:
        found = by_day[day].get(state)
        if found is None or not found.cases:
            return Cell(0, reader.number(0))
        return Cell(found.cases, reader.number(found.cases), subject.link(found, "cases"))

    columns = [TableColumn(one, reader.word("state", one), is_number=True) for one in states]
    return Table(
        [TableColumn("day", reader.gettext("Day")), *columns],
        [[Cell(day, reader.day(day)), *(cell(day, one) for one in states)] for day in days],
    )
