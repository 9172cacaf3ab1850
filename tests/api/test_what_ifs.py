"""What-ifs over HTTP: a policy is tried for who asks, on what they see, and nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from msgspec.structs import replace

from casecore.app.service_levels import what_if_runs
from casecore.contract.service_levels import Clock
from casecore.identity.identity import Scope
from casecore.service_levels.policy_text import written_policy
from casecore.store.log import LogReader
from tests.api.doors import Door, open_door
from tests.slow_what_ifs import slow_what_ifs
from tests.visibility.made import a_life, store_events
from tests.visibility.worlds import promises
from tests.waiting import wait_until

WHAT_IFS = "/v1/service-levels/what-ifs"
OF_NORD = next(one for one in promises() if one.organisation == "nord")
WITHOUT_HAND_OVER = written_policy(
    replace(OF_NORD, clocks=tuple(one for one in OF_NORD.clocks if one.clock is not Clock.TIME_TO_ASSIGNMENT))
)
"""Nord's promise without one of its clocks, which changes all cases, whatever day it is."""

Key = dict[str, str]


@pytest.fixture
def ida(door: Door) -> Key:
    """Of nord, where things have happened."""
    store_events(door.database, a_life(1))
    return door.key("seller:nord:ida")


def begin(door: Door, who: Key, policy: str = WITHOUT_HAND_OVER, **more: Any) -> Response:
    return door.client.post(WHAT_IFS, json={"policy": policy, **more}, headers=who)


def ended(door: Door, who: Key, begun: Response) -> dict[str, Any]:
    """What became of a what-if that was begun."""
    assert begun.status_code == 202, begun.text
    found: dict[str, Any] = {}

    def has_ended() -> bool:
        found.update(door.ask(begun.headers["Location"], who).json())
        return bool(found["status"] != "running")

    wait_until(has_ended, "the what-if ends")
    return found


def test_what_would_change_is_answered_with_why_and_nothing_is_stored(door: Door, ida: Key) -> None:
    with LogReader(door.database) as log:
        before = log.last_position()

    begun = begin(door, ida)
    became = ended(door, ida, begun)

    assert begun.headers["Location"] == f"{WHAT_IFS}/{became['what_if']}"
    assert (became["status"], became["policy"], became["share"]) == ("done", OF_NORD.id, 1.0)
    result = became["result"]
    assert (result["cases"], result["left_out"]) == (3, [])
    of_level_0 = [one for one in result["clocks"] if (one["clock"], one["level"]) == ("hand_over", "level_0")]
    assert [sum(one["before"].values()) > 0 for one in of_level_0] == [True]
    assert [one["after"] for one in of_level_0] == [{}]
    # The changes come page by page, each with why
    place = f"{begun.headers['Location']}/changes"
    changes = door.pages(f"{place}?limit=1", ida, "changes")
    assert changes == door.ask(place, ida).json()["changes"]
    assert len({one["case"] for one in changes}) == result["cases_changed"] > 0
    assert [one["reasons"] for one in changes] == [[{"what": "clock_gone", "now": "", "was": ""}]] * len(
        changes
    )
    assert {one["reason"] for one in changes} == {"the policy has no such clock"}
    with LogReader(door.database) as log:
        assert log.last_position() == before


def test_it_is_for_who_began_it_and_in_one_server_alone(door: Door, ida: Key, tmp_path: Path) -> None:
    begun = begin(door, ida)
    ended(door, ida, begun)
    place = begun.headers["Location"]

    others = [door.key(who) for who in ("seller:nord:jan", "seller:sued:tom", "vendor:vendor:vera")]
    refusals = [door.ask(path, who) for path in (place, f"{place}/changes") for who in others]
    refusals += [door.client.delete(place, headers=who) for who in others]
    with open_door(door.database, tmp_path / "other") as of_another_process:
        ida_there = of_another_process.key("seller:nord:ida")
        refusals.append(of_another_process.ask(place, ida_there))
    never = door.ask(f"{WHAT_IFS}/{uuid4()}", ida)

    assert {(one.status_code, one.text) for one in refusals} == {(404, never.text)}
    assert "each server keeps its own" in never.json()["detail"]
    assert door.ask(place, ida).status_code == 200


@pytest.fixture
def may_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Trying takes until this is set, or it is ended."""
    with slow_what_ifs(monkeypatch) as may_end:
        yield may_end


def test_one_that_goes_on_says_how_far_it_is_and_can_be_ended(door: Door, ida: Key, may_end: Event) -> None:
    jan = door.key("seller:nord:jan")
    place = begin(door, ida).headers["Location"]
    wait_until(lambda: door.ask(place, ida).json()["share"] == 0.42, "it says how far it is")
    assert door.ask(f"{place}/changes", ida).json() == {"changes": [], "next": None}

    # A colleague waits for it
    refused = begin(door, jan)
    assert (refused.status_code, refused.json()["code"]) == (409, "what_if_goes_on")
    # until ida ends it, and then there is nothing of it
    assert door.client.delete(place, headers=ida).status_code == 204
    assert [door.ask(place, ida).status_code, door.client.delete(place, headers=ida).status_code] == [
        404,
        404,
    ]
    wait_until(lambda: begin(door, jan).status_code == 202, "another one can begin")


def test_one_that_fails_says_no_more_than_that(door: Door, ida: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if_runs, "what_if_seen", lambda *_: 1 / 0)
    became = ended(door, ida, begin(door, ida))
    assert (became["status"], became["result"]) == ("failed", None)
    assert became["failure"] == {"code": "defect", "detail": "The program has a fault."}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "policy"),
        ({"policy": ""}, "length >= 1"),
        ({"policy": "x" * 40_001}, "length <= 40000"),
        ({"policy": "x = 1\nid ="}, "is not TOML"),
        ({"policy": "x = 1"}, "organisation"),
        ({"policy": f"{'a.' * 19_990}a=1"}, "more than 250 dots"),
        ({"policy": f"id = 0x{'f' * 30_000}"}, "more than 64 bits"),
        ({"policy": WITHOUT_HAND_OVER.replace('"nord"', '"sued"')}, "try a policy of your own"),
        ({"policy": WITHOUT_HAND_OVER, "calendar": {"id": "nord-office", "version": 9}}, "is not published"),
        ({"policy": WITHOUT_HAND_OVER, "limit": 5}, "unknown field"),
    ],
)
def test_what_is_not_a_policy_of_theirs_is_refused(
    door: Door, ida: Key, body: dict[str, Any], says: str
) -> None:
    answer = door.client.post(WHAT_IFS, json=body, headers=ida)
    assert answer.status_code == 400, answer.text
    assert says in answer.json()["detail"]


def test_it_needs_a_scope_of_those_who_see_cases_or_their_sums(door: Door, ida: Key) -> None:
    assert ended(door, ida, begin(door, ida))["status"] == "done"
    analyst = door.key("seller:nord:kim", Scope.ANALYST)
    assert ended(door, analyst, begin(door, analyst))["status"] == "done"
    assert begin(door, door.key("seller:nord:ria", Scope.ACCOUNTANT)).status_code == 403
