"""Billing over HTTP: each organisation sees what it owes, or owed, the vendor all; sums are over that."""

from __future__ import annotations

from itertools import groupby

import pytest

from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.statements import party_account
from tests.api.accounts import ACTORS, VENDOR


def charge_of(row):
    return row.get("package"), row.get("number")


@pytest.mark.parametrize("name", ACTORS)
def test_an_organisation_sees_its_own(accounts, name):
    reference = accounts.reference

    def settled(row):
        return row["seller"], row["year"]

    lists = {
        "charges": ("charges", charge_of, reference.charges_of(name)),
        "unbilled": ("items", charge_of, reference.unbilled_of(name)),
        "held": ("items", charge_of, reference.held_of(name)),
        "settlements": (
            "settlements",
            settled,
            reference.settlements_of(name),
        ),
    }
    for path, (rows, key, seen) in lists.items():
        for limit in (2, 1000):
            found = accounts.door.pages(f"/v1/billing/{path}?limit={limit}", accounts.keys[name], rows)
            assert len(found) == len(seen), path
            assert {key(row) for row in found} == seen, path


@pytest.mark.parametrize("name", ACTORS)
def test_sums_are_over_what_the_organisation_sees(accounts, name):
    door, who, reference = accounts.door, accounts.keys[name], accounts.reference
    totals = {}
    for key in reference.unbilled_of(name):
        charge = reference.charges[key]
        net_cents = -charge.net_cents if charge.is_reversed else charge.net_cents
        totals[charge.owed_by] = totals.get(charge.owed_by, 0) + net_cents
    found = door.pages("/v1/billing/unbilled/totals?limit=1", who, "totals")
    assert {row["owed_by"]: row["net_cents"] for row in found} == totals
    balance = door.ask("/v1/billing/balance", who).json()
    assert balance["behind"] == 0
    assert {one["account"]: one["balance_cents"] for one in balance["accounts"]} == reference.balance_of(name)


@pytest.mark.parametrize("limit", [1, 5])
@pytest.mark.parametrize("name", ACTORS)
def test_the_ledger_has_the_organisations_postings_whole(accounts, name, limit):
    door, who, reference = accounts.door, accounts.keys[name], accounts.reference
    postings = reference.postings_of(name)
    positions, path = [], f"/v1/billing/ledger?limit={limit}"
    while path:
        answer = door.ask(path, who)
        lines = answer.json()["lines"]
        assert sum(line["debit_cents"] for line in lines) == sum(line["credit_cents"] for line in lines)
        positions += [position for position, _ in groupby(lines, lambda line: line["position"])]
        assert {line["party"] for line in lines} <= {one.party for one in postings}
        path = answer.links.get("next", {}).get("url")
    assert positions == [one.position for one in postings]


def test_a_filter_shows_nothing_of_another(accounts):
    door, nord, vendor = accounts.door, accounts.keys["nord"], accounts.keys[VENDOR]
    for path, rows in (
        ("charges?owed_by=sued", "charges"),
        ("charges?package=L-2", "charges"),
        ("unbilled?owed_by=klinik", "items"),
        ("unbilled/totals?owed_by=klinik", "totals"),
        ("ledger?party=sued", "lines"),
        ("ledger?document=R-000002", "lines"),
        ("settlements?seller=sued", "settlements"),
    ):
        assert door.pages(f"/v1/billing/{path}", vendor, rows), path
        assert door.pages(f"/v1/billing/{path}", nord, rows) == [], path


def test_the_ledger_of_an_account_a_package_and_some_days(accounts):
    def found(query):
        return accounts.door.pages(f"/v1/billing/ledger?{query}&limit=2", accounts.keys[VENDOR], "lines")

    assert {line["account"] for line in found("account=vat")} == {"vat"}
    assert {line["package"] for line in found("package=L-3")} == {"L-3"}
    days = {line["value_on"] for line in found("since=2024-05-01&until=2024-06-01")}
    assert days == {"2024-05-01", "2024-06-01"}


def test_a_resellers_settlement_has_the_lines_of_its_own_customers(accounts):
    door, reference = accounts.door, accounts.reference
    for name in ACTORS:
        for seller, year in [*reference.settlements, ("nord", 1999)]:
            answer = door.ask(f"/v1/billing/settlements/{seller}/{year}", accounts.keys[name])
            if (seller, year) not in reference.settlements_of(name):
                unknown = door.ask("/v1/billing/settlements/nobody/1999", accounts.keys[name])
                assert answer.status_code == unknown.status_code == 404
                assert answer.text.replace(seller, "nobody").replace(str(year), "1999") == unknown.text
                continue
            found = answer.json()
            owed = {key for key, charge in reference.charges.items() if charge.owed_by == seller}
            assert {(line["package"], line["charge"]) for line in found["lines"]} <= owed
            closed = reference.settlements[seller, year]
            assert found["settlement"]["gross_cents"] == closed.gross_cents
            assert sum(line["net_cents"] for line in found["lines"]) == closed.net_cents
            assert found["is_whole"]


def test_an_open_account_is_its_partys(accounts):
    database = accounts.business.database
    whole = party_account(database, "nord")
    assert party_account(database, "nord", Viewer("nord", is_vendor=False)) == whole
    of_another = party_account(database, "nord", Viewer("sued", is_vendor=False))
    assert (bool(whole.lines), of_another.lines, of_another.unbilled) == (True, [], [])


def test_billing_is_for_accountants(accounts):
    agent = accounts.door.key(ACTORS[VENDOR], Scope.AGENT)
    for path in ("charges", "unbilled", "unbilled/totals", "held", "ledger", "balance", "settlements"):
        assert accounts.door.ask(f"/v1/billing/{path}", agent).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "charges?year=1",
        "charges?cursor=WyJMLTEiLDFlOTldCg",
        "ledger?account=cash",
        "ledger?since=yesterday",
        "ledger?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ",
        "unbilled?cursor=IlxcdTAwMDAi",
        "settlements/nord/soon",
    ],
)
def test_a_question_that_cannot_be_read_says_so(accounts, path):
    answer = accounts.door.ask(f"/v1/billing/{path}", accounts.keys[VENDOR])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
