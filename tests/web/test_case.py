"""The page of a case: what people read on it, and what its forms order."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from msgspec import structs

from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.case_as_of import case_as_of
from casecore.app.service_levels.clocks import clocks_of_case
from casecore.cases import commands as c
from casecore.contract.cases import Audience
from casecore.visibility.rules import Viewer
from tests.cases.promises import calendar, policy
from tests.web.casework import IDA, JAN, OEHLER, OPENING, VERA, Casework, ago, read
from tests.web.sites import Browser, Site

NORD = Viewer("nord", is_vendor=False)


@pytest.fixture
def work(site: Site) -> Casework:
    """C-1 is with jan of nord, waits for the customer, and has a note that only nord and the vendor read."""
    work = Casework(site.database)
    work.do(OEHLER, "C-1", (OPENING, 300))
    work.do(IDA, "C-1", (c.TakeCase(agent="jan"), 290))
    work.do(JAN, "C-1", (c.WaitForCustomer(reason="the log"), 280))
    work.fold()
    return work


def not_possible(browser: Browser, case: str) -> dict[str, str]:
    """What cannot be done with a case, by its verb, and why."""
    page = browser.look(f"/cases/{case}").text
    found = re.findall(r'<details class="action off" id="do-(\w+)".*?<p[^>]*>(.*?)</p>', page, re.DOTALL)
    return {verb: read(why) for verb, why in found}


def test_what_is_not_possible_says_why_and_what_it_takes_in_words_of_the_business(site: Site) -> None:
    # Given a case at each place of its life, and who looks at it there
    work = Casework(site.database)
    licence = structs.replace(OPENING, topic="licence_renewal")
    for case, opening in ((f"C-{place}", licence if place == 1 else OPENING) for place in range(1, 6)):
        work.do(OEHLER, case, (opening, 300))
        if case != "C-1":
            work.do(IDA, case, (c.TakeCase(agent="jan"), 290))
        if case in ("C-3", "C-4", "C-5"):
            work.do(IDA, case, (c.EscalateCase(), 280))
        if case in ("C-4", "C-5"):
            work.do(VERA, case, (c.ResolveCase(resolution_code="solved"), 270))
    work.do(OEHLER, "C-5", (c.CloseCase(), 260))
    work.fold()
    ida, vera, doctor = site.as_(IDA), site.as_(VERA), site.as_(OEHLER)

    # Then it is said by whom what makes it possible
    opened = not_possible(ida, "C-1")
    assert opened["resolve"] == (
        "Nobody has taken the case yet. It is possible once somebody of nord has taken it."
    )
    assert opened["escalate"] == (
        "A case about “Licence renewal or extension” starts with the seller. It can go to the vendor once "
        "nord has taken it."
    )
    assert not_possible(vera, "C-2")["resolve"] == (
        "The case is with nord now, and only people there can do this. You can once it is with vendor."
    )
    assert not_possible(ida, "C-3")["hand_back"].startswith("Whether the case comes back is for the vendor")
    assert not_possible(ida, "C-4")["reopen"] == (
        "vendor has resolved the case. It is for the customer or vendor to say whether it is done."
    )
    assert set(not_possible(vera, "C-5").values()) == {
        "The case is closed for good. If the same happens again, open a new case."
    }
    # ... a customer reads nothing of what is never a customer's to do
    assert set(not_possible(doctor, "C-2")) == {"escalate", "close", "reopen"}
    # ... and nothing is left to the words of commands, in no language
    for who in (IDA, VERA, OEHLER):
        for browser in (site.as_(who), site.as_(who, **{"Accept-Language": "de"})):
            for place in range(1, 6):
                for why in not_possible(browser, f"C-{place}").values():
                    assert why
                    without_topic = re.sub("“Licence.*?”|„Lizenz.*?“", "", why)
                    assert not re.search(r"[“„_]|occurred|: \w+, \w+", without_topic), why


def test_how_a_case_was_resolved_is_on_its_head_its_timeline_and_in_lists(site: Site, work: Casework) -> None:
    # Given a case that was resolved, reopened, and resolved again in another way
    work.do(JAN, "C-1", (c.ResolveCase(resolution_code="explained", summary="Press F5."), 200))
    work.do(OEHLER, "C-1", (c.ReopenCase(reason="It is back."), 190))
    work.do(JAN, "C-1", (c.ResolveCase(resolution_code="workaround", summary="Use the <old> key."), 180))
    work.do(OEHLER, "C-2", (OPENING, 100), (c.CancelCase(duplicate_of="C-1"), 90))
    work.fold()
    ida = site.as_(IDA)

    page, past = ida.look("/cases/C-1").text, ida.look(f"/cases/C-1?at={ago(195)}").text

    # Then the head says how in the end, and how it was then
    head, was = (re.search(r'<div class="resolution">.*?</div>', one, re.DOTALL) for one in (page, past))
    assert head is not None
    assert was is not None
    assert re.match(r"Resolved: a workaround was found jan · nord · .* Use the <old> key\.", read(head[0]))
    assert re.match(r"Resolved: explained jan · nord · .* Press F5\.", read(was[0]))
    assert '<div class="resolution">' not in ida.look(f"/cases/C-1?at={ago(185)}").text
    # the timeline says it of each time, and of which case another is a duplicate
    said = re.findall(r"resolved : ([\w ]+) ·", read(page))
    assert said == ["a workaround was found", "explained"]
    assert 'as a duplicate of <a href="/cases/C-1">C-1</a>' in ida.look("/cases/C-2").text
    # a list says it where the case is resolved still
    row = re.search(r"<tr id=.*?C-1.*?</tr>", ida.look("/cases?state=resolved").text, re.DOTALL)
    assert row is not None
    assert "resolved a workaround was found" in read(row[0])
    # and so does the page in German.
    german = site.as_(IDA, **{"Accept-Language": "de"})
    assert "Gelöst: Umgehung gefunden" in read(german.look("/cases/C-1").text)


def test_a_customer_is_asked_whether_what_is_resolved_is_solved(site: Site, work: Casework) -> None:
    # Given a case that was resolved, which is no part of an agent's work any more
    doctor = site.as_(OEHLER)
    assert "Is it solved for you?" not in doctor.look("/cases/C-1").text
    work.do(JAN, "C-1", (c.ResolveCase(resolution_code="solved", summary="New cable."), 200))
    work.fold()

    my_work, case = doctor.look("/work").text, doctor.look("/cases/C-1").text

    # Then its customer is asked where they look first, is told how it was resolved, and can say it there
    assert re.search(
        r"Resolved: is it solved for you\? 1 .*solved: New cable\. .*"
        r"Solved: close C-1 .*Not solved: reopen … C-1",
        read(my_work),
    )
    assert 'href="/cases/C-1#reopen-reason"' in my_work
    assert 'id="reopen-reason"' in case
    assert re.search(r"What can be done now Is it solved for you\? .* Close Close Reopen", read(case))
    assert "Is it solved for you?" not in site.as_(IDA).look("/cases/C-1").text
    # and once they close it, it is asked no more.
    assert doctor.send("/cases/C-1/close").status_code == 303
    work.fold()
    assert "Is it solved for you?" not in doctor.look("/work").text


def test_a_change_of_an_instant_is_read_in_the_readers_zone(site: Site, work: Casework) -> None:
    page = read(site.as_(IDA).look("/cases/C-1").text)

    assert re.search(r"waits since – → (\d\d? \w{3}, )?\d\d:\d\d", page)
    assert not re.search(r"waits since [^;]*T\d\d:", page)


def test_a_case_is_assigned_to_oneself_to_one_of_the_case_or_to_a_name(site: Site, work: Casework) -> None:
    ida = site.as_(IDA)
    page = ida.look("/cases/C-1").text
    offered = re.findall(r'<input type="radio" name="agent" value="(\w+)"', page)

    assert offered == ["ida", "jan"]
    answer = ida.send("/cases/C-1/assign", agent="ida", other_agent="kim")
    assert answer.status_code == 303
    work.fold()
    assert "<b>kim</b>" in ida.look("/cases/C-1").text


def test_what_was_chosen_in_a_form_that_is_refused_is_chosen_still(site: Site, work: Casework) -> None:
    refused = site.as_(IDA).send("/cases/C-1/reclassify", category="user_support", topic="recovery")

    assert refused.status_code == 422
    assert re.findall(r'<option value="(user_support|recovery)" selected', refused.text) == [
        "user_support",
        "recovery",
    ]


def test_the_readers_of_an_internal_message_are_ticked(site: Site, work: Casework) -> None:
    ida = site.as_(IDA)
    page = ida.look("/cases/C-1").text
    offered = re.findall(r'name="reader_\d" value="(\w+)"( checked)?', page)
    assert offered == [("nord", " checked"), ("vendor", "")]

    answer = ida.send(
        "/cases/C-1/message", text="The cable", audience="internal", reader_0="nord", reader_1="vendor"
    )

    assert answer.status_code == 303
    work.fold()
    assert "internal, for nord, vendor" in read(site.as_(VERA).look("/cases/C-1").text)
    assert "The cable" not in site.as_(OEHLER).look("/cases/C-1").text


def test_the_pages_figures_are_those_that_the_view_answers(site: Site, work: Casework) -> None:
    # Given a case with promises, which waits for the customer
    work.promise(calendar(), policy("whole"))
    work.do(OEHLER, "C-2", (OPENING, 9_000))
    work.do(IDA, "C-2", (c.TakeCase(agent="jan"), 8_000), (c.WaitForCustomer(), 2_000))
    work.fold()
    with work.app() as app:
        as_of = AsOf(datetime.now(UTC))
        answered = clocks_of_case(app, "C-2", as_of, NORD)
        # When its picture is made of its events
        shown = case_as_of(app, "C-2", as_of, NORD)
    # Then clocks and holders are those of the view
    assert answered.clocks
    assert [one.clock for one in shown.clocks] == answered.clocks
    assert shown.holders == answered.holders


def test_a_public_message_leaves_ticked_readers_out(site: Site, work: Casework) -> None:
    answer = site.as_(IDA).send("/cases/C-1/message", text="Hello", audience="public", reader_0="nord")

    assert answer.status_code == 303


def test_an_internal_message_for_nobody_comes_back_with_what_was_typed(site: Site, work: Casework) -> None:
    answer = site.as_(IDA).send("/cases/C-1/message", text="The cable", audience=Audience.INTERNAL.value)

    assert answer.status_code == 422
    assert "The cable" in answer.text
    assert "nord, vendor" in read(answer.text)


def test_what_was_just_done_is_shown_until_something_else_happens(site: Site) -> None:
    # Given a promise, which is pinned to each case as it is opened
    work = Casework(site.database)
    work.promise(calendar(), policy("whole"))
    ida = site.as_(IDA)
    # When ida opens a case
    answer = ida.send(
        "/cases", subject="Error 17", topic="troubleshooting", customer="praxis-ost", seller="nord"
    )
    work.fold()
    here = answer.headers["location"]
    # Then the page says so, as long as nothing else happens to it
    assert "The case is open." in read(ida.look(here).text)
    case = here.split("/")[2].split("?")[0]
    work.do(IDA, case, (c.RecordEffort(minutes=5), 0))
    work.fold()
    assert "The case is open." not in read(ida.look(here).text)
