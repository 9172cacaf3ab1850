"""Bars that lie one below the other, each with its name: for what is counted by somebody or something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from casecore.web.charts.drawing import LINE_HEIGHT, Drawing, Size, width_of
from casecore.web.charts.parts import MANY_MARKS, Figure, LegendKey, Written, draw_empty, draw_legend
from casecore.web.charts.scales import Scale, linear

_BAR = 16
_STEP = 24
_STEP_NARROW = 38
_MOST_OF_NAME = 190
_GAP = 24
_BETWEEN_TICKS = 8


class BarMeasure(NamedTuple):
    """What bars measure: `title` says it with its unit; each bar is made of these parts.

    `whole` is whether ticks are whole numbers.
    """

    title: str
    parts: Sequence[LegendKey]
    written: Written
    whole: bool = True


class ChartBar(NamedTuple):
    """A bar: its parts, and what is written at its end."""

    figures: Sequence[Figure]
    total: str

    @property
    def value(self) -> float:
        """How long it is."""
        return sum(one.value or 0 for one in self.figures)


class ChartRow(NamedTuple):
    """A name with a bar for each measure; `is_apart` is whether the name is not one like the others."""

    name: str
    bars: Sequence[ChartBar]
    is_apart: bool = False


class RowChart(NamedTuple):
    """Rows, drawn in their order. `more` says that some are left out, with how many there are."""

    title: str
    description: str
    empty: str
    measures: Sequence[BarMeasure]
    rows: Sequence[ChartRow]
    more: str = ""

    def draw(self, size: Size, name: str) -> Drawing:
        """The picture."""
        drawing = Drawing(name, size, self.title, self.description)
        return _Rows(drawing, self).draw() if self.rows else draw_empty(drawing, self.empty)


class _Rows:
    def __init__(self, drawing: Drawing, chart: RowChart) -> None:
        self._drawing = drawing
        self._chart = chart
        self._rows = chart.rows[: drawing.size.most_rows]
        self._is_narrow = drawing.size.is_narrow
        longest = max(width_of(row.name) for row in self._rows)
        self._names = 0.0 if self._is_narrow else min(longest, _MOST_OF_NAME) + 10

    def draw(self) -> Drawing:
        measures = self._chart.measures
        width = (self._drawing.width - self._names - _GAP * (len(measures) - 1)) / len(measures)
        columns = [self._names + place * (width + _GAP) for place in range(len(measures))]
        y = max(self._head(measure, x, width) for measure, x in zip(measures, columns, strict=True))
        step = _STEP_NARROW if self._is_narrow else _STEP
        bottom = y + len(self._rows) * step
        for place, (measure, x) in enumerate(zip(measures, columns, strict=True)):
            self._measure(place, measure, (x, width), (y, bottom, step))
        for place, row in enumerate(self._rows):
            self._name(row, y + place * step)
        left_out = len(self._chart.rows) > len(self._rows)
        if left_out and self._chart.more:
            bottom += LINE_HEIGHT
            self._drawing.text(0, bottom, self._chart.more, "faint", room=self._drawing.width)
        marks = sum(len(bar.figures) for row in self._rows for bar in row.bars)
        self._drawing.end(bottom + 6, has_many_marks=marks > MANY_MARKS)
        return self._drawing

    def _head(self, measure: BarMeasure, x: float, width: float) -> float:
        """The measure's title and what its colours mean; returns where its ticks are written."""
        y = self._drawing.heading(x, 0, measure.title, width)
        if len(measure.parts) > 1:
            y = draw_legend(self._drawing, measure.parts, x, y, width)
        return y + LINE_HEIGHT

    def _measure(
        self, place: int, measure: BarMeasure, across: tuple[float, float], down: tuple[float, float, int]
    ) -> None:
        (x, width), (top, bottom, step) = across, down
        bars = [row.bars[place] for row in self._rows]
        room = max(width_of(bar.total) for bar in bars) + 8
        scale = _scale_of(measure, max(bar.value for bar in bars), x, x + max(width - room, 40))
        for tick in scale.ticks:
            at = scale.place(tick)
            for begin, end in self._beside_bars(top, bottom, step):
                self._drawing.line(at, begin, at, end, "grid" if tick else "zero")
            anchor = "start" if tick == scale.low else "middle"
            self._drawing.text(at, top - 6, measure.written(tick), "tick", anchor=anchor)
        for line, bar in enumerate(bars):
            above = _STEP_NARROW - _STEP if self._is_narrow else 0
            self._bar(measure, bar, scale, top + line * step + above + (_STEP - _BAR) / 2)

    def _beside_bars(self, top: float, bottom: float, step: int) -> list[tuple[float, float]]:
        """Where lines are drawn: all along the bars, but not through names that stand above them."""
        if not self._is_narrow:
            return [(top - 2, bottom)]
        above = _STEP_NARROW - _STEP + 2
        return [(top + at * step + above, top + (at + 1) * step) for at in range(len(self._rows))]

    def _bar(self, measure: BarMeasure, bar: ChartBar, scale: Scale, y: float) -> None:
        begin = scale.low
        for part, figure in zip(measure.parts, bar.figures, strict=True):
            if not figure.value:
                continue
            left, right = scale.place(begin), scale.place(begin + figure.value)
            begin += figure.value
            with self._drawing.mark(figure.text, figure.href):
                self._drawing.rect(left, y, max(right - left, 1), _BAR, part.kind)
        self._drawing.text(scale.place(begin) + 5, y + _BAR - 4, bar.total, "total")

    def _name(self, row: ChartRow, y: float) -> None:
        kind = "name apart" if row.is_apart else "name"
        if self._is_narrow:
            self._drawing.text(0, y + 13, row.name, kind, room=self._drawing.width)
        else:
            x = self._names - 10
            self._drawing.text(x, y + _STEP - 8, row.name, kind, anchor="end", room=x)


def _scale_of(measure: BarMeasure, high: float, begin: float, end: float) -> Scale:
    """The scale with the most ticks whose numbers have room; it ends with the longest bar."""
    for most in (5, 4, 3, 2):
        scale = _up_to(high, linear(high, begin, end, most=most, whole=measure.whole))
        widest = max(width_of(measure.written(tick)) for tick in scale.ticks)
        step = scale.place(scale.ticks[-1]) - scale.place(scale.ticks[-2])
        if widest + _BETWEEN_TICKS <= step:
            return scale
    return scale._replace(ticks=(scale.low, scale.ticks[-1]))


def _up_to(high: float, scale: Scale) -> Scale:
    ticks = [one for one in scale.ticks if one <= high * (1 + 1e-9)]
    return scale._replace(high=high, ticks=ticks) if len(ticks) > 1 else scale
