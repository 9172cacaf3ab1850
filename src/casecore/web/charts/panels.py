"""One panel of a picture over time: its axis, and what is drawn along it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from casecore.web.charts.drawing import Drawing, Size, width_of
from casecore.web.charts.forms import Form, Panel
from casecore.web.charts.parts import (
    SWATCH,
    ChartSeries,
    EndLabel,
    Figure,
    LegendKey,
    draw_legend,
    spread,
)
from casecore.web.charts.scales import Scale, linear, logarithmic, mirrored

_MOST_OF_LABEL = 200
_TALL = 160
_OF_CARD = 130
_ROOMY = 120
_WIDE_STEP = 12
_LEAST_REACH = 4
_ALONE = 2.0


class PanelDrawing:
    """Draws a panel, of so many that share a place."""

    def __init__(self, drawing: Drawing, panel: Panel, periods: int, panels: int = 1) -> None:
        self._drawing = drawing
        self._panel = panel
        self._periods = periods
        self._names = [] if drawing.size.is_narrow else panel.end_names
        self._ends: list[EndLabel] = []
        self._height = _height_in(panel, drawing.size, panels)
        self._scale = self._made_scale(0, 1)
        self.keys = [LegendKey(one.label, self._kind(one)) for one in panel.series]
        self.marks = sum(len(one.figures) for one in panel.series)

    @property
    def width_of_axis(self) -> float:
        """How much room the numbers at the axis need."""
        return max(width_of(self._written(tick)) for tick in self._scale.ticks) + 8

    @property
    def width_of_labels(self) -> float:
        """How much room the names at the right need."""
        target = self._panel.target
        names = list(self._names)
        if target and not self._drawing.size.is_narrow:
            names.append(target.label)
        return min(max(map(width_of, names), default=0) + 8 + SWATCH + 5, _MOST_OF_LABEL) if names else 6

    def draw(self, y: float, left: float, right: float, *, has_legend: bool = True) -> float:
        """Draw it from `y` on; returns where it ends. It needs no legend if the one above says the same."""
        panel, drawing = self._panel, self._drawing
        title = panel.title
        if panel.target and panel.target.aside and drawing.size.is_narrow:
            title = f"{title} ({panel.target.aside})"
        top = drawing.heading(0, y, title, drawing.width)
        if has_legend and len(panel.series) > 1 and not self._names:
            top = draw_legend(drawing, self.keys, 0, top, drawing.width)
        top += 4
        bottom = top + self._height
        self._scale = self._made_scale(bottom, top)
        self._axis(left, right)
        match panel.form:
            case Form.COLUMNS | Form.MIRRORED:
                self._columns(left, right)
            case Form.AREAS:
                self._areas(left, right)
            case _:
                self._lines(left, right)
        self._target(left, right)
        self._labels(right)
        return bottom

    def _made_scale(self, begin: float, end: float) -> Scale:
        panel = self._panel
        values = [[one.value or 0 for one in series.figures] for series in panel.series]
        most = 4 if self._height > _ROOMY else 2
        match panel.form:
            case Form.MIRRORED:
                return mirrored(
                    max(map(sum, zip(*values[:-1], strict=True))), max(values[-1]), begin, end, most=most + 2
                )
            case Form.CURVES:
                known = [
                    one.value for series in panel.series for one in series.figures if one.value is not None
                ]
                return logarithmic([*known, panel.high] if panel.high else known, panel.steps, begin, end)
            case Form.LINES:
                high = max(max(map(max, values)), panel.high)
            case _:
                high = max(max(map(sum, zip(*values, strict=True))), panel.high)
        return linear(high, begin, end, most=max(most, 3), whole=panel.whole, low=panel.floor)

    def _written(self, tick: float) -> str:
        return self._panel.written(abs(tick))

    def _axis(self, left: float, right: float) -> None:
        for tick in self._scale.ticks:
            y = self._scale.place(tick)
            is_zero = tick == 0 and not self._scale.is_log
            self._drawing.line(left, y, right, y, "zero" if is_zero else "grid")
            self._drawing.text(left - 6, y + 4, self._written(tick), "tick", anchor="end")

    def _middle(self, left: float, right: float, place: int) -> float:
        return left + (place + 0.5) * (right - left) / self._periods

    def _columns(self, left: float, right: float) -> None:
        step = (right - left) / self._periods
        wide = min(step * (0.8 if step > 4 else 1), 60)
        for place in range(self._periods):
            x = self._middle(left, right, place) - wide / 2
            above = 0.0
            for series in self._panel.series:
                figure = series.figures[place]
                value = figure.value or 0
                if not value:
                    continue
                goes_down = self._panel.form is Form.MIRRORED and series is self._panel.series[-1]
                ends = (0.0, -value) if goes_down else (above + value, above)
                top, bottom = self._scale.place(ends[0]), self._scale.place(ends[1])
                above += 0 if goes_down else value
                with self._drawing.mark(figure.text, figure.href):
                    self._drawing.rect(x, top, wide, bottom - top, series.kind)

    def _lines(self, left: float, right: float) -> None:
        for series in self._panel.series:
            for course in _courses(series.figures):
                points = [
                    (self._middle(left, right, place), self._scale.place(value)) for place, value in course
                ]
                self._drawing.path(points, self._kind(series))
        step = (right - left) / self._periods
        radius = 3.0 if step > _WIDE_STEP else 1.6 if step > _WIDE_STEP / 2 else 0.0
        for series in self._panel.series:
            alone = {course[0][0] for course in _courses(series.figures) if len(course) == 1}
            for place, figure in enumerate(series.figures):
                if figure.value is None:
                    continue
                x, y = self._middle(left, right, place), self._scale.place(figure.value)
                with self._drawing.mark(figure.text, figure.href):
                    if self._drawing.size.is_linked:
                        self._drawing.point(x, y, 8 if radius > 2 else 4, "reach")
                    if radius or place in alone:
                        self._drawing.point(x, y, radius or _ALONE, f"point {series.kind}")
        for name, series in zip(self._names, self._panel.series, strict=False):
            known = [one.value for one in series.figures if one.value is not None]
            if known:
                self._ends.append(EndLabel(name, self._scale.place(known[-1])))

    def _areas(self, left: float, right: float) -> None:
        """Surfaces one above the other, the first at the bottom; the axis may begin within it."""
        floor, lower = self._scale.low, [0.0] * self._periods
        for at, series in enumerate(self._panel.series):
            upper = [was + (one.value or 0) for was, one in zip(lower, series.figures, strict=True)]
            shown = [max(one, floor) for one in lower], [max(one, floor) for one in upper]
            self._drawing.path(self._surface(*shown, left, right), series.kind, is_closed=True)
            if self._names:
                middle = self._scale.place((shown[0][-1] + shown[1][-1]) / 2)
                self._ends.append(EndLabel(self._names[at], middle, series.kind))
            self._reaches(series, *shown, (left, right))
            lower = upper

    def _surface(
        self, bottom: Sequence[float], upper: Sequence[float], left: float, right: float
    ) -> list[tuple[float, float]]:
        """Around it: from the middle of each period to that of the next, or all along the only one."""
        places = [self._middle(left, right, at) for at in range(self._periods)]
        if self._periods == 1:
            places, bottom, upper = [left, right], [bottom[0]] * 2, [upper[0]] * 2
        there = [(x, self._scale.place(one)) for x, one in zip(places, upper, strict=True)]
        back = [(x, self._scale.place(one)) for x, one in zip(places, bottom, strict=True)]
        return [*there, *reversed(back)]

    def _reaches(
        self,
        series: ChartSeries,
        bottom: Sequence[float],
        upper: Sequence[float],
        across: tuple[float, float],
    ) -> None:
        """What is pointed at in a surface: of each period the part of its day."""
        left, right = across
        step = (right - left) / self._periods
        if step < _LEAST_REACH and self._drawing.size.is_narrow:
            return  # no finger hits it
        for place, figure in enumerate(series.figures):
            if figure.value:
                top, low = self._scale.place(upper[place]), self._scale.place(bottom[place])
                with self._drawing.mark(figure.text, figure.href):
                    self._drawing.rect(left + place * step, top, step, low - top, "reach")

    def _labels(self, right: float) -> None:
        """What the lines and surfaces are, at their ends."""
        top, bottom = self._scale.end, self._scale.begin
        for one, y in zip(
            self._ends, spread([one.y for one in self._ends], top + 4, bottom - 2), strict=True
        ):
            x = right + 6
            if one.kind:
                self._drawing.rect(x, y - 5, SWATCH, SWATCH, one.kind)
                x += SWATCH + 5
            self._drawing.text(x, y + 4, one.text, "label", room=self._drawing.width - x)

    def _target(self, left: float, right: float) -> None:
        target = self._panel.target
        if target is None:
            return
        y = self._scale.place(target.value)
        self._drawing.line(left, y, right, y, "target")
        if not self._drawing.size.is_narrow:
            self._ends.append(EndLabel(target.label, y))

    def _kind(self, series: ChartSeries) -> str:
        is_line = self._panel.form in (Form.LINES, Form.CURVES)
        return f"line {series.kind}" if is_line else series.kind


def _height_in(panel: Panel, size: Size, panels: int) -> int:
    if size.is_card:
        return _OF_CARD // panels
    return min(panel.height, 130 if panel.height > _TALL else 110) if size.is_narrow else panel.height


def _courses(figures: Sequence[Figure]) -> list[list[tuple[int, float]]]:
    """The values with their places, apart wherever one is not known."""
    known = [(place, one.value) for place, one in enumerate(figures) if one.value is not None]
    if not known:
        return []
    courses = [[known[0]]]
    for before, after in pairwise(known):
        if after[0] == before[0] + 1:
            courses[-1].append(after)
        else:
            courses.append([after])
    return courses
