"""Cases over HTTP: each identity sees those in which its organisation has a part now."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.projections.stored import fold_store

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}


def opened(door, who, **other):
    headers = {**who, "Idempotency-Key": str(uuid4())}
    answer = door.client.post("/v1/cases", json={**OPENING, **other}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["case"]


@pytest.fixture
def keys(door):
    names = ("seller:nord:ida", "seller:sued:tom", "customer:praxis:eva", "vendor:vendor:ann")
    return {name.split(":")[1]: door.key(name) for name in names}


@pytest.fixture
def of_nord(door, keys):
    return opened(door, keys["nord"])


@pytest.fixture
def of_sued(door, keys):
    return opened(door, keys["sued"], seller="sued", customer="zahn")


@pytest.fixture
def folded(database, of_nord, of_sued):
    fold_store(database, WORKLOAD)
    fold_store(database, TIMELINE)


@pytest.mark.usefixtures("folded")
def test_an_organisation_sees_the_cases_in_which_it_has_a_part(door, keys, of_nord, of_sued):
    seen = {"nord": {of_nord}, "sued": {of_sued}, "praxis": {of_nord}, "vendor": {of_nord, of_sued}}
    for name, cases in seen.items():
        answer = door.client.get("/v1/cases", headers=keys[name])
        assert answer.status_code == 200, answer.text
        assert {case["reference"] for case in answer.json()["cases"]} == cases
        for case in (of_nord, of_sued):
            status = door.client.get(f"/v1/cases/{case}", headers=keys[name]).status_code
            assert status == (200 if case in cases else 404)


@pytest.mark.usefixtures("folded")
def test_what_one_may_not_see_is_as_if_it_were_not_there(door, keys, of_sued):
    of_another = door.client.get(f"/v1/cases/{of_sued}", headers=keys["nord"])
    of_nobody = door.client.get("/v1/cases/C-0000-0000", headers=keys["nord"])
    assert of_another.text.replace(of_sued, "C-0000-0000") == of_nobody.text


@pytest.mark.usefixtures("folded")
def test_an_answer_says_how_new_it_is(door, keys, of_nord):
    answer = door.client.get(f"/v1/cases/{of_nord}", headers=keys["nord"]).json()
    assert answer["behind"] == 0
    assert datetime.fromisoformat(answer["as_of"]) <= datetime.now(UTC)


@pytest.mark.usefixtures("folded")
def test_pages_follow_each_other(door, keys, of_nord, of_sued, database):
    others = [opened(door, keys["nord"]) for _ in range(4)]
    fold_store(database, WORKLOAD)
    found, path = [], "/v1/cases?limit=2"
    while path:
        answer = door.client.get(path, headers=keys["nord"])
        found += [case["reference"] for case in answer.json()["cases"]]
        path = answer.links.get("next", {}).get("url")
    assert sorted(found) == sorted([of_nord, *others])


@pytest.mark.usefixtures("folded")
def test_a_case_that_is_as_it_was_is_not_sent_again(door, keys, of_nord):
    first = door.client.get(f"/v1/cases/{of_nord}", headers=keys["nord"])
    assert first.headers["Cache-Control"].startswith("private")
    again = {**keys["nord"], "If-None-Match": first.headers["ETag"]}
    assert door.client.get(f"/v1/cases/{of_nord}", headers=again).status_code == 304


@pytest.mark.parametrize("query", ["limit=0", "colour=red", "cursor=x", "state=lost", "limit=1&limit=2"])
def test_a_question_that_cannot_be_read_says_so(door, keys, query):
    answer = door.client.get(f"/v1/cases?{query}", headers=keys["nord"])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
