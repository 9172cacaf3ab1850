"""An SVG that is drawn piece by piece, escaped by the library that writes it, and without inline styles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from textwrap import wrap
from typing import NamedTuple
from xml.etree import ElementTree as ET

_MEDIUM_DIGIT = 0.6
_NARROW = 400
_MARGIN = 12
_HEADING_STEP = 19
_UNPRINTABLE = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
LINE_HEIGHT = 16
TEXT_SIZE = 12
"""Of all text of a drawing, in its own units."""


class Size(NamedTuple):
    """For which place a picture is drawn: how wide, in its own units, and whether its marks lead anywhere.

    `most_rows` is how many bars it has at most where each is a line of its own, `most_panels` how many axes
    one above the other.
    """

    name: str
    width: int
    most_rows: int
    most_panels: int
    is_linked: bool = True

    @property
    def is_card(self) -> bool:
        """Whether there is room for the most important alone."""
        return self.name.endswith("card")

    @property
    def is_narrow(self) -> bool:
        """Whether names do not fit beside what they name."""
        return self.width < _NARROW


WIDE = Size("wide", 960, 30, 15)
NARROW = Size("narrow", 300, 30, 15)
CARD = Size("card", 300, 6, 2, is_linked=False)
WALL_CARD = Size("wall-card", 420, 6, 2, is_linked=False)
WALL = Size("wall", 760, 14, 4, is_linked=False)


class FileHeading(NamedTuple):
    """What a file says above its drawing: `of` is of which days and cases, and as of when."""

    title: str
    headline: str
    of: str


class Drawing:
    """A drawing, in a list of pieces that lie one above the other.

    `kind` is a class, whose colours `charts.css` gives.
    """

    def __init__(self, name: str, size: Size, title: str, description: str) -> None:
        self.width = float(size.width)
        self.height = 0.0
        self.size = size
        self._id = f"{name}-{size.name}"
        self._svg = ET.Element("svg", {"class": f"chart {size.name}", "role": "group"})
        self._svg.set("aria-labelledby", f"{self._id}-title {self._id}-desc")
        self._at = self._svg
        for tag, text in (("title", title), ("desc", description)):
            ET.SubElement(self._svg, tag, {"id": f"{self._id}-{tag}"}).text = printable(text)
        self._patterns()

    def end(self, height: float, *, has_many_marks: bool = False) -> None:
        """Say how high it has become. Of many marks none is a stop of the tabulator."""
        self.height = height
        self._svg.set("viewBox", f"0 0 {number(self.width)} {number(height)}")
        if has_many_marks:
            for link in self._svg.iter("a"):
                link.set("tabindex", "-1")

    def say_days(self, left: float, right: float, days: Sequence[tuple[date, date]]) -> None:
        """Which days lie between two places, each as wide as the others, where a script can ask for them."""
        if self.size.is_linked:
            self._svg.set("data-left", number(left))
            self._svg.set("data-right", number(right))
            self._svg.set("data-days", " ".join(f"{first}/{last}" for first, last in days))

    @contextmanager
    def mark(self, text: str, href: str) -> Iterator[None]:
        """What is drawn within is one mark: it says `text` when it is pointed at, and leads to `href`."""
        outer = self._at
        is_link = bool(href) and self.size.is_linked
        self._at = ET.SubElement(outer, "a", {"href": href}) if is_link else ET.SubElement(outer, "g")
        self._at.set("class", "mark")
        if is_link:
            self._at.set("aria-label", printable(text))
        ET.SubElement(self._at, "title").text = printable(text)
        try:
            yield
        finally:
            self._at = outer

    def rect(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        """A rectangle; one of a kind with a pattern gets it."""
        place = {
            "x": number(x),
            "y": number(y),
            "width": number(max(width, 0)),
            "height": number(max(height, 0)),
        }
        self._add("rect", kind, place)
        pattern = _PATTERN_OF.get(kind)
        if pattern:
            self._add("rect", "pattern", {**place, "fill": f"url(#{self._id}-{pattern})"})

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A line."""
        self._add("line", kind, {"x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2)})

    def path(self, points: list[tuple[float, float]], kind: str, *, is_closed: bool = False) -> None:
        """A line through points; a closed one is a surface."""
        if points:
            course = " ".join(f"{number(x)},{number(y)}" for x, y in points)
            self._add("polygon" if is_closed else "polyline", kind, {"points": course})
            pattern = _PATTERN_OF.get(kind) if is_closed else None
            if pattern:
                self._add("polygon", "pattern", {"points": course, "fill": f"url(#{self._id}-{pattern})"})

    def point(self, x: float, y: float, radius: float, kind: str) -> None:
        """A point."""
        self._add("circle", kind, {"cx": number(x), "cy": number(y), "r": number(radius)})

    def text(
        self, x: float, y: float, text: str, kind: str = "", *, anchor: str = "start", room: float = 0
    ) -> None:
        """A text, cut to its `room` if it has any; `y` is its base line."""
        shown = fitting(text, room) if room else text
        added = self._add("text", kind, {"x": number(x), "y": number(y), "text-anchor": anchor})
        added.text = printable(shown)
        if shown != text:
            ET.SubElement(added, "title").text = printable(text)

    def heading(self, x: float, y: float, text: str, room: float) -> float:
        """What an axis counts, in as many lines as it takes; returns where the next thing can begin."""
        for line in lines_of(text, room):
            self.text(x, y + 12, line, "unit")
            y += LINE_HEIGHT
        return y + 4

    def __html__(self) -> str:
        """The drawing in a page."""
        return ET.tostring(self._svg, encoding="unicode")

    def file(self, style: str, heading: FileHeading | None = None) -> bytes:
        """The drawing as a file of its own, with its style and what it has to say outside of a page."""
        own = ET.fromstring(self.__html__())  # noqa: S314 - it was written here
        own.set("xmlns", "http://www.w3.org/2000/svg")
        texts = _texts_of(heading, self.width) if heading else []
        above = _MARGIN + len(texts) * _HEADING_STEP + (4 if texts else 0)
        frame = {"width": number(self.width + 2 * _MARGIN), "height": number(self.height + above + _MARGIN)}
        own.attrib.update(frame)
        own.set("viewBox", f"-{_MARGIN} -{above} {frame['width']} {frame['height']}")
        sheet = ET.Element("style")
        sheet.text = style
        own.insert(2, sheet)
        ground = {"class": "ground", "x": f"-{_MARGIN}", "y": f"-{above}", **frame}
        own.insert(3, ET.Element("rect", ground))
        for line, (kind, text) in enumerate(texts):
            place = {"x": "0", "y": number(_MARGIN - above + line * _HEADING_STEP + 10)}
            ET.SubElement(own, "text", {"class": kind, **place}).text = printable(text)
        return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(own, encoding="unicode").encode()

    def _add(self, tag: str, kind: str, attributes: dict[str, str]) -> ET.Element:
        classes = {"class": kind} if kind else {}
        return ET.SubElement(self._at, tag, {**classes, **attributes})

    def _patterns(self) -> None:
        defs = ET.SubElement(self._svg, "defs")
        for name, turn in (("rising", "45"), ("falling", "-45"), ("upright", "0"), ("lying", "90")):
            pattern = ET.SubElement(
                defs, "pattern", {"id": f"{self._id}-{name}", "width": "5", "height": "5"}
            )
            pattern.set("patternUnits", "userSpaceOnUse")
            pattern.set("patternTransform", f"rotate({turn})")
            ET.SubElement(pattern, "line", {"class": "hatch", "x1": "0", "y1": "0", "x2": "0", "y2": "5"})


_PATTERN_OF = {
    "overdue": "rising",
    "not_taken": "upright",
    "level_1": "rising",
    "partner": "falling",
    "customer": "upright",
    "opened": "upright",
    "escalated_l1": "rising",
    "partner_support": "falling",
    "waiting": "falling",
    "held_level_1": "rising",
    "held_partner": "falling",
    "held_customer": "upright",
    "held_hand_over": "rising",
    "resolved": "lying",
    "held_resolved": "lying",
}
"""Kinds that are told from their neighbours without colours, too."""


def _texts_of(heading: FileHeading, width: float) -> list[tuple[str, str]]:
    """The lines above a drawing, each with its class."""
    of = [("tick", line) for line in lines_of(heading.of, width)]
    return [("title", heading.title), ("unit", heading.headline), *of]


def number(value: float) -> str:
    """A coordinate: to a hundredth, and without an exponent."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def printable(text: str) -> str:
    """A text without the characters that XML does not know (XML 1.0, 2.2)."""
    return _UNPRINTABLE.sub(" ", text)


def width_of(text: str) -> float:
    """About how wide a text is: the server has no fonts."""
    return len(text) * TEXT_SIZE * _MEDIUM_DIGIT


def lines_of(text: str, room: float) -> list[str]:
    """A text in lines that have room, broken between words; a sign of percent stays with what it is of."""
    return wrap(text.replace(" %", "\xa0%"), max(int(room / (TEXT_SIZE * _MEDIUM_DIGIT)), 10)) or [""]


def fitting(text: str, room: float) -> str:
    """As much of a text as has room."""
    most = max(int(room / (TEXT_SIZE * _MEDIUM_DIGIT)), 2)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
