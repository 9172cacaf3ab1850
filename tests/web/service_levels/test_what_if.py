"""Trying a policy on the page: what is wrong has its line, what came out is for who asked, none is stored."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from threading import Event

import pytest

from casecore.identity.identity import Scope
from casecore.store.log import LogReader
from tests.slow_what_ifs import slow_what_ifs
from tests.waiting import wait_until
from tests.web.sites import Browser, Site

IDA, JAN, TOM = "seller:nord:ida", "seller:nord:jan", "seller:sued:tom"
PATH = "/service-levels/what-if"


def policy_of(browser: Browser) -> str:
    """The text with which the form begins."""
    page = browser.look(f"{PATH}?policy=nord-level_0").text
    return typed_in(page)


def without_assignment(browser: Browser) -> str:
    """The same without one of its promises, which changes all cases, whatever day it is."""
    before, _, rest = policy_of(browser).partition("[clocks.hand_over]")
    return before + rest[rest.index("[clocks.level_time]") :]


def typed_in(page: str) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def tried(browser: Browser, text: str, **fields: str) -> str:
    """Try a policy; returns the page of its run when it has ended."""
    answer = browser.send(PATH, policy=text.replace("\n", "\r\n"), **fields)
    assert answer.status_code == 303, answer.text
    run: str = answer.headers["location"]
    wait_until(lambda: "being tried" not in browser.look(run).text, "the run has ended")
    return run


def test_a_published_policy_with_other_targets_shows_which_cases_would_change(promising: Site) -> None:
    with LogReader(promising.database) as log:
        before = log.last_position()
    ida = promising.as_(IDA)
    run = tried(ida, without_assignment(ida))
    page = ida.look(run).text
    assert "would change, of 3 that you see" in page
    assert re.search(
        r'href="/cases/K-11#clocks"><span class="named">[^<]+</span> <span class="reference">K-11<', page
    )
    assert "the policy has no such clock" in page
    # Of the cases of others nothing is there
    assert "K-22" not in page
    # an analyst, who cannot open cases, gets no links to them
    analyst = promising.as_(JAN, Scope.ANALYST)
    assert "/cases/K-" not in analyst.look(tried(analyst, without_assignment(analyst))).text
    # and nothing is stored.
    with LogReader(promising.database) as log:
        assert log.last_position() == before


def test_programs_get_the_same_at_the_address_that_the_page_names(promising: Site) -> None:
    ida = promising.as_(IDA)
    run = tried(ida, without_assignment(ida))
    page = ida.look(run).text
    named = re.search(r"<code>GET (/v1/[^<]+)</code>", page)
    assert named is not None
    key = {"Authorization": f"Bearer {promising.key(IDA)}"}
    result, changes = (ida.client.get(path, headers=key).json() for path in (named[1], f"{named[1]}/changes"))
    assert result["status"] == "done"
    assert f"{result['result']['cases_changed']} cases would change, of {result['result']['cases']}" in page
    shown = re.findall(r'href="/cases/([^"#]+)#clocks">', page)
    assert [change["case"] for change in changes["changes"]] == shown
    # What one of both began, the other can end.
    assert ida.client.delete(named[1], headers=key).status_code == 204
    assert ida.look(run).status_code == 404


def test_what_came_out_is_for_who_asked_alone(promising: Site) -> None:
    ida = promising.as_(IDA)
    run = tried(ida, policy_of(ida))
    for other in (promising.as_(JAN), promising.as_(TOM)):
        answers = [other.look(path) for path in (run, f"{PATH}/nothing")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert other.send(f"{run}/cancel").status_code == 404
    assert promising.as_(IDA).look(run).status_code == 200


def test_a_wrong_policy_says_in_which_line_and_what_was_typed_stays(promising: Site) -> None:
    ida = promising.as_(IDA)
    text = policy_of(ida).replace('"PT1H"', '"one hour <script>"', 1)
    answer = ida.send(PATH, policy=text.replace("\n", "\r\n"), calendar="1 nord-office")
    assert answer.status_code == 400
    line = next(number for number, each in enumerate(text.split("\n"), 1) if "<script>" in each)
    assert f"<b>Line {line}</b>: clocks." in answer.text
    assert "write one such as PT4H or PT1H30M" in answer.text
    assert typed_in(answer.text).replace("\r\n", "\n") == text
    assert '<option value="1 nord-office" selected>' in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"policy": "  "}, "there is no policy"),
        ({}, "there is no policy"),
        ({"policy": "x" * 40_001}, "more than 40,000 characters"),
        ({"policy": "x = 1", "calendar": "none"}, "the calendar is none of the form"),
        ({"policy": "x = 1\nid ="}, "Line 2"),
    ],
)
def test_what_is_no_policy_is_refused(promising: Site, fields: dict[str, str], says: str) -> None:
    answer = promising.as_(IDA).send(PATH, **fields)
    assert answer.status_code == 400
    assert says in answer.text


def test_it_begins_and_ends_by_forms_of_the_page_alone(promising: Site) -> None:
    ida = promising.as_(IDA)
    text = policy_of(ida)
    assert ida.send(PATH, policy=text, token="").status_code == 403
    assert ida.send(PATH, policy=text, origin="http://evil.example").status_code == 403
    run = tried(ida, text)
    assert ida.send(f"{run}/cancel", token="").status_code == 403
    assert promising.as_(IDA, Scope.ACCOUNTANT).send(PATH, policy=text).status_code == 403


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Trying takes until this is set."""
    with slow_what_ifs(monkeypatch) as may_end:
        yield may_end


def test_while_it_goes_on_it_shows_how_far_it_is_without_a_script_too(promising: Site, slow: Event) -> None:
    ida = promising.as_(IDA)
    text = policy_of(ida)
    run = ida.send(PATH, policy=text).headers["location"]
    wait_until(lambda: 'value="42"' in ida.look(run).text, "it shows how far it is")
    page = ida.look(run).text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    # A colleague waits, and keeps what they typed
    jan = promising.as_(JAN)
    refused = jan.send(PATH, policy=text)
    assert refused.status_code == 409
    assert "ida of your organisation tries a policy" in refused.text
    assert typed_in(refused.text) == text
    # or ida ends it.
    assert ida.send(f"{run}/cancel").headers["location"] == run
    wait_until(lambda: "It was cancelled" in ida.look(run).text, "it has ended")
    assert "refresh" not in ida.look(run).text
    slow.set()
    tried(jan, text)
