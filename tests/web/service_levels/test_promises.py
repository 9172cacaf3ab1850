"""Policies and calendars as people read them: those of their own organisation."""

from __future__ import annotations

import html
import re
from datetime import date
from uuid import uuid4

import pytest
from msgspec.structs import replace

from casecore.app.actors import parse_actor
from casecore.commands.bus import CommandBus
from casecore.identity.identity import Scope
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decider import SERVICE_LEVELS
from projections.sla.projection import SLA
from tests.cases.promises import SHA, calendar, policy
from tests.cases.steps import VENDOR
from tests.projections.stored import fold_store
from tests.web.sites import Site

IDA, TOM, VERA = "seller:nord:ida", "seller:sued:tom", f"vendor:{VENDOR}:vera"
PAGES = (
    "/service-levels",
    "/service-levels/policies/nord-level_0",
    "/service-levels/calendars/nord-office",
    "/service-levels/what-if?policy=nord-level_0",
)


def test_a_promise_says_what_for_whom_and_by_which_calendar(promising: Site) -> None:
    ida = promising.as_(IDA)
    page = ida.look("/service-levels").text
    assert '<a href="/service-levels/policies/nord-level_0">nord-level_0</a>' in page
    assert "customer <b>praxis</b> or <b>zahn</b>" in page
    assert "in force" in page
    policy = ida.look("/service-levels/policies/nord-level_0")
    assert policy.status_code == 200
    targets = re.search(r'<th scope="row">time at level</th>(.*?)</tr>', policy.text, re.DOTALL)
    assert targets is not None
    assert re.findall(r'class="number"[^>]*>([^<]+)<', targets[1]) == ["0 s", "30 min", "1 h", "2 h"]
    assert "/service-levels/calendars/nord-office?version=1" in policy.text
    assert "GET /v1/policies/nord-level_0?version=1" in policy.text


def test_what_others_promise_is_as_if_it_were_not_there(promising: Site) -> None:
    tom = promising.as_(TOM)
    assert "sued has promised nothing here yet" in tom.look("/service-levels").text
    for place in ("policies", "calendars"):
        there, nowhere = (
            tom.look(f"/service-levels/{place}/{name}")
            for name in (PAGES[1 if place == "policies" else 2].rpartition("/")[2], "nowhere")
        )
        assert (there.status_code, nowhere.status_code) == (404, 404)
    form = tom.look("/service-levels/what-if?policy=nord-level_0").text
    assert "office" not in form
    assert "nord-level_0" not in re.sub(r'value="/service-levels/what-if[^"]*"', "", form)


def test_how_far_promises_were_kept_is_what_the_api_says(
    promising: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casecore.web.pages.service_levels.promises._last_months", _months_of_the_world)
    ida = promising.as_(IDA)
    key = {"Authorization": f"Bearer {promising.key(IDA, Scope.ANALYST)}"}
    answer = ida.client.get("/v1/service-levels/attainment?since=2026-03", headers=key).json()
    sums: dict[tuple[str, str, str], list[int]] = {}
    for one in answer["attainment"]:
        counts = sums.setdefault((one["organisation"], one["level"], one["clock"]), [0, 0])
        counts[0] += one["met"]
        counts[1] += one["missed"]
    page = ida.look("/service-levels").text
    shown = re.findall(r"([\d.]+) % <small>of (\d+)</small>", page)
    expected = [
        (f"{100 * met / (met + missed):.1f}", f"{met + missed}") for _, (met, missed) in sorted(sums.items())
    ]
    assert expected
    assert shown == expected


def _months_of_the_world(_: date) -> list[date]:
    return [date(2026, 3, 1), date(2026, 4, 1)]


def test_a_calendar_shows_its_week_its_holidays_and_a_year(promising: Site) -> None:
    ida = promising.as_(IDA)
    page = ida.look("/service-levels/calendars/nord-office").text
    assert page.count("<figure>") == 12
    assert "GET /v1/calendars/nord-office?version=1" in page
    missing = ida.look("/service-levels/calendars/nord-office?year=1999")
    assert missing.status_code == 400
    assert "has no 1999: it has" in missing.text


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_are_for_agents_and_analysts(promising: Site, path: str) -> None:
    assert promising.as_(IDA, Scope.ANALYST).look(path).status_code == 200
    assert promising.as_(IDA, Scope.ACCOUNTANT).look(path).status_code == 403


PAYLOAD = "<img/src=x>\"'&{{7*7}}?#"


def test_names_are_shown_as_they_are_and_lead_where_they_say(site: Site) -> None:
    open_always = calendar(holidays=(date(2026, 4, 3),))
    open_always = replace(open_always, id=f"c{PAYLOAD}", time_zone="Europe/Berlin")
    promise = policy(f"p{PAYLOAD}", calendar=open_always, match={"customers": (PAYLOAD,)})
    publish = (
        PublishCalendar(
            organisation=VENDOR,
            calendar=open_always,
            definition_sha256=SHA,
            holiday_names={"2026-04-03": PAYLOAD},
        ),
        PublishPolicy(policy=promise, definition_sha256=SHA),
    )
    with CommandBus(site.database, [SERVICE_LEVELS], VENDOR) as bus:
        for do in publish:
            bus.give(ServiceLevelCommand(command_id=uuid4(), actor=parse_actor(VERA), do=do))
    fold_store(site.database, SLA)
    vera = site.as_(VERA)
    addresses = ["/service-levels"]
    for address in addresses:
        page = vera.look(address)
        assert page.status_code == 200, address
        assert "<img" not in page.text
        assert html.escape(PAYLOAD, quote=False).partition('"')[0] in page.text
        found = map(html.unescape, re.findall(r'href="(/service-levels/[^"#]+)', page.text))
        addresses += [one for one in found if one not in addresses and "year=" not in one]
    assert len(addresses) >= 5
