"""The pictures of operations over HTTP: figures of what an identity sees, and the cases behind each."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from casecore.app.pictures.catalogue import PICTURES
from casecore.identity.identity import Scope
from projections.pictures.asked import PictureFilter
from projections.sla.projection import SLA
from projections.workload.projection import WORKLOAD
from tests.api.desk import done, opened, published
from tests.projections.stored import fold_store


@pytest.fixture
def nord(door):
    return door.key("seller:nord:ida")


@pytest.fixture
def desk(door, database, nord):
    """Two cases of nord's, of which one is resolved, and one of sued's."""
    published(database)
    solved, waiting = opened(door, nord), opened(door, nord)
    done(door, nord, solved, "take", agent="ida")
    done(door, nord, solved, "effort", minutes=30)
    done(door, nord, solved, "resolve", resolution_code="solved")
    done(door, nord, waiting, "take", agent="ida")
    done(door, nord, waiting, "wait")
    other = opened(door, door.key("seller:sued:tom"), seller="sued", customer="zahn")
    for view in (WORKLOAD, SLA):
        fold_store(database, view)
    return {"solved": solved, "waiting": waiting, "other": other}


def rows(door, who, path):
    found = door.client.get(f"/v1/{path}", headers=who)
    assert found.status_code == 200, found.text
    return found.json()["rows"]


def test_each_picture_says_what_its_query_says_and_leads_to_the_cases_behind_it(door, nord, desk):
    for picture in PICTURES:
        shown = rows(door, nord, picture.path)
        assert [tuple(row) for row in shown] == [picture.row._fields] * len(shown)
        asked = {name: picture.row._fields.index(name) for name in picture.keys}
        queried = picture.rows(door.database, PictureFilter(at=datetime.now(UTC), seller="nord"), None)
        keys = [tuple(row[place] for place in asked.values()) for row in queried]
        assert len(keys) == len(shown) > 0, picture.name
        for row in shown[:200]:
            for figure in picture.figures:
                if not row[figure]:
                    continue
                query = {name: row[name] for name in picture.keys if row[name] is not None}
                behind = door.client.get(
                    f"/v1/{picture.path}/cases", params={**query, "figure": figure}, headers=nord
                )
                assert behind.status_code == 200, behind.text
                cases = behind.json()["cases"]
                assert {case["reference"] for case in cases} <= {desk["solved"], desk["waiting"]}
                counted = sum(case["times"] for case in cases)
                assert counted == pytest.approx(row[figure], abs=3 if figure == "seconds" else 0), picture


def test_days_are_those_of_berlin_and_a_list_has_pages(door, nord, desk):
    today = datetime.now(ZoneInfo("Europe/Berlin")).date().isoformat()
    (day,) = rows(door, nord, f"workload/backlog-flow?since={today}&until={today}")
    assert day == {"day": today, "came_in": 2, "went_out": 1, "open": 1}
    path = f"/v1/workload/backlog-flow/cases?day={today}&figure=came_in&limit=1"
    found = door.pages(path, nord, "cases")
    assert [case["reference"] for case in found] == sorted([desk["solved"], desk["waiting"]])
    assert rows(door, nord, f"workload/backlog-flow?since={today}&until={today}&customer=zahn") == [
        {"day": today, "came_in": 0, "went_out": 0, "open": 0}
    ]
    vendor = door.key("vendor:vendor:ann", Scope.ANALYST)
    (all_of_them,) = rows(door, vendor, f"workload/backlog-flow?since={today}&until={today}")
    assert all_of_them["came_in"] == 3


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("workload/backlog-flow?since=2026-02-30", "since"),
        ("workload/backlog-flow?since=1026-02-03&until=2026-02-03", "days"),
        ("workload/open-ages?since=2026-02-03", "since"),
        ("workload/open-ages?priority=soon", "priority"),
        ("workload/open-ages/cases?place=1&figure=cases", "level"),
        ("workload/open-ages/cases?place=1&level=level_0&figure=minutes", "figure"),
        ("workload/agent-load/cases?organisation=nord&figure=cases&cursor=x", "cursor"),
    ],
)
def test_what_cannot_be_asked_is_named(door, nord, desk, path, named):
    answer = door.client.get(f"/v1/{path}", headers=nord)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


def test_what_packages_pay_is_for_accountants_of_those_who_see_the_charges(accounts):
    for name, key in accounts.keys.items():
        shown = accounts.door.client.get("/v1/billing/customer-fees", headers=key).json()["rows"]
        charges = accounts.door.pages("/v1/billing/charges?limit=1000", key, "charges")
        due = [one for one in charges if not one["is_reversed"]]
        assert {row["customer"]: row["net_cents"] for row in shown} == {
            customer: sum(one["net_cents"] for one in due if one["customer"] == customer)
            for customer in {one["customer"] for one in due}
        }, name
        for row in shown:
            path = f"/v1/billing/customer-fees/packages?customer={row['customer']}&limit=1"
            packages = accounts.door.pages(path, key, "packages")
            assert (len(packages), sum(one["net_cents"] for one in packages)) == (
                row["packages"],
                row["net_cents"],
            )
    agent = accounts.door.key("vendor:vendor:ann")
    assert accounts.door.client.get("/v1/billing/customer-fees", headers=agent).status_code == 403
