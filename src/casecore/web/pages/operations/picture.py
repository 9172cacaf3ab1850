"""A picture with its table, its filters and its files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from casecore.cases.topics import TOPICS
from casecore.identity.identity import Scope
from casecore.web.charts.drawing import NARROW, WALL, WIDE, Drawing
from casecore.web.pages.operations.asked import MOST_DAYS, DaysShown, OfCases, api_of, query_of
from casecore.web.pages.operations.pictures import PICTURES, ShownPicture, draw_picture, target_of
from casecore.web.pages.operations.tables import Table
from casecore.web.pages.page import AnyPage, Look, Shown, SitePage

_SECTION = "operations"


class Link(NamedTuple):
    """Somewhere else."""

    title: str
    href: str


class PicturePage(NamedTuple):
    """A picture: `all_days` leads to the same of all days on which anything happened, empty without any."""

    asked: OfCases
    shown: ShownPicture
    drawings: Sequence[Drawing]
    headline: str
    note: str
    table: Table
    days: DaysShown
    target: float
    topics: Sequence[str]
    files: Sequence[Link]
    before: Link
    after: Link
    all_days: Link | None
    overview_href: str
    wall_href: str


def load_picture(look: Look, asked: OfCases, shown: ShownPicture) -> Shown:
    """The picture of what is asked."""
    drawn = draw_picture(shown, look, asked)
    sketch, name = drawn.sketch, shown.picture.name
    sizes = (WALL,) if asked.wall else (WIDE, NARROW)
    place = PICTURES.index(shown)
    unwalled = query_of(asked, wall="")
    content = PicturePage(
        asked=asked,
        shown=shown,
        drawings=[sketch.chart.draw(size, name) for size in sizes],
        headline=sketch.headline,
        note=sketch.note,
        table=sketch.table,
        days=drawn.days,
        target=target_of(asked),
        topics=tuple(TOPICS),
        files=[Link(kind.upper(), f"{shown.path}.{kind}{unwalled}") for kind in ("csv", "svg")],
        before=_neighbour(place - 1, asked),
        after=_neighbour(place + 1, asked),
        all_days=_all_days(shown, asked, drawn.days),
        overview_href="/operations" + query_of(asked, wall="1" if asked.wall else "", since="", until=""),
        wall_href=shown.path + query_of(asked, wall="" if asked.wall else "1"),
    )
    about = "cases" if asked.wall or not shown.picture.of_days else ""
    return Shown(shown.title, content, api_of(shown.picture, drawn.which), about)


def _neighbour(place: int, asked: OfCases) -> Link:
    found = PICTURES[place % len(PICTURES)]
    return Link(found.title, found.path + query_of(asked))


def _all_days(shown: ShownPicture, asked: OfCases, days: DaysShown) -> Link | None:
    first, last = days.moved
    if first is None or last is None or days.since is None or days.until is None:
        return None
    if days.since <= first and days.until >= last:
        return None
    first = max(first, last - timedelta(days=MOST_DAYS - 1))
    return Link("", shown.path + query_of(asked, since=_text(first), until=_text(last)))


def _text(day: date) -> str:
    return day.isoformat()


PAGES: tuple[AnyPage, ...] = tuple(
    SitePage(
        one.path,
        _SECTION,
        (Scope.ANALYST,),
        OfCases,
        "operations/picture.html",
        partial(load_picture, shown=one),
    )
    for one in PICTURES
)
