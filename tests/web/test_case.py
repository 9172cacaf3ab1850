"""The page of a case: what people read on it, and what its forms order."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.case_as_of import case_as_of
from casecore.app.service_levels.clocks import clocks_of_case
from casecore.cases import commands as c
from casecore.contract.cases import Audience
from casecore.visibility.rules import Viewer
from tests.cases.promises import calendar, policy
from tests.web.casework import IDA, JAN, OEHLER, OPENING, VERA, Casework, read
from tests.web.sites import Site

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


def test_an_action_that_is_not_possible_says_why_in_words_of_people(site: Site, work: Casework) -> None:
    page = read(site.as_(VERA).look("/cases/C-1").text)

    assert "“Assign” is not for you now: it is the turn of seller. It may: seller, system." in page
    assert "reseller_l0" not in page


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
