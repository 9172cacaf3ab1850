"""Pictures of shares by month: promises kept, and first-level resolution."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from casecore.web.charts.forms import Form, Panel
from casecore.web.charts.parts import Figure, TargetLine
from casecore.web.charts.periods import PeriodChart
from casecore.web.pages.operations.drawn.along_months import months_of, series_of
from casecore.web.pages.operations.periods import days_of_months, month_ticks
from casecore.web.pages.operations.sketch import PictureSubject, Sketch
from casecore.web.pages.operations.tables import Shape, Table
from casecore.web.rendering.reader import PageReader
from projections.sla.pictures import PromiseMonth
from projections.workload.pictures import FirstLevelMonth

_LEVEL_KINDS = {"": "one", "level_0": "level_0", "level_1": "level_1", "partner": "partner"}
_FLOORS = (0.0, 40.0, 80.0, 90.0)


def draw_promises(subject: PictureSubject) -> Sketch:
    """Picture 3."""
    reader = subject.reader
    rows: Sequence[PromiseMonth] = subject.rows
    months = months_of(subject)
    by_promise: dict[tuple[str, str, str], dict[date, PromiseMonth]] = defaultdict(dict)
    missed: Counter[tuple[str, str, str]] = Counter()
    for one in rows:
        promise = one.organisation, one.level, one.clock
        by_promise[promise][one.month] = one
        missed[promise] += one.missed

    target = _target_line(subject)
    floor = _floor([one.percent for one in rows if one.percent is not None], subject.target)

    def panel(promise: tuple[str, str, str]) -> Panel:
        series = series_of(
            by_promise[promise],
            months,
            partial(_promise_figure, subject),
            _LEVEL_KINDS.get(promise[1], "one"),
        )
        name = reader.gettext("%(promise)s: met, in %%", promise=_promise(reader, *promise))
        written = reader.percent
        return Panel(name, Form.LINES, [series], written, height=90, high=100, target=target, floor=floor)

    ordered = sorted(by_promise, key=lambda one: (-missed[one], one))
    chart = PeriodChart(
        title=reader.gettext("Promises kept, by month"),
        description=reader.gettext(
            "A line for each promise, those that were missed most first, and the target."
        ),
        empty=reader.gettext("No promise was met or missed on these days."),
        periods=len(months),
        ticks=month_ticks(months, reader),
        panels=[panel(one) for one in ordered],
        days=days_of_months(months),
        more=reader.gettext("There are more: the table has them."),
    )
    table = _promises_table(subject)
    headline = _headline_of_promises(reader, sum(one.met for one in rows), missed.total())
    return Sketch(
        chart, table, headline or chart.empty, f"{_target_note(subject)} {_begins(reader, floor)}".strip()
    )


def _headline_of_promises(reader: PageReader, met: int, missed: int) -> str:
    """Which share was met; empty if there was none to meet."""
    if not met + missed:
        return ""
    share = reader.percent(round(100 * met / (met + missed), 1))
    return reader.gettext("%(share)s met, %(missed)s missed", share=share, missed=reader.number(missed))


def _target_line(subject: PictureSubject) -> TargetLine:
    share = subject.reader.percent(subject.target)
    return TargetLine(
        subject.target,
        subject.reader.gettext("target %(share)s", share=share),
        subject.reader.gettext("dashed: target %(share)s", share=share),
    )


def _target_note(subject: PictureSubject) -> str:
    """Whose target it is: not one that anybody has promised."""
    return subject.reader.gettext(
        "No policy says which share is to be met. The dashed line is at %(target)s: choose another one under "
        "“Filter”; it stays in the address.",
        target=subject.reader.percent(subject.target),
    )


def draw_first_level(subject: PictureSubject) -> Sketch:
    """Picture 8."""
    reader = subject.reader
    rows: Sequence[FirstLevelMonth] = subject.rows
    months = months_of(subject)
    by_seller: dict[str, dict[date, FirstLevelMonth]] = defaultdict(dict)
    resolved: Counter[str] = Counter()
    for one in rows:
        by_seller[one.seller][one.month] = one
        resolved[one.seller] += one.resolved

    def figure(one: FirstLevelMonth) -> Figure:
        text = reader.gettext(
            "%(month)s: %(percent)s at first level, %(some)s of %(all)s",
            month=reader.month(one.month),
            percent=reader.percent(one.percent),
            some=reader.number(one.at_first_level),
            all=reader.number(one.resolved),
        )
        figure_behind = "at_first_level" if one.at_first_level else "resolved"
        return Figure(float(one.percent), text, subject.link(one, figure_behind))

    floor = _floor([one.percent for one in rows])

    def panel(seller: str) -> Panel:
        title = reader.gettext("%(seller)s: resolved at first level, in %%", seller=seller)
        series = series_of(by_seller[seller], months, figure, "level_0")
        return Panel(title, Form.LINES, [series], reader.percent, height=90, high=100, floor=floor)

    chart = PeriodChart(
        title=reader.gettext("Resolved at first level, by seller and month"),
        description=reader.gettext("A line for each seller; those that resolved most come first."),
        empty=reader.gettext("No technical case was resolved on these days."),
        periods=len(months),
        ticks=month_ticks(months, reader),
        panels=[panel(one) for one, _ in resolved.most_common()],
        days=days_of_months(months),
        more=reader.gettext("There are more: the table has them."),
    )
    table = subject.table(
        Shape("month", reader.gettext("Month"), reader.month),
        Shape("seller", reader.gettext("Seller"), str),
        Shape("resolved", reader.gettext("Resolved"), reader.number, is_number=True),
        Shape("at_first_level", reader.gettext("at first level"), reader.number, is_number=True),
        Shape("percent", reader.gettext("at first level, %"), reader.percent, is_number=True),
    )
    headline = _headline_of_first_level(reader, sum(one.at_first_level for one in rows), resolved.total())
    return Sketch(chart, table, headline or chart.empty, _begins(reader, floor))


def _headline_of_first_level(reader: PageReader, some: int, whole: int) -> str:
    """Which share was resolved there; empty if nothing was resolved."""
    if not whole:
        return ""
    share = reader.percent(round(100 * some / whole, 1))
    return reader.gettext("%(share)s resolved at first level", share=share)


def _begins(reader: PageReader, floor: float) -> str:
    """That an axis does not begin at zero, where lines seem steeper."""
    return reader.gettext("The axis begins at %(floor)s.", floor=reader.percent(floor)) if floor else ""


def _floor(percents: Sequence[Decimal], target: float = 100) -> float:
    """Where the axis of shares begins: as high as all of them allow, that one sees how they differ."""
    lowest = min([target, *map(float, percents)])
    return max(one for one in _FLOORS if one <= lowest)


def _promise(reader: PageReader, organisation: str, level: str, clock: str) -> str:
    return f"{organisation}, {reader.word('clock', clock)}, {_level(reader, level)}"


def _level(reader: PageReader, level: str) -> str:
    return reader.word("level", level) if level else reader.gettext("whole case")


def _promises_table(subject: PictureSubject) -> Table:
    reader = subject.reader
    return subject.table(
        Shape("month", reader.gettext("Month"), reader.month),
        Shape("organisation", reader.gettext("Organisation"), str),
        Shape("level", reader.gettext("Level"), lambda level: _level(reader, level)),
        Shape("clock", reader.gettext("Promise"), lambda clock: reader.word("clock", clock)),
        Shape("met", reader.gettext("Met"), reader.number, is_number=True),
        Shape("missed", reader.gettext("Missed"), reader.number, is_number=True),
        Shape("percent", reader.gettext("Met, %"), reader.percent, is_number=True),
        Shape("beyond_calendar", reader.gettext("Beyond the calendar"), reader.number, is_number=True),
    )


def _promise_figure(subject: PictureSubject, one: PromiseMonth) -> Figure:
    reader = subject.reader
    percent = None if one.percent is None else float(one.percent)
    decided = reader.number(one.met + one.missed)
    text = reader.gettext(
        "%(month)s: %(percent)s met, %(met)s of %(all)s, %(missed)s missed",
        month=reader.month(one.month),
        percent=reader.percent(one.percent),
        met=reader.number(one.met),
        all=decided,
        missed=reader.number(one.missed),
    )
    return Figure(percent, text, subject.link(one, "missed" if one.missed else "met"))
