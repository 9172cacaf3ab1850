"""The list of cases: its filters are in its address, and each can be taken away."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from uuid import uuid4

import pytest
from msgspec import structs

from casecore.cases import commands as c
from casecore.contract.cases import Category, Priority
from casecore.contract.parties import PartyRole
from casecore.licences.commands import ActivateLicence, LicenceCommand
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.postgres.connection import connect
from casecore.postgres.limits import STORE
from tests.cases.promises import calendar, policy
from tests.runs.business import BY_VENDOR
from tests.web.casework import IDA, OEHLER, OPENING, VERA, Casework, read
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
    monkeypatch.setattr("casecore.web.pages.work._FIRST", 2)

    page = read(site.as_(IDA).look("/work").text)

    assert re.search(r"Nobody has it yet 1 .*C-9", page), page


def test_one_takes_what_nobody_has_and_not_what_a_colleague_has(site: Site, work: Casework) -> None:
    # Given a case that came to the vendor, which two people there see as nobody's
    work.do(IDA, "C-1", (c.TakeCase(agent="jan"), 15), (c.EscalateCase(), 10))
    work.fold()
    vera, olaf = site.as_(VERA), site.as_("vendor:vendor:olaf")
    form = r'action="/cases/C-1/assign"(?:(?!</form>).)*name="version" value="(\d+)"'
    shown = [re.search(form, who.look("/work").text, re.DOTALL) for who in (vera, olaf)]
    assert shown[0] is not None
    assert shown[1] is not None
    # When both take it
    took = vera.send("/cases/C-1/assign", agent="vera", version=shown[0][1])
    late = olaf.send("/cases/C-1/assign", agent="olaf", version=shown[1][1])
    # Then the first one has it, and the other is told to look again
    assert took.status_code == 303
    assert late.status_code == 412
    assert "Look again, then decide." in read(late.text)
    work.fold()
    assert re.search(r"vera", read(olaf.look("/cases/C-1").text))


def listed(page: str) -> list[str]:
    """The cases of My work's lists, in order."""
    return re.findall(r'<tr id="row-(?:(?!</tr>).)*?href="/cases/(.*?)"', page, re.DOTALL)


def test_my_work_is_in_the_order_of_need_and_says_so_and_nothing_of_it_is_hidden(
    site: Site, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two cases without a promise, then an urgent one, and two with a promise, of which the one that was
    # opened last is nearest to its target
    work.do(OEHLER, "C-3", (structs.replace(OPENING, priority=Priority.URGENT), 10))
    work.promise(
        calendar(), policy("quick", hours=1), policy("slow", hours=90, match={"topics": ("recovery",)})
    )
    work.do(OEHLER, "C-4", (structs.replace(OPENING, topic="recovery"), 9))
    work.do(OEHLER, "C-5", (OPENING, 8))
    work.fold()
    ida = site.as_(IDA)

    page = ida.look("/work").text

    # Then that one comes first, and the order is said
    assert listed(page) == (in_order := ["C-5", "C-4", "C-3", "C-1", "C-2"])
    assert "What missed a target or is nearest to one comes first, then by priority" in read(page)
    # ... and where there are more than a list shows, it has those that need it most, and their number
    monkeypatch.setattr("casecore.web.pages.work._FIRST", 2)
    page = ida.look("/work").text
    assert listed(page) == in_order[:2]
    assert "Nobody has it yet 5" in read(page)
    # ... and each page of more has them in the same order, until all are there.
    for most in (4, 5):
        more = re.search(r'rel="next" href="(.*?)"', page)
        assert more is not None
        page = ida.look(unescape(more[1])).text
        assert listed(page) == in_order[:most]
    assert 'rel="next"' not in page


def test_my_work_says_nothing_of_the_cases_of_others(site: Site, work: Casework) -> None:
    # Given cases of others: one with a promise that falls due, one that waits, and one that is resolved
    both = policy("quick", hours=1)
    work.promise(
        calendar(),
        structs.replace(both, clocks=tuple(structs.replace(one, pauses=True) for one in both.clocks)),
    )
    for case in ("C-3", "C-4", "C-5"):
        work.do(OEHLER, case, (OPENING, 20))
    for case, do in (("C-4", c.WaitForCustomer()), ("C-5", c.ResolveCase(resolution_code="solved"))):
        work.do(IDA, case, (c.TakeCase(agent="ida"), 15), (do, 10))
    work.fold()

    # Then a seller, a partner and a customer without a part in them have nothing to do, and no other case
    for who in ("seller:fremd:tom", "partner:fremd:pia", "customer:fremd:eva"):
        page = site.as_(who).look("/work").text
        assert not re.search(r"C-\d|praxis-ost|nord", page)
        assert set(re.findall(r'class="count">(.*?)<', page)) == {"0"}
        cases = site.as_(who).look("/cases?ended=yes").text
        assert not re.search(r"C-\d|praxis-ost|nord", cases)
        assert "0 cases" in read(cases)


def test_what_stands_still_and_what_comes_later_is_said_where_nothing_falls_due_soon(
    site: Site, work: Casework
) -> None:
    assert "No promise is being measured." in read(site.as_(IDA).look("/work").text)
    # Given a promise that falls due in some weeks, and one that waits for the customer
    slow = policy("slow", hours=90)
    pausing = tuple(structs.replace(one, pauses=True) for one in slow.clocks)
    work.promise(calendar(), structs.replace(slow, clocks=pausing))
    work.do(OEHLER, "C-3", (OPENING, 20))
    work.do(OEHLER, "C-4", (OPENING, 20))
    work.do(IDA, "C-4", (c.TakeCase(agent="ida"), 15), (c.WaitForCustomer(), 10))
    work.fold()

    page = read(site.as_(IDA).look("/work").text)
    german = read(site.as_(IDA, **{"Accept-Language": "de"}).look("/work").text)

    # Then both are there, with why the one stands still
    assert "Nothing falls due in the next three days." in page
    assert re.search(
        r"Later \d .* C-3 first response .* Stands still: falls due only once it goes on \d .* C-4 .*"
        r"left paused: waits for the customer",
        page,
    )
    assert re.search(
        r"Später \d .* C-3 .* Steht still: wird erst fällig, wenn es weitergeht \d .* C-4", german
    )
    # and the list of cases says it of a case, too.
    assert re.search(r"With me 1 .* C-4 .* \d+ h (\d+ min )?left paused: waits for the customer", page)


def test_names_are_suggested_from_what_one_sees_and_found_in_whatever_letter_case(
    site: Site, work: Casework
) -> None:
    # Given cases of two resellers
    work.do(IDA, "C-1", (c.TakeCase(agent="jan"), 15))
    work.do("customer:klinik:eva", "C-7", (structs.replace(OPENING, customer="klinik", seller="sued"), 5))
    work.fold()
    ida = site.as_(IDA)

    page = ida.look("/cases").text

    # Then one reads only the names of one's own
    assert suggested(page, "customer") == ["praxis-ost"]
    assert suggested(page, "organisation") == ["nord"]
    assert suggested(page, "agent") == ["jan"]
    assert suggested(site.as_(VERA).look("/cases").text, "customer") == ["klinik", "praxis-ost"]
    assert not re.search("klinik|sued", page)
    # and finds cases by names and references as one types them
    found = ida.look("/cases?customer=Praxis-OST&agent=JAN").text
    assert "1 case" in read(found)
    assert "customer: praxis-ost ×" in read(found)
    assert ida.look("/find-case?reference=c-1").headers["location"] == "/cases/C-1"
    # but not those of others, about which there is nothing to read.
    assert ida.look("/find-case?reference=c-7").headers["location"] == "/cases/c-7"
    assert "0 cases" in read(ida.look("/cases?customer=Klinik").text)


def suggested(page: str, name: str) -> list[str]:
    """What is suggested for a field."""
    there = re.search(rf'<datalist id="known-{name}">(.*?)</datalist>', page)
    return re.findall(r'value="(.*?)"', there[1]) if there else []


def test_who_opens_a_case_is_offered_whom_they_know_and_nobody_else(site: Site, work: Casework) -> None:
    # Given a practice whose cases name one seller, a partner with a case of user support, and a stranger
    user_support = c.OpenCase(
        customer="praxis-ost",
        seller="nord",
        partner="hilfe",
        category=Category.USER_SUPPORT,
        topic="program_use",
    )
    work.do(OEHLER, "C-7", (user_support, 5))
    work.do("customer:klinik:eva", "C-8", (structs.replace(OPENING, customer="klinik", seller="sued"), 5))
    # ... and a practice without a case, which has bought a package
    sell(work, "P-1", customer="neu", seller="west")
    work.fold()

    # Then each is offered the names in their cases and packages, and the vendor's, which everybody knows
    def offered(who: str) -> dict[str, list[str]]:
        page = site.as_(who).look("/open-case").text
        return {name: suggested(page, name) for name in ("customer", "seller", "partner")}

    assert offered(OEHLER) == {"customer": [], "seller": ["nord", "vendor"], "partner": ["hilfe"]}
    assert offered("partner:hilfe:pia") == {
        "customer": ["praxis-ost"],
        "seller": ["nord", "vendor"],
        "partner": [],
    }
    assert offered("customer:neu:eva") == {"customer": [], "seller": ["vendor", "west"], "partner": []}
    assert offered("partner:fremd:tom") == {"customer": [], "seller": ["vendor"], "partner": []}
    assert offered(VERA) == {
        "customer": ["klinik", "neu", "praxis-ost"],
        "seller": ["nord", "sued", "vendor", "west"],
        "partner": ["hilfe"],
    }
    # and who always sold to them is filled in already.
    sellers = {OEHLER: "nord", "customer:neu:eva": "west", "partner:fremd:tom": ""}
    for who, seller in sellers.items():
        assert f'id="seller" name="seller" value="{seller}"' in site.as_(who).look("/open-case").text


def sell(work: Casework, package: str, customer: str, seller: str) -> None:
    """Somebody new buys a package from somebody new."""
    with work.app() as app:
        for name, role in ((customer, PartyRole.CUSTOMER), (seller, PartyRole.RESELLER)):
            known = RegisterParty(
                roles=(role,), name=name, street="Hafen 1", postal_code="20457", city="Hamburg", country="DE"
            )
            app.bus.give(PartyCommand(command_id=uuid4(), actor=BY_VENDOR, party=name, do=known))
        sold = ActivateLicence(
            customer=customer,
            seller=seller,
            licence_type="viewer",
            program_version="8",
            effective_on=date(2025, 3, 1),
        )
        app.bus.give(LicenceCommand(command_id=uuid4(), actor=BY_VENDOR, package=package, do=sold))


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
    monkeypatch.setattr("casecore.web.pages.work._FIRST", 1)

    page = site.as_(IDA).look("/work").text

    assert listed(page) == ["C-1"]
    assert '<a href="/cases?organisation=nord&amp;sort=-priority">All open cases of nord</a>' in page


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
