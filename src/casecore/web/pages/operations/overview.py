"""All pictures of operations, small, each with its one figure to remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from casecore.app.seen.known_names import Names, names_in_cases
from casecore.cases.topics import TOPICS
from casecore.identity.identity import Scope
from casecore.web.charts.drawing import CARD, WALL_CARD, Drawing
from casecore.web.pages.operations.asked import OfCases, filter_of, moved_of, query_of, span_of
from casecore.web.pages.operations.chips import FilterChip, SpanLink, chips_of, span_links, span_text
from casecore.web.pages.operations.pictures import PICTURES, draw_picture
from casecore.web.pages.page import AnyPage, Look, Shown, SitePage
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.words import N_

_ON_WALL = 6
"""Of all pictures, those that are used most fill a wall screen, and can be read from afar."""


class Card(NamedTuple):
    """A small picture, of which days, empty for now, and where the large one is."""

    title: str
    href: str
    headline: str
    days: str
    drawing: Drawing


class OperationsOverview(NamedTuple):
    """The cards; `wall_href` is where they fill a wall screen, or where they no longer do.

    `known` are names to filter by, of what the reader sees.
    """

    asked: OfCases
    chips: Sequence[FilterChip]
    spans: Sequence[SpanLink]
    cards: Sequence[Card]
    topics: Sequence[str]
    known: Names
    wall_href: str
    next_href: str


def load_overview(look: Look, asked: OfCases) -> Shown:
    """All pictures of the cases that are asked about."""
    cards, moved = [], moved_of(look, filter_of(asked, look))
    reader = PageReader(look.times.language)
    usual = span_of(OfCases(), look, moved, by_month=False)
    for one in PICTURES[:_ON_WALL] if asked.wall else PICTURES:
        drawn = draw_picture(one, look, asked, moved)
        sketch, days = drawn.sketch, span_text(drawn.days, reader)
        drawing = sketch.chart.draw(WALL_CARD if asked.wall else CARD, one.picture.name)
        cards.append(Card(one.title, one.path + query_of(asked), sketch.headline, days, drawing))
    content = OperationsOverview(
        asked=asked,
        chips=chips_of(asked, "/operations", reader),
        spans=span_links(asked, "/operations", reader, usual, None),
        cards=cards,
        topics=tuple(TOPICS),
        known={} if asked.wall else names_in_cases(look.app, look.viewer),
        wall_href="/operations" + query_of(asked, wall="" if asked.wall else "1"),
        next_href=PICTURES[0].path + query_of(asked, wall="round"),
    )
    return Shown(N_("Operations"), content, about="cases" if asked.wall else "")


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/operations", "operations", (Scope.ANALYST,), OfCases, "operations/overview.html", load_overview
    ),
)
