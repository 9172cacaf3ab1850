"""Pictures over time: panels that share days or months from left to right, each with an axis of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from casecore.web.charts.drawing import LINE_HEIGHT, Drawing, Size, width_of
from casecore.web.charts.forms import Panel
from casecore.web.charts.panels import PanelDrawing
from casecore.web.charts.parts import MANY_MARKS, LegendKey, draw_empty

_BETWEEN = 14
_GAP = 5


class Tick(NamedTuple):
    """Where in the order of periods something is written below them; the major ones first."""

    place: int
    label: str
    is_major: bool = True


class PeriodChart(NamedTuple):
    """Panels one above the other. `periods` is how many there are from left to right.

    `more` says that some panels are left out, where there is no room for them. `days` are the first and the
    last day of each period: by them somebody who drags over a picture in a page, as `zoom.js` lets them,
    chooses what to see.
    """

    title: str
    description: str
    empty: str
    periods: int
    ticks: Sequence[Tick]
    panels: Sequence[Panel]
    days: Sequence[tuple[date, date]] = ()
    more: str = ""

    def draw(self, size: Size, name: str) -> Drawing:
        """The picture."""
        drawing = Drawing(name, size, self.title, self.description)
        panels = self.panels[: size.most_panels]
        known = any(
            one.value is not None for panel in panels for series in panel.series for one in series.figures
        )
        return _draw(drawing, self, panels) if self.periods and known else draw_empty(drawing, self.empty)


def _draw(drawing: Drawing, chart: PeriodChart, panels: Sequence[Panel]) -> Drawing:
    made = [PanelDrawing(drawing, panel, chart.periods, len(panels)) for panel in panels]
    left = max(one.width_of_axis for one in made)
    right = drawing.width - max(one.width_of_labels for one in made)
    y = 0.0
    keys: list[LegendKey] = []
    for one in made:
        y = one.draw(y, left, right, has_legend=one.keys != keys) + _BETWEEN
        keys = one.keys
    bottom = y - _BETWEEN
    _draw_ticks(drawing, chart, (left, right), bottom)
    if chart.days:
        drawing.say_days(left, right, chart.days)
    marks = sum(one.marks for one in made)
    bottom += LINE_HEIGHT
    if chart.more and len(panels) < len(chart.panels):
        bottom += LINE_HEIGHT + 4
        drawing.text(0, bottom, chart.more, "faint", room=drawing.width)
    drawing.end(bottom + 6, has_many_marks=marks > MANY_MARKS)
    return drawing


def _draw_ticks(drawing: Drawing, chart: PeriodChart, across: tuple[float, float], y: float) -> None:
    left, right = across
    step = (right - left) / chart.periods
    taken: list[tuple[float, float]] = []
    for one in sorted(chart.ticks, key=lambda tick: not tick.is_major):
        half = width_of(one.label) / 2
        at = left + (one.place + 0.5) * step
        x = min(max(at, half), drawing.width - half)
        if any(x - half - _GAP < end and begin < x + half + _GAP for begin, end in taken):
            continue
        taken.append((x - half, x + half))
        drawing.line(at, y, at, y + 4, "zero")
        drawing.text(x, y + LINE_HEIGHT + 1, one.label, "tick", anchor="middle")
