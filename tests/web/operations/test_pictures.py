"""The page Operations: its figures are the API's, each leads to its cases, and files say the same."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date, timedelta
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest

from casecore.app.pictures.catalogue import PICTURES
from casecore.http.requests.days import MOST_DAYS
from casecore.identity.identity import Scope
from tests.web.operations.reading import VENDOR, page_of, references, rows_of_api, table_of
from tests.web.sites import Browser, Site

LINK = re.compile(r'href="(/operations/[a-z-]+/cases\?[^"]+)"')
CHIP = re.compile(r'<a class="chip" href="([^"]+)">([^<]*?) <span')
NEXT = re.compile(r'<a class="next" rel="next" href="([^"]+)"')


@pytest.fixture
def vera(desk: Site) -> Browser:
    return desk.as_(VENDOR, Scope.AGENT, Scope.ANALYST)


def links_of(page: str) -> list[str]:
    return [html.unescape(one) for one in dict.fromkeys(LINK.findall(page))]


def test_all_pictures_are_shown_and_each_leads_to_its_own(vera: Browser) -> None:
    page = page_of(vera, "/operations")

    assert page.count('<svg class="chart card"') == len(PICTURES) == 12
    for picture in PICTURES:
        assert f'href="/operations/{picture.name}"' in page


def test_figures_are_those_of_the_api_and_lead_to_as_many_cases(desk: Site, vera: Browser) -> None:
    for picture in PICTURES:
        page = page_of(vera, f"/operations/{picture.name}")
        rows = rows_of_api(desk, page)
        figures = {
            (figure, *(str(row[key]) for key in picture.keys if row[key] not in (None, ""))): row[figure]
            for row in rows
            for figure in picture.figures
        }
        links = links_of(page)
        assert links, picture.name
        for link in links[:25]:
            asked = dict(parse_qsl(link.partition("?")[2]))
            keys = tuple(asked[key] for key in picture.keys if key in asked)
            behind = page_of(vera, link)
            shown = table_of(behind)
            counts = "Counts" in behind or ">Effort<" in behind
            number = sum(int(row[-1].removesuffix(" min")) for row in shown) if counts else len(shown)
            if asked["figure"] != "seconds":
                assert number == figures[(asked["figure"], *keys)], link


def test_a_file_says_what_the_table_says(vera: Browser) -> None:
    for picture in PICTURES:
        shown = table_of(page_of(vera, f"/operations/{picture.name}"))
        answer = vera.look(f"/operations/{picture.name}.csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        when = r"\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d" if picture.of_days else r"\d{4}-\d\d-\d\dT\d{4}"
        name = rf'attachment; filename="{picture.name}_{when}\.csv"'
        assert re.fullmatch(name, answer.headers["content-disposition"])
        assert len(rows) == len(shown) + 1
        for row, cells in zip(rows[1:], shown, strict=True):
            for value, text in zip(row, cells, strict=True):
                if value.isdigit() and text.replace(",", "").isdigit():
                    assert int(text.replace(",", "")) == int(value)


def test_no_cell_of_a_file_is_a_formula(vera: Browser) -> None:
    rows = list(csv.reader(io.StringIO(vera.look("/operations/agent-load.csv").text)))

    assert ["sued", "'=1+1"] in [row[:2] for row in rows]


def test_a_picture_is_a_file_of_its_own(vera: Browser) -> None:
    for picture in PICTURES:
        answer = vera.look(f"/operations/{picture.name}.svg?customer=praxis")
        svg = ET.fromstring(answer.content)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert svg.tag == "{http://www.w3.org/2000/svg}svg"
        assert ".level_0" in (svg.findtext("{http://www.w3.org/2000/svg}style") or "")
        said = " ".join(one.text or "" for one in svg.findall("{http://www.w3.org/2000/svg}text"))
        assert re.search(r"as of \w+, \d+ \w+ \d{4}, \d\d:\d\d:\d\d .* Customer: praxis", said)


def test_filters_are_in_the_address_and_hold_for_what_is_behind(vera: Browser) -> None:
    page = page_of(vera, "/operations/open-ages?customer=%3Dcmd")

    assert links_of(page)
    for link in links_of(page):
        assert "customer=%3Dcmd" in link
        assert [row[0].split("<")[0] for row in table_of(page_of(vera, link))] == ["S-1"]


def test_the_address_for_programs_says_the_same_as_the_list_behind_a_figure(
    desk: Site, vera: Browser
) -> None:
    for name in ("promises-kept", "agent-load", "open-ages"):
        for link in links_of(page_of(vera, f"/operations/{name}"))[:6]:
            behind = page_of(vera, link)
            found = rows_of_api(desk, behind, "cases")
            assert [one["reference"] for one in found] == references(behind), link


def test_each_filter_is_a_chip_that_can_be_taken_off_also_behind_a_figure(vera: Browser) -> None:
    asked = "customer=praxis&priority=urgent&since=2026-01-01&until=2026-12-31&target=90"
    filters, days = ["Customer: praxis", "Priority: urgent"], ["Days: 1 Jan 2026 – 31 Dec 2026"]
    for path, row, more in (
        ("", "", [*days, "Target: 90 %"]),
        ("/backlog-flow", "", days),
        ("/open-ages", "", []),
        ("/hand-overs/cases", "&month=2026-11-01&figure=up", days),
        ("/agent-load/cases", "&organisation=nord&figure=cases", []),
    ):
        page = page_of(vera, f"/operations{path}?{asked}{row}")
        chips = {text: html.unescape(href) for href, text in CHIP.findall(page)}
        assert list(chips) == [*filters, *more], path
        left = page_of(vera, chips["Priority: urgent"])
        assert [text for _, text in CHIP.findall(left)] == [filters[0], *more]
        assert row.rpartition("&")[2] in chips["Priority: urgent"]


def test_of_many_cases_the_page_says_how_many_there_are(desk: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casecore.web.pages.operations.behind._PER_PAGE", 2)
    vera = desk.as_(VENDOR, Scope.ANALYST)

    first = page_of(vera, "/operations/agent-load/cases?organisation=nord&figure=cases")
    second = page_of(vera, html.unescape(NEXT.findall(first)[0]))

    assert [references(first), references(second)] == [["C-3", "C-4"], ["C-5"]]
    assert "3 in all" in first
    assert "3 in all" in second


def test_a_seller_sees_no_figure_of_another(desk: Site) -> None:
    tom = desk.as_("seller:sued:tom", Scope.ANALYST)

    page = page_of(tom, "/operations/agent-load")

    assert [row[:2] for row in table_of(page)] == [["sued", "=1+1"]]


def test_only_accountants_see_what_packages_pay(desk: Site, vera: Browser) -> None:
    accountant = desk.as_(VENDOR, Scope.ANALYST, Scope.ACCOUNTANT)

    assert "Fees, EUR net" not in page_of(vera, "/operations/customer-effort")
    assert "Fees, EUR net" in page_of(accountant, "/operations/customer-effort")


def test_agents_without_the_scope_are_not_shown_it(desk: Site) -> None:
    assert desk.as_(VENDOR, Scope.AGENT).look("/operations").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-02-30",
        "since=2026-03-02&until=2026-03-01",
        "since=1990-01-01&until=2026-03-01",
        "priority=soon",
        "place=1",
    ],
)
def test_what_cannot_be_asked_is_said(vera: Browser, query: str) -> None:
    answer = vera.look(f"/operations/backlog-flow?{query}")

    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "promises-kept?target=150",
        "open-ages/cases?figure=all",
        "open-ages/cases?figure=cases&place=old",
        "arrivals/cases?figure=came_in&weekday=&hour=",
    ],
)
def test_a_figure_that_is_not_there_is_said(vera: Browser, path: str) -> None:
    assert vera.look(f"/operations/{path}").status_code == 400


def test_long_spans_are_drawn_by_week_and_lead_to_their_days(vera: Browser) -> None:
    page = page_of(vera, "/operations/backlog-flow?since=2025-01-01&until=2026-03-31")

    weeks = re.findall(r'href="(/operations/backlog-flow\?since=[^"]+)"', page)
    assert weeks
    file = vera.look("/operations/backlog-flow.csv?since=2025-01-01&until=2026-03-31").text
    assert len(file.splitlines()) == 1 + 455


def test_an_empty_picture_says_so(vera: Browser) -> None:
    page = page_of(vera, "/operations/hand-overs?customer=nobody")

    assert "No case was handed over" in page
    assert "There is nothing to count." in page
    for picture in ("promises-kept", "first-level", "held-times"):
        page = page_of(vera, f"/operations/{picture}?customer=nobody")
        headline = page.partition('<p class="headline">')[2].partition("<span")[0]
        assert headline.strip().endswith("on these days."), picture


def test_a_wall_screen_has_no_table_and_goes_round(vera: Browser) -> None:
    page = page_of(vera, "/operations/due-by-holder?wall=round")

    assert 'data-next="/operations/backlog-flow?wall=round"' in page
    assert "<tbody>" not in page
    assert 'hx-sse:connect="/live?about=cases"' in page
    assert page_of(vera, "/operations?wall=1").count("<svg class=") >= 6
    for path in ("/operations", "/operations/due-by-holder"):
        filtered = page_of(vera, f"{path}?wall=1&customer=praxis")
        title = filtered.partition("<h1>")[2].partition("</h1>")[0]
        assert "As of" in title
        assert "Customer: praxis" in title


def test_nothing_of_a_page_has_a_style_of_its_own(vera: Browser) -> None:
    for picture in PICTURES:
        assert " style=" not in page_of(vera, f"/operations/{picture.name}")


def test_the_page_answers_for_as_many_days_as_the_api(desk: Site, vera: Browser) -> None:
    key = {"Authorization": f"Bearer {desk.key(VENDOR, Scope.ANALYST)}"}
    for days, status in ((MOST_DAYS, 200), (MOST_DAYS + 1, 400)):
        query = f"since={date(2026, 3, 31) - timedelta(days=days - 1)}&until=2026-03-31"
        page = vera.look(f"/operations/backlog-flow?{query}")
        answer = vera.client.get(f"/v1/workload/backlog-flow?{query}", headers=key)
        assert (page.status_code, answer.status_code) == (status, status)


def test_filters_suggest_the_names_that_the_reader_sees_and_no_others(desk: Site, vera: Browser) -> None:
    tom = desk.as_("seller:sued:tom", Scope.ANALYST)
    for path in ("/operations", "/operations/agent-load", "/operations/backlog-flow"):
        # Given somebody who sees all cases, and a seller
        of_vera, of_tom = (suggestions(page_of(browser, path)) for browser in (vera, tom))
        # Then each is offered what is in their own
        assert of_vera == {
            "organisation": ["nord", "sued", "vendor"],
            "customer": ["=cmd", "praxis"],
            "seller": ["nord", "sued"],
        }
        assert of_tom == {"organisation": ["sued"], "customer": ["=cmd"], "seller": ["sued"]}
    # and nobody is offered anything on a wall screen, which has no filters.
    assert suggestions(page_of(vera, "/operations?wall=1")) == {}


def suggestions(page: str) -> dict[str, list[str]]:
    """What is offered in each field of a page's filters."""
    lists = dict(re.findall(r'<datalist id="([^"]+)">(.*?)</datalist>', page))
    fields = re.findall(r'<input name="([^"]+)"[^>]* list="([^"]+)"', page)
    offered = {name: re.findall('value="([^"]*)"', lists[of]) for name, of in fields}
    return {name: list(map(html.unescape, values)) for name, values in offered.items()}
