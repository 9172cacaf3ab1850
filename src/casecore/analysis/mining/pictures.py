"""Pictures of what was mined, as SVG that a notebook shows by itself: bars, and arcs from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

_LINE, _LABELS, _BARS, _VALUES = 24, 230, 330, 140
_STEP, _NAMES, _REACH, _REACH_OF_STEP = 46, 190, 30, 110
_THICKEST, _THINNEST = 9.0, 1.0
_STYLE = "font: 13px sans-serif; background: #fff"
_BLUE, _ORANGE = "#2f6fab", "#c8642b"


class MinedPicture(NamedTuple):
    """A picture; notebooks show it, and `svg` is what a file of it has."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


class MinedBar(NamedTuple):
    """A bar: what it is of, how long it is beside the others, and what is written at its end."""

    label: str
    value: float
    text: str


class Arc(NamedTuple):
    """From one step to another, how often; `text` is written at it."""

    before: str
    after: str
    times: int
    text: str


def bars(title: str, shown: Sequence[MinedBar]) -> MinedPicture:
    """Bars one below the other, the longest as wide as there is room.

    >>> "10 h" in bars("Waits", [MinedBar("level_0", 10.0, "10 h")]).svg
    True
    """
    longest = max((bar.value for bar in shown), default=0) or 1
    parts = [_text(0, 16, title, bold=True)]
    for place, bar in enumerate(shown):
        y = 30 + _LINE * place
        width = _BARS * bar.value / longest
        parts += [
            _text(_LABELS - 8, y + 14, bar.label, anchor="end"),
            f'<rect x="{_LABELS}" y="{y + 2}" width="{width:.1f}" height="{_LINE - 8}" fill="{_BLUE}"/>',
            _text(_LABELS + width + 6, y + 14, bar.text),
        ]
    return _picture(_LABELS + _BARS + _VALUES, 36 + _LINE * len(shown), parts)


def arcs(title: str, shown: Sequence[Arc], order: Sequence[str]) -> MinedPicture:
    """Steps one below the other in this order, with arcs between them, as thick as they are frequent.

    Downwards they are on the right, and back upwards on the left, in another colour. An arc from a step to
    itself, or to a step that is not in the order, is not drawn.

    >>> "3 in 1 h" in arcs("Paths", [Arc("taken", "resolved", 3, "3 in 1 h")], ["taken", "resolved"]).svg
    True
    """
    places = {name: place for place, name in enumerate(order)}
    drawn = [arc for arc in shown if {arc.before, arc.after} <= set(places) and arc.before != arc.after]
    highest = max((arc.times for arc in drawn), default=1)
    leaps = [places[arc.after] - places[arc.before] for arc in drawn]
    middle = _NAMES + _room(-min([0, *leaps]))
    parts = [_text(0, 16, title, bold=True)]
    for arc in sorted(drawn, key=lambda arc: -arc.times):
        parts += _arc(arc, middle, places[arc.before], places[arc.after], highest)
    for name, place in places.items():
        y = _height(place)
        parts += [
            f'<path d="M {_NAMES} {y} H {middle}" stroke="#ccc" stroke-dasharray="2 4"/>',
            f'<circle cx="{middle}" cy="{y}" r="5" fill="#333"/>',
            _text(_NAMES - 8, y + 4, name, anchor="end"),
        ]
    return _picture(middle + _room(max([0, *leaps])) + 20, _height(len(order)), parts)


def _arc(arc: Arc, middle: int, before: int, after: int, highest: int) -> Iterator[str]:
    """A curve and its text; what leaps further reaches further out."""
    side, colour = (1, _BLUE) if after > before else (-1, _ORANGE)
    begins, ends = _height(before), _height(after)
    out = middle + side * _reach(abs(after - before))
    width = max(_THINNEST, _THICKEST * arc.times / highest)
    yield (
        f'<path d="M {middle} {begins} C {out} {begins}, {out} {ends}, {middle} {ends}" fill="none" '
        f'stroke="{colour}" stroke-opacity="0.6" stroke-width="{width:.1f}"/>'
    )
    # A curve comes three quarters of the way to the points that pull it.
    x = middle + 0.75 * (out - middle) + side * 8
    yield _text(x, (begins + ends) / 2 + 4, arc.text, anchor="start" if side > 0 else "end")


def _height(place: int) -> int:
    return 46 + _STEP * place


def _reach(leap: int) -> int:
    return _REACH + _REACH_OF_STEP * leap


def _room(leap: int) -> int:
    """How much room arcs need that leap so far, with their texts."""
    return _reach(leap) + 60 if leap else 20


def _text(x: float, y: float, text: str, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


def _picture(width: int, height: int, parts: Sequence[str]) -> MinedPicture:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" style="{_STYLE}">'
    return MinedPicture("\n".join([head, *parts, "</svg>"]))
