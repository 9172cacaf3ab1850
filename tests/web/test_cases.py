"""The list of cases: its filters are in its address, and each can be taken away."""

from __future__ import annotations

import re
from html import unescape

import pytest
from msgspec import structs

from casecore.cases import commands as c
from casecore.postgres.connection import connect
from casecore.postgres.limits import STORE
from tests.cases.promises import calendar, policy
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


def test_each_list_shows_what_a_case_is_about(site: Site, work: Casework) -> None:
    # Given promises for a case of nord that nobody has, one that ida has, and one that jan has
    work.promise(calendar(), policy("whole", hours=1))
    for case, agent in (("C-3", None), ("C-4", "ida"), ("C-5", "jan")):
        work.do(OEHLER, case, (structs.replace(OPENING, subject=f"The <b> of {case}"), 10))
        if agent is not None:
            work.do(IDA, case, (c.TakeCase(agent=agent), 5))
    # ... and a case that was opened without a word
    work.do(OEHLER, "C-6", (structs.replace(OPENING, subject=None), 10))
    work.fold()

    # When ida looks at her work and at all cases
    my_work, cases = (site.as_(IDA).look(path).text for path in ("/work", "/cases"))

    # Then each row leads to its case by what it is about, also where it falls due
    named = re.findall(r'<tr id="(row|due)-(?:(?!</tr>).)*<span class="named">(.*?)<', my_work, re.DOTALL)
    of_promises = {f"The &lt;b&gt; of {case}" for case in ("C-3", "C-4", "C-5")}
    assert {subject for part, subject in named if part == "due"} == of_promises
    assert {subject for part, subject in named if part == "row"} == {*of_promises, "Error 17"}
    assert sorted(re.findall(r'<span class="reference">(.*?)</span>', cases)) == [
        f"C-{n}" for n in range(1, 6)
    ]
    assert '<a class="case-link" href="/cases/C-6">C-6</a>' in cases
    # ... and as long as the view of the events has none, by its reference
    with connect(site.database, STORE) as connection:
        connection.execute("drop schema timeline cascade")
    assert '<a class="case-link" href="/cases/C-3">C-3</a>' in site.as_(IDA).look("/cases").text


def test_what_nobody_has_is_shown_however_much_the_others_have(
    site: Site, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more cases than a list of My work shows, which a colleague has, and one that came after them
    for case in ("C-1", "C-2"):
        work.do(IDA, case, (c.TakeCase(agent="jan"), 15))
    work.do(OEHLER, "C-9", (OPENING, 5))
    work.fold()
    monkeypatch.setattr("casecore.web.pages.work._MOST", 2)

    page = read(site.as_(IDA).look("/work").text)

    assert re.search(r"Nobody has it yet 1 .*C-9", page), page


def test_a_reference_with_slashes_leads_to_its_own_case_and_acts_on_no_other(
    site: Site, work: Casework
) -> None:
    # Given a case whose reference reads as the way to another one
    work.do(OEHLER, "../cases/C-1", (OPENING, 5))
    work.fold()
    ida = site.as_(IDA)

    page = ida.look("/work").text

    assert 'href="/cases/..%2Fcases%2FC-1"' in page
    assert 'action="/cases/..%2Fcases%2FC-1/take"' in page
    assert "/cases/../" not in page
    # Its own page is there, and asks again, changes its language and comes back after a login as that
    case = ida.look("/cases/..%2Fcases%2FC-1")
    assert case.status_code == 200
    assert 'hx-get="/cases/..%2Fcases%2FC-1"' in case.text
    assert 'name="back" value="/cases/..%2Fcases%2FC-1"' in case.text
    assert site.browser().look("/cases/..%2Fcases%2FC-1").headers["location"].endswith("..%252Fcases%252FC-1")


def test_my_work_leads_to_what_it_leaves_out(
    site: Site, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "All open cases of nord" not in site.as_(IDA).look("/work").text
    monkeypatch.setattr("casecore.web.pages.work._MOST", 1)

    page = site.as_(IDA).look("/work").text

    assert re.findall(r'<tr id="row-.*?href="(.*?)"', page, re.DOTALL) == ["/cases/C-1"]
    assert '<a href="/cases?organisation=nord&amp;sort=last_move_at">All open cases of nord</a>' in page


def test_a_customers_work_is_what_waits_for_its_answer(site: Site, work: Casework) -> None:
    work.do(IDA, "C-2", (c.TakeCase(agent="ida"), 15), (c.WaitForCustomer(), 10))
    work.fold()

    page = read(site.as_(OEHLER).look("/work").text)

    assert re.search(
        r"Waits for your answer 1 .* C-2 .* Others look after 1 .* C-1 .* Falls due next 0", page
    )
    assert "Nobody has it yet" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/work",
        "/cases",
        "/cases?ended=yes&waiting=no&state=opened",
        "/cases/C-1",
        "/cases/C-1?at=2098-01-01",
    ],
)
def test_the_addresses_for_programs_that_a_page_names_answer(site: Site, work: Casework, path: str) -> None:
    page = site.as_(IDA).look(path).text
    addresses = [unescape(one) for one in re.findall(r"<code>GET (.*?)</code>", page)]
    key = {"Authorization": f"Bearer {site.key(IDA)}"}

    answers = [site.browser().client.get(address, headers=key).status_code for address in addresses]

    assert answers == [200] * (2 if path == "/work" else 1)


@pytest.mark.parametrize(
    ("path", "title", "way_on"),
    [
        ("/cases/C-9", "This is not here", '<a class="button" href="/cases">To all cases</a>'),
        ("/money", "This is not for you", '<a class="button" href="/">To the first page</a>'),
        ("/cases/C-1?at=2001-01-01T00:00", "This did not work", '<a class="button" href="/cases/C-1">'),
    ],
)
def test_a_page_that_is_not_shown_says_why_and_where_to_go_on(
    site: Site, work: Casework, path: str, title: str, way_on: str
) -> None:
    page = site.as_(IDA).look(path).text

    assert f"<h1>{title}</h1>" in page
    assert way_on in page


@pytest.mark.parametrize("name", ["new", "find"])
def test_a_case_that_is_called_as_a_form_once_was_has_a_page(site: Site, name: str) -> None:
    ida, ute = site.as_(IDA), site.as_("seller:sued:ute")
    work = Casework(site.database)
    work.do(OEHLER, name, (OPENING, 300))
    work.do(IDA, name, (c.TakeCase(agent="jan"), 290))
    work.fold()

    found = ida.look(f"/find-case?reference={name}")
    assert (found.status_code, found.headers["Location"]) == (303, f"/cases/{name}")
    page = ida.look(f"/cases/{name}?events=all")
    assert (page.status_code, "Error 17" in page.text) == (200, True)
    answer = ida.send(f"/cases/{name}/message", text="The cable", audience="public")
    assert answer.headers["Location"].startswith(f"/cases/{name}?done=message")
    assert ida.look(answer.headers["Location"].partition("#")[0]).status_code == 200
    # To somebody without a part in it, it is as if it were not there
    assert ute.look(f"/cases/{name}").status_code == (303 if name == "new" else 404)


def test_where_the_forms_once_were_they_are_found(site: Site) -> None:
    ida = site.as_(IDA)
    for old, new in (
        ("/cases/new", "/open-case"),
        ("/cases/new?customer=praxis-ost&topic=recovery", "/open-case?customer=praxis-ost&topic=recovery"),
        ("/cases/find?reference=C%2F1", "/cases/C%2F1"),
        ("/cases/find?reference=", "/cases"),
    ):
        answer = ida.look(old)
        assert (answer.status_code, answer.headers["Location"]) == (303, new)
    assert ida.look("/open-case?customer=praxis-ost").status_code == 200
