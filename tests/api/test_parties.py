"""Parties over HTTP: each organisation sees itself, the vendor all."""

from __future__ import annotations

import pytest

from casecore.identity.identity import Scope
from tests.api.accounts import ACTORS


@pytest.mark.parametrize("name", ACTORS)
def test_an_organisation_sees_itself_and_the_vendor_all(accounts, name):
    door, who = accounts.door, accounts.keys[name]
    seen = accounts.reference.parties_of(name)
    assert {one["party"] for one in door.pages("/v1/parties?limit=3", who, "parties")} == seen
    for party in (*accounts.reference.parties, "stranger"):
        answer = door.ask(f"/v1/parties/{party}", who)
        assert answer.status_code == (200 if party in seen else 404), answer.text
        if party not in seen:
            unknown = door.ask("/v1/parties/nobody", who)
            assert answer.text.replace(party, "nobody") == unknown.text


def test_a_party_is_known_with_what_happened_to_it(accounts):
    answer = accounts.door.ask("/v1/parties/vendor", accounts.keys["vendor"])
    party = answer.json()["party"]
    assert (party["name"], party["roles"], party["iban"], party["city"]) == (
        "Vendor",
        ["vendor"],
        "DE89370400440532013000",
        "Hamburg",
    )
    [event] = answer.json()["events"]
    assert (event["version"], event["type"]) == (party["version"], "casecore.party.registered.v1")
    assert (event["actor"]["person"], event["data"]["party"]) == ("k.adler", "vendor")
    # It is read from the store, which lacks nothing
    assert (answer.json()["behind"], answer.json()["as_of"] >= event["recorded_at"]) == (0, True)
    again = accounts.door.ask("/v1/parties/vendor", accounts.keys["vendor"], **{"If-None-Match": '"1"'})
    assert (again.status_code, again.headers["ETag"]) == (304, '"1"')


def test_parties_of_a_role(accounts):
    found = accounts.door.pages("/v1/parties?role=reseller&limit=1", accounts.keys["vendor"], "parties")
    assert {one["party"] for one in found} == {"nord", "sued"}


def test_an_agent_hears_who_a_party_is_and_not_its_bank_account(accounts):
    agent = accounts.door.key(ACTORS["vendor"], Scope.AGENT)
    listed = accounts.door.pages("/v1/parties", agent, "parties")
    assert {frozenset(one) for one in listed} == {
        frozenset({"party", "version", "roles", "name", "city", "country"})
    }
    assert accounts.door.ask("/v1/parties/nord", agent).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "parties?role=king",
        "parties?limit=1001",
        "parties?cursor=bm9uZQ",
        "parties?x=1",
        "licences?customer=%00",
    ],
)
def test_a_question_that_cannot_be_read_says_so(accounts, query):
    answer = accounts.door.ask(f"/v1/{query}", accounts.keys["nord"])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
