"""Every bar, point, part and cell of every picture leads to exactly the cases that it counts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl

import pytest

from casecore.app.pictures.catalogue import PICTURES
from casecore.identity.identity import Scope
from tests.web.operations.reading import VENDOR, page_of, references, rows_of_api
from tests.web.sites import Site

MARK = re.compile(r'<a href="(/operations/[a-z-]+/cases\?[^"]+)" class="mark" aria-label="([^"]*)"')
LEADS_NOWHERE = re.compile(r'<g class="mark"><title>([^<]*)</title>')
CELL = re.compile(r'<t[dh][^>]*><a href="(/operations/[a-z-]+/cases\?[^"]+)">([^<]*)</a></t[dh]>')
SAYS = {
    "missed": r"(\d+) missed",
    "met": r"met, (\d+) of",
    "at_first_level": r", (\d+) of",
    "resolved": r" of (\d+)$",
    "reopened": r"reopened, (\d+) beside",
    "clocks": r", (\d+) in all",
    "minutes": r": ([\d.]+) h",
}
"""Where in what is said of a mark its figure is; of others it is what comes first."""
LONG = "?since=2025-01-01&until={today}"
"""So many days that they are drawn by week."""


class Link(NamedTuple):
    """Where a figure leads, and the figure as it reads."""

    href: str
    says: str

    @property
    def figure(self) -> str:
        return dict(parse_qsl(self.href.partition("?")[2]))["figure"]


def links_of(page: str) -> Iterator[Link]:
    """The links of a picture's marks, and of the cells of the table beside it."""
    for href, label in MARK.findall(page):
        link = Link(html.unescape(href), html.unescape(label))
        if link.figure == "seconds":
            yield link
            continue
        found = re.search(SAYS.get(link.figure, r": (\d+) "), link.says)
        assert found is not None, link
        yield link._replace(says=found[1])
    for href, text in CELL.findall(page):
        yield Link(html.unescape(href), text)


def counted(desk: Site, who: str, page: str) -> float:
    """How much the cases of a page count, which the API has at the address that the page names."""
    return sum(one["times"] for one in rows_of_api(desk, page, "cases", who))


@pytest.mark.parametrize("who", [VENDOR, "seller:sued:tom"])
@pytest.mark.parametrize("query", ["", "?seller=nord&customer=praxis", "?priority=high", LONG])
def test_each_mark_and_each_cell_leads_to_exactly_the_cases_that_it_counts(
    desk: Site, who: str, query: str
) -> None:
    somebody = desk.as_(who, Scope.AGENT, Scope.ANALYST)
    query = query.format(today=datetime.now(UTC).date())
    kinds = set()
    for picture in PICTURES:
        # Given a picture, of which only what counts nothing leads nowhere
        page = page_of(somebody, f"/operations/{picture.name}{query}")
        for label in LEADS_NOWHERE.findall(page):
            assert re.search(r"\b0\b", label), (picture.name, label)
        for link in dict.fromkeys(links_of(page)):
            # When one follows a link
            behind = page_of(somebody, link.href)
            # Then as many cases are there as the figure says
            found = counted(desk, who, behind)
            kinds.add((picture.name, link.figure))
            match link.figure:
                case "seconds":
                    assert_held(desk, who, page, link, found)
                case "minutes" if "." in link.says:
                    assert round(found / 60, 1) == float(link.says), link
                case "minutes":
                    assert found in (int(link.says), 60 * int(link.says)), link
                case _:
                    assert found == int(link.says.replace(",", "")), link
    if who == VENDOR and not query:
        assert {name for name, _ in kinds} == {one.name for one in PICTURES}


def assert_held(desk: Site, who: str, page: str, link: Link, found: float) -> None:
    """Time passes between a look at a picture and one at what is behind it."""
    asked = dict(parse_qsl(link.href.partition("?")[2]))
    row = next(
        one
        for one in rows_of_api(desk, page, who=who)
        if (one["organisation"], one["holder"]) == (asked["organisation"], asked["holder"])
    )
    assert found == pytest.approx(float(row["seconds"]), abs=600), link


def test_the_parts_of_a_bar_are_parts_of_the_agents_cases(desk: Site) -> None:
    # Given an agent of whose cases one waits for the customer, and one does not
    vera = desk.as_(VENDOR, Scope.AGENT, Scope.ANALYST)
    page = page_of(vera, "/operations/agent-load?organisation=nord")
    behind = {
        (asked.get("agent"), asked["figure"]): page_of(vera, link.href)
        for link in links_of(page)
        for asked in [dict(parse_qsl(link.href.partition("?")[2]))]
    }
    # Then each part leads to its own
    assert {figure for agent, figure in behind if agent == "jan"} == {"cases", "at_work", "waiting"}
    assert {figure for agent, figure in behind if agent is None} == {"cases", "at_work", "urgent"}
    assert references(behind["jan", "waiting"]) == ["C-2"]
    assert references(behind["jan", "at_work"]) == ["C-6"]
    assert references(behind["jan", "cases"]) == ["C-2", "C-6"]
    assert "to be worked on" in behind[None, "at_work"]


def test_a_week_leads_to_what_came_in_on_its_days_and_to_what_was_open_at_its_end(desk: Site) -> None:
    vera = desk.as_(VENDOR, Scope.AGENT, Scope.ANALYST)
    today = datetime.now(UTC).date()
    long = f"since={today - timedelta(days=400)}&until={today}"
    page = page_of(vera, f"/operations/backlog-flow?{long}")

    weeks = [link for link in links_of(page) if "day=" not in link.href]
    assert {link.figure for link in weeks} == {"came_in", "went_out", "open"}
    behind = page_of(vera, weeks[0].href)
    lead = re.search(r'<p class="lead">([^<]*)</p>', behind)
    assert lead is not None
    assert " – " in lead[1]
    assert 'class="chip"' not in behind
