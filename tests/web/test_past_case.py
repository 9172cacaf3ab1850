"""The page of a case as it was: what had happened by an instant, as it was known by another one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from msgspec import structs

from casecore.cases import commands as c
from casecore.contract.cases import Category
from tests.cases.promises import calendar, policy
from tests.web.casework import IDA, JAN, OEHLER, OPENING, VERA, Casework, ago, read
from tests.web.sites import Browser, Site


def look_back(browser: Browser, case: str = "C-1", **when: str) -> str:
    answer = browser.client.get(f"/cases/{case}", params=when, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.fixture
def work(site: Site) -> Casework:
    """A case that jan took and let wait; that a message came in between was recorded late."""
    work = Casework(site.database)
    work.do(OEHLER, "C-1", (OPENING, 300))
    work.do(IDA, "C-1", (c.TakeCase(agent="jan"), 200))
    work.do(JAN, "C-1", (c.WaitForCustomer(reason="the log"), 100))
    work.do(JAN, "C-1", (c.PostMessage(text="I rang them up"), 150))
    work.fold()
    return work


def test_what_had_happened_by_then_is_shown_and_nothing_can_be_done(site: Site, work: Casework) -> None:
    page = look_back(site.as_(IDA), at=ago(250))

    assert "This is how it was." in page
    assert "Nobody" not in page
    assert "opened" in read(page)
    assert "the log" not in page
    assert "I rang them up" not in page
    assert 'action="/cases/C-1/' not in page
    assert 'href="/cases/C-1">Back to now</a>' in page
    assert "/live?" not in page


def test_what_came_late_is_known_now_and_was_not_known_then(site: Site, work: Casework) -> None:
    ida = site.as_(IDA)
    recorded_by = recorded_before_the_last(work)

    as_known_now = look_back(ida, at=ago(140))
    as_known_then = look_back(ida, recorded_by=recorded_by)

    assert "I rang them up" in as_known_now
    assert "recorded late:" in read(as_known_now)
    assert "I rang them up" not in as_known_then
    assert "the log" in as_known_then


def test_programs_get_the_same_at_the_address_that_the_page_names(site: Site, work: Casework) -> None:
    work.do(JAN, "C-1", (c.RecordEffort(minutes=25), 120))
    work.fold()
    ida, key = site.as_(IDA), {"Authorization": f"Bearer {site.key(IDA)}"}

    def answered(path: str) -> Any:
        answer = ida.client.get(path, headers=key)
        assert answer.status_code == 200, answer.text
        assert "etag" not in answer.headers or "/standing" not in path
        return answer.json()

    found = []
    for when in ({"at": ago(250)}, {"at": ago(110)}, {"recorded_by": recorded_before_the_last(work)}):
        page = look_back(ida, **when)
        named = re.search(r"<code>GET ([^<]+)</code>", page)
        assert named is not None
        path, _, query = unescape(named[1]).partition("?")
        answer = answered(f"{path}?{query}")
        case, happened = answer["case"], answered(f"/v1/cases/C-1/timeline?{query}")["events"]
        # The page shows where it was, with whom, what had been spent on it, and what had happened
        assert f"with <b>{case['organisation']}</b>" in page
        assert (f" · <b>{case['agent']}</b>" in page) == (case["agent"] is not None)
        spent = case["effort_minutes"]
        assert f"Effort {f'{spent} min' if spent else '–'} " in read(page)
        shown = re.findall(r'<li class="event (\w+)', page)
        assert [one["type"] for one in happened] == shown[::-1]
        assert answer["stays"][-1]["level"] == case["level"]
        found.append((case["agent"], case["effort_minutes"], case["waiting_since"] is None, len(shown)))
    # which was another thing each time.
    assert found == [(None, 0, True, 1), ("jan", 25, True, 4), ("jan", 0, False, 4)]
    # As of now it is the case as it is.
    stands, is_now = answered("/v1/cases/C-1/standing")["case"], answered("/v1/cases/C-1")["case"]
    assert stands == {name: is_now[name] for name in stands}


def recorded_before_the_last(work: Casework) -> str:
    with work.app() as app:
        recorded_at = app.log.read(0, 100)[-1].recorded_at
    return (recorded_at - timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ({"at": "yesterday"}, "is not a time"),
        ({"at": "1815-06-18T12:00"}, "out of range"),
        ({"at": "2026-03-31T17:00", "recorded_by": "2026-03-30T17:00"}, "was not all recorded"),
        ({"at": "2020-01-01T00:00"}, "was not opened by"),
        ({"recorded_by": "2020-01-01T00:00"}, "was not recorded by then"),
    ],
)
def test_a_time_that_cannot_be_is_refused(
    site: Site, work: Casework, when: dict[str, str], says: str
) -> None:
    answer = site.as_(IDA).client.get("/cases/C-1", params=when, headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert says in read(answer.text)


def test_whoever_sees_a_case_no_more_does_not_see_how_it_was(site: Site) -> None:
    # Given a case of user support that was reclassified, and which its partner sees no more
    work = Casework(site.database)
    opening = c.OpenCase(
        customer="praxis-ost",
        seller="nord",
        partner="hilfe",
        category=Category.USER_SUPPORT,
        topic="program_use",
    )
    work.do(OEHLER, "C-3", (opening, 300))
    work.do("partner:hilfe:pia", "C-3", (c.TakeCase(agent="pia"), 200))
    work.do(
        "partner:hilfe:pia",
        "C-3",
        (c.ReclassifyCase(category=Category.USER_SUPPORT, topic="training", partner="andere"), 100),
    )
    work.fold()
    pia = site.as_("partner:hilfe:pia")

    now, then, never = (
        pia.client.get(f"/cases/{case}", params=when, headers={"Accept": "text/html"})
        for case, when in (("C-3", {}), ("C-3", {"at": ago(250)}), ("C-4", {"at": ago(250)}))
    )

    assert [now.status_code, then.status_code, never.status_code] == [404, 404, 404]
    assert read(then.text).replace("C-3", "C-4") == read(never.text)


def test_an_internal_message_stays_with_its_readers(site: Site, work: Casework) -> None:
    note = c.PostMessage(text="The cable", audience=c.Audience.INTERNAL, readers=("nord",))
    work.do(JAN, "C-1", (note, 90))
    work.fold()

    assert "The cable" in look_back(site.as_(IDA), at=ago(1))
    assert "The cable" not in look_back(site.as_(VERA), at=ago(1))
    assert "The cable" not in look_back(site.as_(OEHLER), at=ago(1))


def test_a_clock_of_the_past_says_why_it_stood_still_then(site: Site) -> None:
    # Given a promise by a calendar that is closed on the day before yesterday, and another one that waits
    closed = (datetime.now(UTC) - timedelta(days=2)).weekday()
    weekly = tuple(() if day == closed else ("00:00-24:00",) for day in range(7))
    hours = calendar(weekly=weekly)
    promise = policy("all-day", hours=500, calendar=hours)
    pausing = tuple(structs.replace(one, pauses=True) for one in promise.clocks)
    work = Casework(site.database)
    work.promise(hours, structs.replace(promise, clocks=pausing))
    day = 24 * 60
    for case in ("C-3", "C-4"):
        work.do(OEHLER, case, (OPENING, 4 * day))
    work.do(IDA, "C-4", (c.TakeCase(agent="jan"), 4 * day - 10), (c.WaitForCustomer(), 4 * day - 20))
    work.fold()
    now = datetime.now(UTC)
    on_closed_day = (now - timedelta(days=2)).replace(hour=12).isoformat().replace("+00:00", "Z")
    on_open_day = (now - timedelta(days=3)).replace(hour=12).isoformat().replace("+00:00", "Z")

    def clocks(case: str, at: str, **headers: str) -> str:
        page = look_back(site.as_(IDA, **headers), case, at=at)
        return read(page[page.index('id="clocks"') :])

    # Then each says why it stood still at that time, and one that counted says nothing
    assert "left stood still: outside opening hours" in clocks("C-3", on_closed_day)
    assert "stood still" not in clocks("C-3", on_open_day)
    assert "left paused: waits for the customer" in clocks("C-4", on_open_day)
    german = {"Accept-Language": "de"}
    assert "stand still: außerhalb der Servicezeiten" in clocks("C-3", on_closed_day, **german)
