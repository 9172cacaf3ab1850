"""What all pictures are made of: figures, series, and texts that find a place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from casecore.web.charts.drawing import LINE_HEIGHT, Drawing, lines_of, width_of

SWATCH = 10
MANY_MARKS = 60
"""More marks than these are no stops of the tabulator: one would never get past them."""


class Figure(NamedTuple):
    """A figure: its value, None where nobody knows one; what is said of it; and where it leads."""

    value: float | None
    text: str
    href: str = ""


class ChartSeries(NamedTuple):
    """Figures of one kind, by whose class they are coloured."""

    label: str
    kind: str
    figures: Sequence[Figure]


class TargetLine(NamedTuple):
    """A line to compare with: `label` at its end, and `aside` in the title where its end has no room."""

    value: float
    label: str
    aside: str = ""


class EndLabel(NamedTuple):
    """What is written at the end of a line or a surface, about at a height; a surface has a kind."""

    text: str
    y: float
    kind: str = ""


Written = Callable[[float], str]
"""How the numbers at an axis are written."""


class LegendKey(NamedTuple):
    """What a colour means."""

    label: str
    kind: str


def draw_legend(drawing: Drawing, keys: Sequence[LegendKey], x: float, y: float, width: float) -> float:
    """What the colours mean, in as many lines as it takes; returns where the next thing can begin."""
    at = x
    for one in keys:
        swatch = SWATCH * (2 if one.kind.startswith("line ") else 1)
        needed = swatch + 5 + width_of(one.label)
        if at > x and at + needed > x + width:
            at, y = x, y + LINE_HEIGHT
        if one.kind.startswith("line "):
            drawing.line(at, y + SWATCH / 2, at + swatch, y + SWATCH / 2, one.kind)
        else:
            drawing.rect(at, y, SWATCH, SWATCH, one.kind)
        drawing.text(at + swatch + 5, y + SWATCH - 1, one.label, "label", room=x + width - at - swatch - 5)
        at += needed + 14
    return y + LINE_HEIGHT + 2


def spread(places: Sequence[float], low: float, high: float, gap: float = LINE_HEIGHT - 2) -> list[float]:
    """Places as near as can be to those given, in their order, with a gap between all of them."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    found = [0.0] * len(places)
    at = low - gap
    for index in order:
        at = max(places[index], at + gap)
        found[index] = at
    until = high + gap
    for index in reversed(order):
        until = min(found[index], until - gap)
        found[index] = max(until, low)
    return found


def draw_empty(drawing: Drawing, text: str) -> Drawing:
    """A picture of nothing, which says so."""
    y = 40.0
    for line in lines_of(text, drawing.width):
        drawing.text(drawing.width / 2, y, line, "faint", anchor="middle")
        y += LINE_HEIGHT
    drawing.end(y + 14)
    return drawing
