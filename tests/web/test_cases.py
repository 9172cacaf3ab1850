"""The list of cases: its filters are in its address, and each can be taken away."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.web.casework import IDA, OEHLER, OPENING, Casework, read
from tests.web.sites import Site


@pytest.fixture
def work(site: Site) -> Casework:
    work = Casework(site.database)
    work.do(OEHLER, "C-1", (OPENING, 30))
    work.do(OEHLER, "C-2", (OPENING, 20))
    work.fold()
    return work


def test_each_filter_can_be_taken_away_and_leaves_the_others(site: Site, work: Casework) -> None:
    page = site.as_(IDA).look("/cases?state=opened&customer=praxis-ost&sort=opened_at").text

    active = re.findall(r'<li><a class="chip" href="([^"]+)">(.*?)</a>', page)
    assert [(unescape(href), read(text)) for href, text in active] == [
        ("/cases?customer=praxis-ost&sort=opened_at", "state: opened × remove this filter"),
        ("/cases?state=opened&sort=opened_at", "customer: praxis-ost × remove this filter"),
    ]
    assert "2 cases" in read(page)


def test_a_filter_that_nothing_meets_says_what_to_do(site: Site, work: Casework) -> None:
    page = read(site.as_(IDA).look("/cases?priority=urgent").text)

    assert "0 cases" in page
    assert "No case is like this. Leave a filter out." in page


def test_a_filter_is_text_and_never_a_part_of_the_page(site: Site, work: Casework) -> None:
    shown = site.as_(IDA).client.get("/cases", params={"customer": "<script>alert(1)</script>"}).text

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
