"""Calendars, policies, fees, prices and buyers over HTTP: what their commands on the command line do."""

from __future__ import annotations

import tomllib
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.command_context import CommandContext
from casecore.app.service_levels.policies_and_calendars import publish_calendar, publish_policy
from casecore.app.settings import read_settings
from casecore.identity.identity import Scope
from tests.waiting import wait_until

FOLDER = Path("docs/service-levels")
BERLIN, LEVEL_1 = FOLDER / "calendars" / "berlin.toml", FOLDER / "vendor-level-1.toml"
DETAILS = {"name": "Name", "street": "Weg 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


def a_command():
    return {"Idempotency-Key": str(uuid4())}


def content_of(file):
    return msgspec.to_builtins(tomllib.loads(file.read_text(encoding="utf-8")))


def policy(**other):
    return {**content_of(LEVEL_1), "calendar": {"id": "berlin", "version": 1}, **other}


@pytest.fixture
def vera(door):
    return door.key("vendor:vendor:vera")


@pytest.fixture
def ann(door):
    return door.key("vendor:vendor:ann", Scope.ACCOUNTANT)


def post(door, who, path, body, **headers):
    return door.client.post(path, json=body, headers={**who, **a_command(), **headers})


def test_what_is_published_here_is_what_the_command_line_publishes(door, vera, database, tmp_path):
    calendar = post(door, vera, "/v1/calendars", content_of(BERLIN))
    assert (calendar.status_code, calendar.headers["Location"]) == (201, "/v1/calendars/berlin"), (
        calendar.text
    )
    given = a_command()
    published = post(door, vera, "/v1/policies", policy(), **given)
    assert (published.status_code, published.json()["policy"]) == (201, "vendor-level-1"), published.text
    again = post(door, vera, "/v1/policies", policy(), **given)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (201, published.content)
    # The same content from the files is published already
    settings = read_settings({"CASECORE_DATABASE": database, "CASECORE_HOME": str(tmp_path)})
    with open_app(settings, Addresses(database, "127.0.0.1:1")) as app:
        context = CommandContext(parse_actor("vendor:vendor:vera"))
        assert publish_calendar(app, BERLIN, context).answer.events == 0
        assert publish_policy(app, LEVEL_1, context).answer.events == 0


def test_all_faults_of_what_is_to_be_published_are_said(door, vera):
    answer = post(door, vera, "/v1/calendars", {**content_of(BERLIN), "version": 0, "colour": "red"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_service_level_file")
    faults = answer.json()["details"]["faults"]
    assert sorted(fault.split(":")[0] for fault in faults) == ["colour", "version"]
    for wrong in ("[]", "{", "7"):
        headers = {**vera, **a_command()}
        assert door.client.post("/v1/policies", content=wrong, headers=headers).status_code == 400
    conditional = post(door, vera, "/v1/policies", policy(), **{"If-Match": '"1"'})
    assert conditional.status_code == 400


def test_whose_calendar_there_is_hears_only_who_may_publish_with_it(door, vera):
    tom = door.key("seller:sued:tom")
    post(door, vera, "/v1/calendars", content_of(BERLIN))
    unknown = {"calendar": {"id": "wien", "version": 1}}
    for other in ({}, unknown):
        answer = post(door, tom, "/v1/policies", policy(**other))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_service_level")
    of_ones_own = [
        post(door, tom, "/v1/policies", policy(organisation="sued", covers="level_0", **other))
        for other in ({}, unknown)
    ]
    assert {answer.json()["code"] for answer in of_ones_own} == {"calendar_not_published"}


def operation(door, who, accepted):
    return door.client.get(accepted.headers["Location"], headers=who).json()


def test_a_policy_is_pinned_to_a_case(door, vera):
    opening = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}
    case, _ = (post(door, door.key("seller:nord:ida"), "/v1/cases", opening).json()["case"] for _ in range(2))
    promise = policy(id="p", covers="end_to_end", clocks={"resolution": {"target": "PT8H"}})
    for path, body in (("/v1/calendars", content_of(BERLIN)), ("/v1/policies", promise)):
        assert post(door, vera, path, body).status_code == 201
    pinned = post(door, vera, f"/v1/cases/{case}/policy", {"policy": "p", "version": 1, "reason": "asked"})
    assert pinned.json()["types"] == ["casecore.case.policy_pinned.v1"], pinned.text
    # To all that lack one, in a run; by those only whose policy it is
    accepted = post(door, vera, "/v1/policies/p/pin", {"reason": "imported"})
    assert accepted.status_code == 202, accepted.text
    wait_until(lambda: operation(door, vera, accepted)["status"] == "done", "the run ends")
    assert operation(door, vera, accepted)["figures"]["pinned"] == 1
    of_another = post(door, door.key("seller:nord:ida"), "/v1/policies/p/pin", {"reason": "imported"})
    assert (of_another.status_code, of_another.json()["code"]) == (404, "policy_unknown")
    unknown = post(door, vera, f"/v1/cases/{case}/policy", {"policy": "q", "reason": "asked"})
    assert (unknown.status_code, unknown.json()["field"]) == (404, "policy")


def test_fees_prices_and_buyers_are_their_accountants(door, ann):
    nord = door.key("seller:nord:haas", Scope.ACCOUNTANT)
    agent = door.key("vendor:vendor:ann")
    for party, roles, country in (("nord", ["reseller"], "DE"), ("wien", ["customer"], "AT")):
        body = {**DETAILS, "roles": roles, "country": country}
        assert post(door, ann, f"/v1/parties/{party}/register", body).status_code == 201
    price = ("/v1/billing/terms/set_maintenance_price", {"from_on": "2026-01-01", "net_cents": 9900})
    rate = ("/v1/billing/terms/set_vat_rate", {"country": "DE", "from_on": "2020-01-01", "percent": "19"})
    fee = {"service": "level_0", "from_on": "2026-01-01", "terms": {"kind": "yearly", "net_cents": 12000}}
    agreement = ("/v1/parties/nord/fee-agreements/agree", {**fee, "vat_country": "DE"})
    held = ("/v1/buyers/wien/hold", {"country": "AT"})
    release = ("/v1/buyers/wien/release", {"country": "AT", "category": "standard", "reason": "private"})
    became = {}
    for path, body in (price, rate, agreement, held, release):
        asked = {
            name: post(door, who, path, body)
            for name, who in (("agent", agent), ("nord", nord), ("ann", ann))
        }
        became[path] = tuple(asked[name].status_code for name in ("agent", "nord", "ann"))
    assert became == {
        price[0]: (403, 403, 200),
        rate[0]: (403, 403, 200),
        agreement[0]: (403, 200, 403),
        held[0]: (403, 403, 200),
        release[0]: (403, 403, 200),
    }
    ended = post(door, nord, "/v1/parties/nord/fee-agreements/end", {"agreement": 1, "from_on": "2027-01-01"})
    assert (ended.status_code, ended.json()["party"]) == (200, "nord")
    # What a run records is not given by hand
    assert post(door, ann, "/v1/buyers/wien/close_settlement", {}).status_code == 404
