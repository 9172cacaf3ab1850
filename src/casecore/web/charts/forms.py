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
