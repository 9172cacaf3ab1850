"""Each picture as a file: its table as CSV, and the drawing as an SVG with a style of its own."""

from __future__ import annotations

from functools import cache, partial
from importlib.resources import files

from casecore.identity.identity import Scope
from casecore.web.charts.drawing import Size
from casecore.web.pages.files import FileShown, PageFile
from casecore.web.pages.operations.asked import OfCases
from casecore.web.pages.operations.pictures import PICTURES, ShownPicture, draw_picture
from casecore.web.pages.page import Look

_OF_FILE = Size("file", 760, 100, is_linked=False)


def load_csv(look: Look, asked: OfCases, shown: ShownPicture) -> FileShown:
    """The table as CSV."""
    sketch = draw_picture(shown, look, asked).sketch
    return FileShown(
        f"{shown.picture.name}.csv",
        "text/csv; charset=utf-8",
        (sketch.file() if sketch.file else sketch.table).csv(),
    )


def load_svg(look: Look, asked: OfCases, shown: ShownPicture) -> FileShown:
    """The drawing as SVG."""
    drawing = draw_picture(shown, look, asked).sketch.chart.draw(_OF_FILE, shown.picture.name)
    return FileShown(f"{shown.picture.name}.svg", "image/svg+xml", drawing.file(style_of_files()))


@cache
def style_of_files() -> str:
    """How drawings look: the same as in pages, whose colours its fallbacks are."""
    return (files("casecore.web") / "assets" / "charts.css").read_text("utf-8")


FILES: tuple[PageFile[OfCases], ...] = tuple(
    PageFile(f"{one.path}.{ending}", (Scope.ANALYST,), OfCases, partial(load, shown=one))
    for one in PICTURES
    for ending, load in (("csv", load_csv), ("svg", load_svg))
)
