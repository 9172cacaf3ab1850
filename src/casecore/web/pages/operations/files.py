"""Each picture as a file: its table as CSV, and the drawing as an SVG with a style of its own."""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial
from importlib.resources import files

from casecore.identity.identity import Scope
from casecore.web.charts.drawing import FileHeading, Size
from casecore.web.pages.files import FileShown, PageFile
from casecore.web.pages.operations.asked import OfCases
from casecore.web.pages.operations.chips import chips_of, span_text
from casecore.web.pages.operations.pictures import PICTURES, Drawn, ShownPicture, draw_picture
from casecore.web.pages.page import Look
from casecore.web.rendering.reader import PageReader

_OF_FILE = Size("file", 760, 100, 50, is_linked=False)


def load_csv(look: Look, asked: OfCases, shown: ShownPicture) -> FileShown:
    """The table as CSV."""
    drawn = draw_picture(shown, look, asked)
    table = drawn.sketch.file() if drawn.sketch.file else drawn.sketch.table
    return FileShown(f"{_name(look, shown, drawn)}.csv", "text/csv; charset=utf-8", table.csv())


def load_svg(look: Look, asked: OfCases, shown: ShownPicture) -> FileShown:
    """The drawing as SVG, which says what it is of, and as of when."""
    drawn, reader = draw_picture(shown, look, asked), PageReader(look.times.language)
    chips = chips_of(asked, shown.path, reader, ("days", *shown.not_filtered))
    of = [f"{one.label}: {one.value}" for one in chips]
    when = [span_text(drawn.days, reader)] if shown.picture.of_days else []
    when.append(reader.gettext("as of %(instant)s", instant=look.times.exact(_as_of(look)).partition(";")[0]))
    heading = FileHeading(reader.gettext(shown.title), drawn.sketch.headline, " · ".join([*when, *of]))
    drawing = drawn.sketch.chart.draw(_OF_FILE, shown.picture.name)
    return FileShown(
        f"{_name(look, shown, drawn)}.svg", "image/svg+xml", drawing.file(style_of_files(), heading)
    )


def _name(look: Look, shown: ShownPicture, drawn: Drawn) -> str:
    """What the file has, and of which days; of how it is now, as of when."""
    days = drawn.days
    if days.since and days.until:
        return f"{shown.picture.name}_{days.since}_{days.until}"
    return f"{shown.picture.name}_{_as_of(look).astimezone(look.times.zone):%Y-%m-%dT%H%M}"


def _as_of(look: Look) -> datetime:
    """Of when the figures are: what their views show, or now, if nothing is to come."""
    freshness = look.app.freshness.of_answer
    return freshness.as_of if freshness is not None and freshness.behind and freshness.as_of else look.now


@cache
def style_of_files() -> str:
    """How drawings look: the same as in pages, whose colours its fallbacks are."""
    return (files("casecore.web") / "assets" / "charts.css").read_text("utf-8")


FILES: tuple[PageFile[OfCases], ...] = tuple(
    PageFile(f"{one.path}.{ending}", (Scope.ANALYST,), OfCases, partial(load, shown=one))
    for one in PICTURES
    for ending, load in (("csv", load_csv), ("svg", load_svg))
)
