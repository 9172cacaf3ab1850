"""Fees over HTTP: what a seller or a support partner charges is its own, and not the vendor's either."""

from __future__ import annotations

import pytest

from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.fee_memos import MemoFilter, fee_memos
from tests.api.accounts import ACTORS

CHARGING = ("vendor", "nord", "sued", "campus")


@pytest.mark.parametrize("name", ACTORS)
def test_fees_are_the_partys_own(accounts, name):
    door, who = accounts.door, accounts.keys[name]
    paths = ("agreements", "memos", "memos?year=2025", "statements/2025")
    for party in CHARGING:
        for path in paths:
            answer = door.ask(f"/v1/fees/{party}/{path}", who)
            if party == name:
                assert answer.status_code == 200, answer.text
                continue
            unknown = door.ask(f"/v1/fees/nobody/{path}", who)
            assert (answer.status_code, answer.json()["code"]) == (404, "fees_unknown")
            assert answer.text.replace(party, "nobody") == unknown.text


@pytest.mark.parametrize("party", CHARGING)
def test_a_party_sees_what_it_charged(accounts, party):
    door, who, fees = accounts.door, accounts.keys[party], accounts.reference.memos_of(party)
    memos = door.pages(f"/v1/fees/{party}/memos?limit=1", who, "memos")
    charged = sorted((fee.due_on.isoformat(), fee.customer, fee.net_cents) for fee in fees)
    assert sorted((memo["due_on"], memo["customer"], memo["net_cents"]) for memo in memos) == charged != []
    stated = door.ask(f"/v1/fees/{party}/statements/2026", who).json()
    of_year = [fee for fee in fees if fee.due_on.year == 2026]
    assert stated["net_cents"] == sum(fee.net_cents for fee in of_year)
    assert {one["customer"] for one in stated["customers"]} == {fee.customer for fee in of_year}
    [agreement] = door.ask(f"/v1/fees/{party}/agreements", who).json()["agreements"]
    assert (agreement["number"], agreement["from_on"]) == (1, "2024-01-01")


def test_memos_of_a_customer_a_year_and_a_service(accounts):
    def found(query):
        return accounts.door.pages(f"/v1/fees/nord/memos?{query}", accounts.keys["nord"], "memos")

    assert {memo["due_year"] for memo in found("year=2025")} == {2025}
    assert {memo["customer"] for memo in found("customer=praxis-ost")} == {"praxis-ost"}
    assert found("customer=praxis-west") == found("service=user_support") == []
    assert len(found("service=level_0&reversed=true")) >= len(found("service=level_0")) > 0


def test_a_memo_is_read_for_its_party_alone(accounts):
    # Whoever asks in another way than by a path of the API
    database, which = accounts.business.database, MemoFilter()
    assert fee_memos(database, "nord", which, Viewer("nord", is_vendor=False)) == fee_memos(
        database, "nord", which
    )
    assert fee_memos(database, "nord", which, Viewer("vendor", is_vendor=True)) == []


def test_a_statement_says_how_it_has_changed(accounts):
    door, nord = accounts.door, accounts.keys["nord"]
    stated = door.ask("/v1/fees/nord/statements/2025?since_position=0", nord).json()
    assert stated["change"]["net_cents"] == stated["net_cents"] > 0
    assert len(stated["change"]["came"]) == sum(len(one["memos"]) for one in stated["customers"])
    before = door.ask("/v1/fees/nord/statements/2025?as_of_position=0", nord).json()
    assert (before["customers"], before["gross_cents"], before["change"]) == ([], 0, None)
    for query in ("as_of_position=999999999", "as_of_position=-1", "since_position=soon", "as_of=0"):
        assert door.ask(f"/v1/fees/nord/statements/2025?{query}", nord).status_code == 400


def test_fees_are_for_accountants(accounts):
    agent = accounts.door.key(ACTORS["nord"], Scope.AGENT)
    for path in ("agreements", "memos", "statements/2025"):
        assert accounts.door.ask(f"/v1/fees/nord/{path}", agent).status_code == 403
