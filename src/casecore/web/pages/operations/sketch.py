"""What a picture is drawn from, and what comes of it: a chart, a table, and the one figure to remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

from casecore.app.application import Application
from casecore.app.pictures.catalogue import Picture
from casecore.visibility.rules import Viewer
from casecore.web.charts.drawing import Drawing, Size
from casecore.web.pages.operations.asked import DaysShown
from casecore.web.pages.operations.tables import Shape, Table, table_of
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.times import LocalTimes
from projections.pictures.asked import PictureFilter


class Chart(Protocol):
    """Something that can be drawn."""

    def draw(self, size: Size, name: str) -> Drawing: ...


class PictureSubject(NamedTuple):
    """The rows of a picture, and for whom it is drawn.

    `app` is asked for what stands beside the rows, if the viewer is an accountant, too. `target` is a share
    of hundred to compare with. `narrow` is the address of the same picture of other days.
    """

    app: Application
    viewer: Viewer
    is_accountant: bool
    picture: Picture
    rows: Sequence[Any]
    which: PictureFilter
    span: DaysShown
    reader: PageReader
    times: LocalTimes
    target: float
    narrow: Callable[[str, str], str]

    def link(self, row: Any, figure: str) -> str:
        """Where the cases behind a figure of a row are."""
        return self._link(figure, {name: getattr(row, name) for name in self.picture.keys})

    def link_of_days(self, first: date, last: date, figure: str) -> str:
        """Where the cases behind a figure of days are."""
        return self._link(figure, {"day": first} if first == last else {"since": first, "until": last})

    def _link(self, figure: str, keys: Mapping[str, object]) -> str:
        query = {**self.which._replace(at=None)._asdict(), **keys, "figure": figure}
        said = {name: value for name, value in query.items() if value is not None and value != ""}
        return f"/operations/{self.picture.name}/cases?{urlencode(said)}"

    def instant(self, at: datetime | None) -> str:
        """An instant as it is read."""
        return "–" if at is None else self.times.short(at)

    def table(self, *shapes: Shape, rows: Sequence[Any] | None = None) -> Table:
        """The table of its rows."""
        return table_of(shapes, self.rows if rows is None else rows, self.link, self.picture.figures)


class Sketch(NamedTuple):
    """A picture, ready to be drawn. `file` makes what is written as CSV, if that is not the table."""

    chart: Chart
    table: Table
    headline: str
    note: str = ""
    file: Callable[[], Table] | None = None


Draws = Callable[[PictureSubject], Sketch]
"""Makes a picture of rows."""
