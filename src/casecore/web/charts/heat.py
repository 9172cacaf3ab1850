"""A heat map: figures in rows and columns, the more the stronger in colour, written where all have room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from casecore.web.charts.drawing import LINE_HEIGHT, Drawing, Size, width_of
from casecore.web.charts.parts import MANY_MARKS, Figure, draw_empty

_STEPS = 5
_ROW = 22
_ROW_NARROW = 15
_ROW_WALL = 34


class HeatChart(NamedTuple):
    """Figures by row and column. `unit` says what is counted; in a narrow place rows and columns change."""

    title: str
    description: str
    empty: str
    unit: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[Figure]]

    def draw(self, size: Size, name: str) -> Drawing:
        """The picture."""
        drawing = Drawing(name, size, self.title, self.description)
        highest = max((one.value or 0 for row in self.cells for one in row), default=0)
        if not highest:
            return draw_empty(drawing, self.empty)
        if size.is_narrow and not size.is_card:
            turned = [list(column) for column in zip(*self.cells, strict=True)]
            return _draw(drawing, self._replace(rows=self.columns, columns=self.rows, cells=turned), highest)
        return _draw(drawing, self, highest)


def step_of(value: float, highest: float) -> int:
    """How dark a figure is: 0 for nothing, else from 1 to 5, in steps of one size."""
    return 0 if not value else min(int(value * _STEPS / highest * (1 - 1e-9)) + 1, _STEPS)


def _draw(drawing: Drawing, chart: HeatChart, highest: float) -> Drawing:
    left = max(width_of(one) for one in chart.rows) + 14
    cell = (drawing.width - left) / len(chart.columns)
    height = _ROW_NARROW if drawing.size.is_narrow and not drawing.size.is_card else _ROW
    height = _ROW_WALL if drawing.size.name == "wall" else height
    top = drawing.heading(0, 0, chart.unit, drawing.width) + LINE_HEIGHT
    has_numbers = width_of(f"{highest:g}") + 2 < cell
    every = 1 if cell > max(width_of(one) for one in chart.columns) + 2 else 3
    for place, name in enumerate(chart.columns):
        if place % every == 0:
            drawing.text(left + (place + 0.5) * cell, top - 5, name, "tick", anchor="middle")
    for line, (name, figures) in enumerate(zip(chart.rows, chart.cells, strict=True)):
        y = top + line * height
        drawing.text(left - 8, y + height / 2 + 4, name, "tick", anchor="end")
        for place, figure in enumerate(figures):
            step = step_of(figure.value or 0, max(highest, _STEPS))
            x = left + place * cell
            with drawing.mark(figure.text, figure.href if figure.value else ""):
                drawing.rect(x, y, cell - 1, height - 1, f"heat_{step}")
                written = f"{figure.value:g}" if figure.value else ""
                if written and has_numbers:
                    drawing.text(
                        x + (cell - 1) / 2, y + height / 2 + 4, written, f"in_heat_{step}", anchor="middle"
                    )
    drawing.end(top + len(chart.rows) * height + 4, has_many_marks=_marks(chart) > MANY_MARKS)
    return drawing


def _marks(chart: HeatChart) -> int:
    return sum(1 for row in chart.cells for one in row if one.value)
