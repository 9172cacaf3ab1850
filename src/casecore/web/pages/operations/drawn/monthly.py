"""Pictures by month: hand-overs and reopenings, and the times that cases take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from casecore.web.charts.forms import Form, Panel
from casecore.web.charts.parts import ChartSeries, Figure
from casecore.web.charts.periods import PeriodChart
from casecore.web.pages.operations.drawn.along_months import months_of, series_of
from casecore.web.pages.operations.periods import days_of_months, month_ticks
from casecore.web.pages.operations.sketch import PictureSubject, Sketch
from casecore.web.pages.operations.tables import Shape, Table
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.times import opening_hours
from casecore.web.rendering.words import N_
from projections.sla.pictures import ClockTimes
from projections.workload.pictures import MovesMonth

_FACTORS = (1.0, 10.0, 60.0, 600.0, *(3_600.0 * 10**place for place in range(7)))
_HAND_OVERS = {
    "up": N_("up, to level 1"),
    "down": N_("back down"),
    "bounces": N_("bounces"),
    "resolved": N_("resolved"),
    "reopened": N_("reopened"),
}
_PERCENTILES = {
    "p50_seconds": N_("half of them"),
    "p90_seconds": N_("90 of 100"),
    "p99_seconds": N_("99 of 100"),
}


def draw_hand_overs(subject: PictureSubject) -> Sketch:
    """Picture 9."""
    reader = subject.reader
    rows: Sequence[MovesMonth] = subject.rows
    months = months_of(subject)
    names = {name: reader.gettext(text) for name, text in _HAND_OVERS.items()}
    chart = PeriodChart(
        title=reader.gettext("Hand-overs, bounces, and what is reopened"),
        description=reader.gettext(
            "Bars for the hand-overs of each month, up and down, a line for what is reopened, and bounces."
        ),
        empty=reader.gettext("No case was handed over, resolved or reopened on these days."),
        periods=len(months),
        ticks=month_ticks(months, reader),
        panels=_moves_panels(subject, months, names) if rows else [],
        days=days_of_months(months),
    )
    return Sketch(chart, _moves_table(subject, names), _moves_headline(reader, rows))


def draw_times(subject: PictureSubject) -> Sketch:
    """Picture 10."""
    reader = subject.reader
    rows: Sequence[ClockTimes] = subject.rows
    months = months_of(subject)
    by_clock: dict[str, dict[date, ClockTimes]] = defaultdict(dict)
    for one in rows:
        by_clock[one.clock][one.month] = one

    def series(clock: str, name: str) -> ChartSeries:
        label = reader.gettext(_PERCENTILES[name])

        def figure(one: ClockTimes) -> Figure:
            seconds = float(getattr(one, name))
            text = reader.gettext(
                "%(month)s: %(share)s within %(time)s, %(clocks)s in all",
                month=reader.month(one.month),
                share=label,
                time=opening_hours(seconds),
                clocks=reader.number(one.clocks),
            )
            return Figure(seconds, text, subject.link(one, "clocks"))

        return series_of(by_clock[clock], months, figure, name.removesuffix("_seconds"), label)

    def panel(clock: str) -> Panel:
        title = reader.gettext(
            "Time to %(promise)s in opening hours, on a logarithmic scale",
            promise=reader.word("clock", clock),
        )
        lines = [series(clock, name) for name in _PERCENTILES]
        return Panel(title, Form.CURVES, lines, reader.hours, height=170, steps=_FACTORS)

    chart = PeriodChart(
        title=reader.gettext("How long it takes"),
        description=reader.gettext(
            "Within which time half, 90 and 99 of 100 cases were answered or resolved."
        ),
        empty=reader.gettext("Nothing was answered or resolved on these days."),
        periods=len(months),
        ticks=month_ticks(months, reader),
        panels=[panel(one) for one in sorted(by_clock, reverse=True)],
        days=days_of_months(months),
    )
    return Sketch(chart, _times_table(subject), _times_headline(reader, rows))


def _moves_table(subject: PictureSubject, names: Mapping[str, str]) -> Table:
    reader = subject.reader
    return subject.table(
        Shape("month", reader.gettext("Month"), reader.month),
        *(Shape(name, text, reader.number, is_number=True) for name, text in names.items()),
        Shape("reopened_percent", reader.gettext("reopened, %"), reader.percent, is_number=True),
    )


def _reopened(subject: PictureSubject, one: MovesMonth) -> Figure:
    reader = subject.reader
    share = None if one.reopened_percent is None else float(one.reopened_percent)
    text = reader.gettext(
        "%(month)s: %(percent)s reopened, %(some)s beside %(all)s resolved",
        month=reader.month(one.month),
        percent=reader.percent(one.reopened_percent),
        some=reader.number(one.reopened),
        all=reader.number(one.resolved),
    )
    return Figure(share, text, subject.link(one, "reopened") if one.reopened else "")


def _moves_headline(reader: PageReader, rows: Sequence[MovesMonth]) -> str:
    return reader.gettext(
        "%(up)s up, %(down)s back, %(reopened)s reopened",
        up=reader.number(sum(one.up for one in rows)),
        down=reader.number(sum(one.down for one in rows)),
        reopened=reader.number(sum(one.reopened for one in rows)),
    )


def _moves_panels(subject: PictureSubject, months: Sequence[date], names: Mapping[str, str]) -> list[Panel]:
    reader = subject.reader
    of_month = {one.month: one for one in subject.rows}

    def series(name: str, kind: str) -> ChartSeries:
        def figure(one: MovesMonth) -> Figure:
            value: int = getattr(one, name)
            text = f"{reader.month(one.month)}: {reader.number(value)} {names[name]}"
            return Figure(value, text, subject.link(one, name))

        return series_of(of_month, months, figure, kind, names[name])

    up_and_down = reader.gettext("Hand-overs to level 1 (up) and back (down), each month")
    share = reader.gettext("Reopened, in % of what was resolved in the month")
    bounces = reader.gettext("Bounces, each month")
    reopened = series_of(of_month, months, partial(_reopened, subject), "one")
    moves = [series("up", "level_1"), series("down", "level_0")]
    return [
        Panel(up_and_down, Form.MIRRORED, moves, reader.number),
        Panel(share, Form.LINES, [reopened], reader.percent, height=100, high=10),
        Panel(bounces, Form.COLUMNS, [series("bounces", "one")], reader.number, height=80),
    ]


def _times_table(subject: PictureSubject) -> Table:
    reader = subject.reader
    return subject.table(
        Shape("month", reader.gettext("Month"), reader.month),
        Shape("clock", reader.gettext("Time to"), lambda clock: reader.word("clock", clock)),
        Shape("clocks", reader.gettext("Cases"), reader.number, is_number=True),
        *(
            Shape(name, reader.gettext(text), lambda seconds: opening_hours(float(seconds)), is_number=True)
            for name, text in _PERCENTILES.items()
        ),
    )


def _times_headline(reader: PageReader, rows: Sequence[ClockTimes]) -> str:
    last = max((one for one in rows if one.clock == "resolution"), key=lambda one: one.month, default=None)
    if last is None:
        return reader.gettext("Nothing was resolved on these days.")
    time = opening_hours(float(last.p50_seconds))
    month = reader.month(last.month)
    return reader.gettext("Half resolved within %(time)s in %(month)s", time=time, month=month)
