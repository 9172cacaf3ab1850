"""A picture with its table, its filters and its files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from casecore.app.seen.known_names import Names, names_in_cases
from casecore.cases.topics import TOPICS
from casecore.identity.identity import Scope
from casecore.web.charts.drawing import NARROW, WALL, WIDE, Drawing
from casecore.web.pages.operations.asked import DaysShown, OfCases, api_of, query_of, span_of
from casecore.web.pages.operations.chips import FilterChip, SpanLink, chips_of, span_links, span_text
from casecore.web.pages.operations.other_days import earlier_later_wider
from casecore.web.pages.operations.pictures import PICTURES, ShownPicture, draw_picture, target_of
from casecore.web.pages.operations.tables import Table
from casecore.web.pages.page import AnyPage, Look, Shown, SitePage
from casecore.web.rendering.reader import PageReader

_SECTION = "operations"


class Link(NamedTuple):
    """Somewhere else."""

    title: str
    href: str


class PicturePage(NamedTuple):
    """A picture, with what narrows it down, and other days to choose: `steps` are those around it.

    `known` are names to filter by, of what the reader sees.
    """

    asked: OfCases
    chips: Sequence[FilterChip]
    spans: Sequence[SpanLink]
    steps: Sequence[SpanLink]
    shown: ShownPicture
    drawings: Sequence[Drawing]
    headline: str
    span: str
    note: str
    table: Table
    target: float
    topics: Sequence[str]
    known: Names
    files: Sequence[Link]
    before: Link
    after: Link
    overview_href: str
    wall_href: str


def load_picture(look: Look, asked: OfCases, shown: ShownPicture) -> Shown:
    """The picture of what is asked."""
    drawn = draw_picture(shown, look, asked)
    sketch, name = drawn.sketch, shown.picture.name
    sizes = (WALL,) if asked.wall else (WIDE, NARROW)
    place = PICTURES.index(shown)
    unwalled = query_of(asked, wall="")
    reader = PageReader(look.times.language)
    content = PicturePage(
        asked=asked,
        chips=chips_of(asked, shown.path, reader, shown.not_filtered),
        spans=_spans(look, shown, asked, drawn.days, reader),
        steps=earlier_later_wider(asked, shown, drawn.days, reader, look.now),
        shown=shown,
        drawings=[sketch.chart.draw(size, name) for size in sizes],
        headline=sketch.headline,
        span=span_text(drawn.days, reader),
        note=sketch.note,
        table=sketch.table,
        target=target_of(asked),
        topics=tuple(TOPICS),
        known={} if asked.wall else names_in_cases(look.app, look.viewer),
        files=[Link(kind.upper(), f"{shown.path}.{kind}{unwalled}") for kind in ("csv", "svg")],
        before=_neighbour(place - 1, asked),
        after=_neighbour(place + 1, asked),
        overview_href="/operations" + query_of(asked, wall="1" if asked.wall else ""),
        wall_href=shown.path + query_of(asked, wall="" if asked.wall else "1"),
    )
    about = "cases" if asked.wall or not shown.picture.of_days else ""
    return Shown(shown.title, content, api_of(shown.picture, drawn.which), about)


def _neighbour(place: int, asked: OfCases) -> Link:
    found = PICTURES[place % len(PICTURES)]
    return Link(found.title, found.path + query_of(asked))


def _spans(
    look: Look, shown: ShownPicture, asked: OfCases, days: DaysShown, reader: PageReader
) -> Sequence[SpanLink]:
    if not shown.picture.of_days:
        return ()
    usual = span_of(OfCases(), look, days.moved, by_month=shown.by_month)
    return span_links(asked, shown.path, reader, usual, shown.by_month)


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
