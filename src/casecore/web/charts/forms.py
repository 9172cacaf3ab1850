"""What a panel over time shows, and in which form."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from casecore.web.charts.parts import ChartSeries, TargetLine, Written


class Form(Enum):
    """How the figures of a panel are drawn.

    In `MIRRORED` the last of the series goes down from zero; `CURVES` have a scale of factors.
    """

    COLUMNS = "columns"
    MIRRORED = "mirrored"
    LINES = "lines"
    CURVES = "curves"
    AREAS = "areas"


class Panel(NamedTuple):
    """One axis with its series; `title` says what it counts, and in which unit.

    `high` is where the axis ends at least, `floor` where it begins; `steps` are its ticks if they are
    factors.
    """

    title: str
    form: Form
    series: Sequence[ChartSeries]
    written: Written
    height: int = 150
    high: float = 0
    floor: float = 0
    target: TargetLine | None = None
    steps: Sequence[float] = ()
    whole: bool = True

    @property
    def end_names(self) -> list[str]:
        """What is written at the ends of series: their names, or of a single line its last figure."""
        if self.form not in (Form.LINES, Form.CURVES, Form.AREAS):
            return []
        if len(self.series) > 1 or self.form is Form.AREAS:
            return [one.label for one in self.series]
        figures = self.series[0].figures if self.series else ()
        last = figures[-1].value if figures else None
        return [] if last is None else [self.written(last)]
