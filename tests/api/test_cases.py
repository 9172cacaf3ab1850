"""Cases over HTTP: each identity sees those in which its organisation has a part now."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from casecore.store import log
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.api.desk import done, noted_internally, opened, parked
from tests.projections.stored import fold_store


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


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "colour=red",
        "cursor=x",
        "state=lost",
        "limit=1&limit=2",
        "sort=price",
        "agent=%00",
        "agent=%ff",
        "opened_since=2026-03-02",
        "opened_since=2026",
        "opened_until=20261201",
    ],
)
def test_a_question_that_cannot_be_read_says_so(door, keys, query):
    answer = door.client.get(f"/v1/cases?{query}", headers=keys["nord"])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_parameter_that_is_unknown_is_answered_with_those_that_are_known(door, keys):
    answer = door.client.get("/v1/cases/C-1/explain?colour=red", headers=keys["nord"])
    assert answer.json()["detail"].endswith(
        "unknown field `colour`; known are: at, clock, cursor, level, limit, number, recorded_by"
    )


@pytest.fixture
def several(door, keys, database):
    """Cases of nord by what they are like: urgent, waiting, and of a partner."""
    urgent = opened(door, keys["nord"], priority="urgent")
    waiting = opened(door, keys["nord"], priority="high", customer="zahn")
    done(door, keys["nord"], waiting, "take", agent="ida")
    done(door, keys["nord"], waiting, "wait")
    training = opened(
        door, keys["nord"], category="user_support", topic="program_use", partner="hilfe", priority="low"
    )
    fold_store(database, WORKLOAD)
    return {"urgent": urgent, "waiting": waiting, "training": training}


ASKED_FOR = {
    "priority=urgent": {"urgent"},
    "waiting=true": {"waiting"},
    "waiting=false": {"urgent", "training"},
    "category=user_support": {"training"},
    "partner=hilfe": {"training"},
    "topic=program_use&seller=nord": {"training"},
    "seller=sued": set(),
    "customer=zahn&agent=ida&level=level_0": {"waiting"},
    "opened_since=2026-01-01T00:00:00Z": {"urgent", "waiting", "training"},
    "opened_until=2026-01-01T00:00:00Z": set(),
}
SORTED = {
    "opened_at": ["urgent", "waiting", "training"],
    "-opened_at": ["training", "waiting", "urgent"],
    "-last_move_at": ["training", "waiting", "urgent"],
    "priority": ["training", "waiting", "urgent"],
    "-priority": ["urgent", "waiting", "training"],
}


def test_a_list_has_the_cases_that_are_asked_for(door, keys, several):
    for query, found in ASKED_FOR.items():
        answer = door.client.get(f"/v1/cases?{query}", headers=keys["nord"])
        assert answer.status_code == 200, answer.text
        assert {case["reference"] for case in answer.json()["cases"]} == {several[name] for name in found}


def test_a_list_is_sorted_page_by_page(door, keys, several):
    for sort, names in SORTED.items():
        found, path = [], f"/v1/cases?limit=1&sort={sort}"
        while path:
            answer = door.client.get(path, headers=keys["nord"])
            assert answer.status_code == 200, answer.text
            found += [case["reference"] for case in answer.json()["cases"]]
            path = answer.links.get("next", {}).get("url")
        assert found == [several[name] for name in names], sort


def test_a_list_says_what_each_case_is_about_to_those_who_see_it_as_the_views_are(door, keys, database):
    # Given a case with a subject and a partner, and one without a word
    training = {"category": "user_support", "topic": "program_use", "partner": "hilfe"}
    about = opened(door, keys["nord"], subject="Training for \u00e4ll", **training)
    silent = opened(door, keys["nord"])
    fold_store(database, WORKLOAD)
    before = door.key("partner:hilfe:max")

    def subjects(who):
        found = door.client.get("/v1/cases", headers=who).json()["cases"]
        return {case["reference"]: case["subject"] for case in found}

    # Then it is named once the view of its events has it, to each who has a part in it
    assert subjects(keys["nord"]) == {about: None, silent: None}
    fold_store(database, TIMELINE)
    assert subjects(keys["nord"]) == {about: "Training for \u00e4ll", silent: None}
    assert subjects(before) == {about: "Training for \u00e4ll"}
    # ... and no more to a partner of before, where that view alone knows of the new one
    done(door, before, about, "reclassify", **{**training, "partner": "kurs"})
    noted_internally(door, door.key("partner:kurs:uli"), about, "kurs")
    fold_store(database, TIMELINE)
    assert subjects(before) == {about: None}
    assert subjects(keys["praxis"]) == {about: "Training for \u00e4ll", silent: None}


@pytest.mark.usefixtures("several")
def test_a_cursor_is_one_of_its_sort_only(door, keys):
    cursor = door.client.get("/v1/cases?limit=1", headers=keys["nord"]).json()["next"]
    answer = door.client.get(f"/v1/cases?sort=priority&cursor={cursor}", headers=keys["nord"])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "sorted by -opened_at" in answer.json()["detail"]


def test_an_internal_message_does_not_show_to_others_in_the_case(door, keys, of_nord, database):
    done(door, keys["nord"], of_nord, "take")
    fold_store(database, WORKLOAD)
    path = f"/v1/cases/{of_nord}"
    before = {name: door.client.get(path, headers=keys[name]) for name in ("praxis", "vendor")}
    noted_internally(door, keys["nord"], of_nord, "nord", "vendor")
    behind = {name: door.client.get(path, headers=keys[name]).json()["behind"] for name in before}
    assert behind == {"praxis": 0, "vendor": 1}
    fold_store(database, WORKLOAD)
    after = {name: door.client.get(path, headers=keys[name]) for name in before}
    assert after["praxis"].headers["ETag"] == before["praxis"].headers["ETag"] == '"2"'
    assert after["praxis"].json()["case"] == before["praxis"].json()["case"]
    assert after["vendor"].headers["ETag"] == '"3"'
    # What praxis has seen is what it decides on; the vendor has seen less than there is
    for name, seen, status in (("vendor", before["vendor"], 412), ("praxis", after["praxis"], 200)):
        headers = {**keys[name], "Idempotency-Key": str(uuid4()), "If-Match": seen.headers["ETag"]}
        answer = door.client.post(f"{path}/message", json={"text": "Thanks."}, headers=headers)
        assert answer.status_code == status, answer.text
    # Nor is when it came to be read from what is lacking
    before_it = datetime.now(UTC)
    noted_internally(door, keys["nord"], of_nord, "nord")
    done(door, keys["nord"], of_nord, "priority", priority="high")
    lacking = door.client.get(path, headers=keys["praxis"]).json()
    assert lacking["behind"] == 2  # the own message, too
    assert datetime.fromisoformat(lacking["as_of"]) < before_it


def test_a_long_case_is_read_in_pieces_so_that_nobody_fills_the_servers_memory(
    door, keys, of_nord, database, monkeypatch
):
    monkeypatch.setattr(log, "ROWS_OF_PIECE", 2)
    monkeypatch.delattr(log.LogReader, "stream")  # it has all of them in memory
    for number in range(4):
        done(door, keys["praxis"], of_nord, "message", text=f"message {number}")
    noted_internally(door, keys["nord"], of_nord, "nord")
    fold_store(database, WORKLOAD)
    path = f"/v1/cases/{of_nord}"
    seen = door.client.get(path, headers=keys["praxis"])
    assert (seen.status_code, seen.headers["ETag"]) == (200, '"5"')
    traced = door.client.get(f"{path}/trace?latest=2", headers=keys["praxis"]).json()
    assert [event["version"] for event in traced["events"]] == [4, 5]
    clocks = door.client.get(f"{path}/clocks?recorded_by=2199-01-01T00:00:00Z", headers=keys["praxis"])
    assert clocks.status_code == 200, clocks.text
    headers = {**keys["praxis"], "Idempotency-Key": str(uuid4()), "If-Match": '"5"'}
    assert door.client.post(f"{path}/close", headers=headers).status_code == 422  # decided, not 412


def test_a_case_whose_record_is_parked_is_not_answered_as_if_it_were_whole(door, keys, of_nord, database):
    fold_store(database, WORKLOAD)
    done(door, keys["nord"], of_nord, "take")
    parked(database, of_nord)
    answer = door.client.get(f"/v1/cases/{of_nord}", headers=keys["nord"])
    assert (answer.status_code, answer.json()["code"]) == (503, "key_parked")
    assert "secret" not in answer.text
    others = door.client.get(f"/v1/cases/{of_nord}", headers=keys["sued"])
    assert others.status_code == 404
    # A list says what it lacks, to those whose it is
    parked_of = {
        name: door.client.get("/v1/cases", headers=who).json()["parked"] for name, who in keys.items()
    }
    assert parked_of == {"nord": [of_nord], "praxis": [of_nord], "vendor": [of_nord], "sued": []}


def test_a_parked_internal_message_is_none_of_the_others_business(door, keys, of_nord, database):
    fold_store(database, WORKLOAD)
    noted_internally(door, keys["nord"], of_nord, "nord")
    parked(database, of_nord)
    statuses = {
        name: door.client.get(f"/v1/cases/{of_nord}", headers=keys[name]).status_code for name in keys
    }
    assert statuses == {"nord": 503, "praxis": 200, "vendor": 200, "sued": 404}
    parked_of = {
        name: door.client.get("/v1/cases", headers=who).json()["parked"] for name, who in keys.items()
    }
    assert parked_of == {"nord": [of_nord], "praxis": [], "vendor": [], "sued": []}


def test_a_case_that_the_views_do_not_have_yet_is_there_soon(door, keys, of_nord, database):
    fold_store(database, WORKLOAD)
    later = opened(door, keys["nord"])
    answer = door.client.get(f"/v1/cases/{later}", headers=keys["nord"])
    assert (answer.status_code, answer.json()["code"]) == (503, "case_not_in_views")
    assert answer.headers["Retry-After"]
    assert door.client.get(f"/v1/cases/{later}", headers=keys["sued"]).status_code == 404


def test_a_partner_that_was_replaced_sees_the_case_no_more(door, keys, several, database):
    case = several["training"]
    before, after = door.key("partner:hilfe:max"), door.key("partner:kurs:uli")
    path = f"/v1/cases/{case}"
    assert door.client.get(path, headers=before).status_code == 200
    new = {"category": "user_support", "topic": "program_use", "partner": "kurs"}
    done(door, before, case, "reclassify", **new)
    # The view still has the old partner: what the store says decides.
    assert [door.client.get(path, headers=who).status_code for who in (before, after)] == [404, 200]
