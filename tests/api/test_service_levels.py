"""Service levels over HTTP: of the cases in which an organisation has a part, and of its own promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from projections.sla.projection import SLA
from tests.api.desk import done, noted_internally, opened, published
from tests.projections.stored import fold_store

NAMES = ("seller:nord:ida", "seller:sued:tom", "customer:praxis:eva", "vendor:vendor:ann")


@pytest.fixture
def keys(door):
    return {name.split(":")[1]: door.key(name) for name in NAMES}


@pytest.fixture
def case(door, keys, database):
    """A case of praxis that nord has taken, with the promises of vendor and nord."""
    published(database)
    case = opened(door, keys["nord"])
    done(door, keys["nord"], case, "take", agent="ida")
    return case


def answer(door, who, path, status=200):
    found = door.client.get(f"/v1/{path}", headers=who)
    assert found.status_code == status, found.text
    return found.json()


def test_a_cases_clocks_and_holders_are_for_those_who_see_the_case(door, keys, case, database):
    fold_store(database, SLA)
    clocks = answer(door, keys["praxis"], f"cases/{case}/clocks")["clocks"]
    assert {clock["clock"] for clock in clocks} >= {"first_response", "resolution", "level_time"}
    assert all(isinstance(clock["elapsed_seconds"], int | float) for clock in clocks)
    holders = answer(door, keys["praxis"], f"cases/{case}/holders")["holders"]
    assert {holder["organisation"] for holder in holders} == {"nord"}
    for what in ("clocks", "holders", "explain?clock=resolution"):
        unknown = answer(door, keys["sued"], f"cases/C-0000-0000/{what}", 404)
        assert answer(door, keys["sued"], f"cases/{case}/{what}", 404)["code"] == unknown["code"]


def test_a_clock_is_explained_time_by_time(door, keys, case):
    found = answer(door, keys["praxis"], f"cases/{case}/explain?clock=resolution")
    assert found["clock"]["policy"] == "vendor-end-to-end"
    assert found["terms"][0]["what"] == "started"
    if found["lines"]:
        assert found["lines"][-1]["elapsed_seconds"] == found["clock"]["elapsed_seconds"]
    assert answer(door, keys["praxis"], f"cases/{case}/explain?clock=level_time&level=level_1", 404)


def test_an_internal_message_does_not_show_in_clocks(door, keys, case, database):
    fold_store(database, SLA)
    at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    paths = [f"cases/{case}/{what}?at={at}" for what in ("clocks", "holders", "explain")]
    paths[-1] += "&clock=resolution"
    before = [answer(door, keys["praxis"], path) for path in paths]
    noted_internally(door, keys["nord"], case, "nord")
    lacking = answer(door, keys["praxis"], paths[0])
    assert lacking["behind"] == 0
    fold_store(database, SLA)
    after = [answer(door, keys["praxis"], path) for path in paths]
    for one in (*before, *after):
        del one["as_of"]  # of the whole log
    assert after == before


@pytest.mark.parametrize(
    "query",
    [
        "at=2026-03-02",
        "at=9999-12-31T23:59:59Z",
        "recorded_by=x",
        "at=2026-03-02T10:00:00Z&recorded_by=2026-03-02T09:00:00Z",
    ],
)
def test_an_instant_that_cannot_be_asked_about_is_named(door, keys, query):
    problem = answer(door, keys["praxis"], f"cases/C-0000-0000/clocks?{query}", 400)
    assert query.split("=")[0] in problem["detail"]


@pytest.fixture
def two_sellers(door, keys, case, database):
    """Besides praxis's case with nord, one of zahn with sued, which promises nothing; now and as of then."""
    other = opened(door, keys["sued"], seller="sued", customer="zahn")
    done(door, keys["sued"], other, "take")
    fold_store(database, SLA)
    return {"nord": case, "sued": other}


def at(**later):
    return (datetime.now(UTC) + timedelta(**later)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_what_falls_due_is_of_the_cases_that_an_identity_sees(door, keys, two_sellers):
    # Of now, of later, both by the view; and of then and as known then, from the events.
    for query in ("", f"&at={at(days=30)}", f"&at={at()}", f"&recorded_by={at()}"):
        by_all = {}
        for name in keys:
            found = answer(door, keys[name], f"service-levels/due?limit=1000{query}")
            by_all[name] = {(clock["reference"], clock["clock"], clock["level"]) for clock in found["clocks"]}
            assert (found["behind"], found["next"]) == (0, None)
        assert {one[0] for one in by_all["nord"]} == {two_sellers["nord"]}
        assert {one[0] for one in by_all["sued"]} == {two_sellers["sued"]}
        assert by_all["praxis"] == by_all["nord"]
        assert by_all["vendor"] == by_all["nord"] | by_all["sued"]
    paged, path = [], "/v1/service-levels/due?limit=1"
    while path:
        page = door.client.get(path, headers=keys["vendor"])
        paged += [(one["reference"], one["clock"], one["level"]) for one in page.json()["clocks"]]
        path = page.links.get("next", {}).get("url")
    assert len(paged) == len(set(paged))
    assert set(paged) == by_all["vendor"]


def test_attainment_counts_the_cases_that_an_identity_sees(door, keys, two_sellers):
    # In some months all is missed; from the events the same as from the view
    for query in (f"at={at(days=90)}", f"at={at(days=90)}&recorded_by={at(days=91)}"):
        missed = {}
        for name in keys:
            found = answer(door, keys[name], f"service-levels/attainment?{query}&clocks=100")
            figures = answer(door, keys[name], f"service-levels/attainment?{query}")
            assert (figures["attainment"], figures["clocks"]) == (found["attainment"], [])
            missed[name] = sum(line["missed"] for line in found["attainment"])
            counted = sum(line["met"] + line["missed"] for line in found["attainment"])
            assert len(found["clocks"]) == counted
            assert {one["reference"] for one in found["clocks"]} <= set(two_sellers.values())
        assert missed["nord"] == missed["praxis"] > 0
        assert missed["sued"] > 0
        assert missed["vendor"] == missed["nord"] + missed["sued"]
    only = answer(door, keys["nord"], f"service-levels/attainment?at={at(days=90)}&policy=nord-level-0")
    assert {line["organisation"] for line in only["attainment"]} == {"nord"}
    for wrong in ("since=2026-13", "clock=x", "clocks=-1", "until=2026"):
        answer(door, keys["nord"], f"service-levels/attainment?{wrong}", 400)


def test_cases_without_a_policy_are_those_that_an_identity_sees(door, keys, two_sellers):
    found = {
        name: [one["reference"] for one in answer(door, who, "service-levels/unmatched")["cases"]]
        for name, who in keys.items()
    }
    # sued promises nothing for its level 0
    assert found == {"nord": [], "praxis": [], "sued": [two_sellers["sued"]], "vendor": [two_sellers["sued"]]}
    counted = answer(door, keys["nord"], "service-levels/attainment")
    assert counted["cases_without_policy"] == 0
    counted = answer(door, keys["sued"], "service-levels/attainment")
    assert counted["cases_without_policy"] == 1


def test_policies_and_calendars_are_for_the_organisation_that_published_them(door, keys, database):
    published(database)
    ids = {
        name: [[one["id"] for one in answer(door, who, kind)[kind]] for kind in ("policies", "calendars")]
        for name, who in keys.items()
    }
    assert ids == {
        "nord": [["nord-level-0"], ["nord-office"]],
        "sued": [[], []],
        "praxis": [[], []],
        "vendor": [["vendor-end-to-end"], ["berlin"]],
    }
    own = answer(door, keys["nord"], "policies/nord-level-0?version=1")
    assert (own["policy"]["organisation"], own["policy"]["calendar"]["id"]) == ("nord", "nord-office")
    assert answer(door, keys["nord"], "calendars/nord-office")["calendar"]["time_zone"] == "Europe/Berlin"
    for path in ("policies/nord-level-0", "calendars/nord-office", "policies/nord-level-0?version=1"):
        hidden = answer(door, keys["vendor"], path, 404)
        nothing = answer(door, keys["vendor"], path.replace("nord", "nowhere", 1), 404)
        assert hidden["detail"].replace("nord", "nowhere", 1) == nothing["detail"]
    assert answer(door, keys["nord"], "policies/nord-level-0?version=2", 404)
    answer(door, keys["nord"], "policies/nord-level-0?version=0", 400)
