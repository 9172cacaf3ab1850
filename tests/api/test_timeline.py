"""The timeline of a case over HTTP: each identity sees the events that are for it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.app.seen import timeline as seen_timeline
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.api.desk import OPENING, done, noted_internally, opened, parked
from tests.profiles import scaled
from tests.projections.stored import fold_store

NAMES = (
    "seller:nord:ida",
    "seller:sued:tom",
    "customer:praxis:eva",
    "customer:zahn:kai",
    "vendor:vendor:ann",
)


@pytest.fixture
def keys(door):
    return {name.split(":")[1]: door.key(name) for name in NAMES}


@pytest.fixture
def case(door, keys):
    return opened(door, keys["nord"])


@pytest.fixture
def filled(door, keys, case, database):
    """Asks for pages of a case whose messages are short and long, some not for who asks; and all events."""
    for length in (1, 3_000, 2_000, 10, 5_000, 1):
        done(door, keys["praxis"], case, "message", text="ä" * length)
        noted_internally(door, keys["nord"], case, "nord")
    fold_store(database, TIMELINE)

    def ask(query):
        return timeline(door, keys["praxis"], case, query)

    whole = ask("").json()
    assert (len(whole["events"]), whole["next"]) == (7, None)
    return ask, whole["events"]


def timeline(door, who, case, query=""):
    answer = door.client.get(f"/v1/cases/{case}/timeline{query}", headers=who)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_reference_may_have_any_letters(door, keys, database):
    name = "F%C3%A4lle-%D0%96%3E%2F..%2fx%5C1"  # Fälle-Ж>/../x\1
    path = f"/v1/cases/{name}"
    answer = door.client.post(
        f"{path}/open", json=OPENING, headers={**keys["nord"], "Idempotency-Key": str(uuid4())}
    )
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == "/v1/cases/F%C3%A4lle-%D0%96%3E%2F..%2Fx%5C1"
    done(door, keys["nord"], name, "take")
    fold_store(database, TIMELINE)
    assert [event["version"] for event in door.pages(f"{path}/timeline?limit=1", keys["nord"], "events")] == [
        1,
        2,
    ]


def versions(answer):
    return [event["version"] for event in answer.json()["events"]]


def test_the_readers_of_an_internal_message_see_it_and_nobody_else_that_there_is_one(
    door, keys, case, database
):
    done(door, keys["praxis"], case, "message", text="It does not start.")
    noted_internally(door, keys["nord"], case, "nord")
    done(door, keys["nord"], case, "take")
    noted_internally(door, keys["nord"], case, "nord", "vendor")
    fold_store(database, TIMELINE)
    seen = {name: timeline(door, keys[name], case) for name in ("nord", "vendor", "praxis")}
    assert {name: versions(answer) for name, answer in seen.items()} == {
        "nord": [1, 2, 3, 4, 5],
        "vendor": [1, 2, 4, 5],
        "praxis": [1, 2, 4],
    }
    assert {name: answer.headers["ETag"] for name, answer in seen.items()} == {
        "nord": '"5"',
        "vendor": '"5"',
        "praxis": '"4"',
    }
    assert "between us" in seen["nord"].text
    assert "internal" not in seen["praxis"].text.replace('"internal":false', "")
    assert seen["praxis"].json()["behind"] == 0
    # Nobody who is not in the case sees any of it
    assert door.client.get(f"/v1/cases/{case}/timeline", headers=keys["sued"]).status_code == 404


def test_pages_go_on_after_a_version(door, keys, case, database):
    for text in "abcde":
        done(door, keys["praxis"], case, "message", text=text)
        noted_internally(door, keys["nord"], case, "nord")
    fold_store(database, TIMELINE)
    found, path = [], f"/v1/cases/{case}/timeline?limit=2"
    while path:
        answer = door.client.get(path, headers=keys["praxis"])
        found += versions(answer)
        path = answer.links.get("next", {}).get("url")
    assert found == [1, 2, 4, 6, 8, 10]
    for query in ("?cursor=-1", "?cursor=x", f"?cursor={2**70}", "?limit=0"):
        assert door.client.get(f"/v1/cases/{case}/timeline{query}", headers=keys["nord"]).status_code == 400


@scaled(0.25, suppressed=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 9), most_bytes=st.integers(1, 12_000))
def test_pages_of_any_limit_and_size_put_together_are_the_whole(filled, monkeypatch, limit, most_bytes):
    ask, whole = filled
    monkeypatch.setattr(seen_timeline, "MOST_BYTES", most_bytes)
    found, path = [], f"?limit={limit}"
    while path is not None:
        page = ask(path).json()
        events, sizes = page["events"], [size_of(event) for event in page["events"]]
        found += events
        # A page has one event at least, at most its limit, and none after those that fill it
        assert 1 <= len(events) <= limit
        assert sum(sizes[:-1]) < most_bytes
        path = None if page["next"] is None else f"?limit={limit}&cursor={page['next']}"
        # and it does not end before that, unless the timeline does.
        assert path is None or len(events) == limit or sum(sizes) >= most_bytes
    assert found == whole


def size_of(event):
    """How long the parts of an event are whose length is not bounded, as PostgreSQL writes them."""
    return sum(len(json.dumps(event[name], ensure_ascii=False).encode()) for name in ("changed", "body"))


def test_the_case_that_another_duplicates_is_named_to_those_who_see_that_too(door, keys, case, database):
    other = opened(door, keys["nord"], customer="zahn")
    done(door, keys["nord"], other, "cancel", duplicate_of=case)
    fold_store(database, TIMELINE)
    by_nord, by_zahn = timeline(door, keys["nord"], other), timeline(door, keys["zahn"], other)
    assert by_nord.json()["events"][-1]["body"]["data"]["duplicate_of"] == case
    assert by_nord.json()["names"] == [case]
    assert case not in by_zahn.text
    assert "duplicate_of" not in by_zahn.text
    assert versions(by_zahn) == [1, 2]
    # The answer depends on the other case, too
    assert by_nord.headers["ETag"] != by_zahn.headers["ETag"]


def test_a_timeline_whose_event_is_parked_or_that_the_view_lacks_says_so(door, keys, case, database):
    fold_store(database, TIMELINE)
    done(door, keys["nord"], case, "take")
    behind = timeline(door, keys["praxis"], case).json()
    assert (behind["behind"], behind["version"], len(behind["events"])) == (1, 1, 1)
    parked(database, case, "timeline")
    answer = door.client.get(f"/v1/cases/{case}/timeline", headers=keys["praxis"])
    assert (answer.status_code, answer.json()["code"]) == (503, "key_parked")
    assert "secret" not in answer.text
    # The workload has it all the same
    fold_store(database, WORKLOAD)
    assert door.client.get(f"/v1/cases/{case}", headers=keys["praxis"]).json()["case"]["version"] == 2


def test_what_is_not_theirs_is_not_there_whether_or_not_there_are_views(door, keys, case):
    # Given no views
    for path in (f"/v1/cases/{case}", f"/v1/cases/{case}/timeline", f"/v1/cases/{case}/clocks"):
        # Then who sees the case hears that, and nobody else that there is a case
        answers = [door.client.get(path, headers=keys[name]) for name in ("praxis", "sued")]
        assert [answer.json()["code"] for answer in answers] == ["view_missing", "case_unknown"]
        there_is_none = door.client.get(path.replace(case, "C-0"), headers=keys["sued"])
        assert answers[1].text.replace(case, "C-0") == there_is_none.text


def test_a_trace_shows_where_the_events_are_that_an_identity_sees(door, keys, case, database):
    fold_store(database, TIMELINE)
    done(door, keys["nord"], case, "take")
    noted_internally(door, keys["nord"], case, "nord")
    parked(database, case, "timeline")
    seen = {}
    for name in ("nord", "praxis"):
        answer = door.client.get(f"/v1/cases/{case}/trace", headers=keys[name])
        assert answer.status_code == 200, answer.text
        assert "secret" not in answer.text
        seen[name] = answer.json()
    assert [event["version"] for event in seen["nord"]["events"]] == [1, 2, 3]
    assert [event["version"] for event in seen["praxis"]["events"]] == [1, 2]
    assert (seen["praxis"]["version"], seen["praxis"]["topics_known"]) == (2, False)
    by_view = {view["view"]: view for view in seen["praxis"]["views"]}
    assert (by_view["timeline"]["state"], by_view["timeline"]["reason"]) == ("not_folded", "unreadable")
    assert by_view["workload"]["state"] == "unavailable"
    one = door.client.get(f"/v1/cases/{case}/trace?latest=1", headers=keys["praxis"]).json()
    assert ([event["version"] for event in one["events"]], one["earlier"]) == ([2], 1)
    assert door.client.get(f"/v1/cases/{case}/trace", headers=keys["sued"]).status_code == 404
