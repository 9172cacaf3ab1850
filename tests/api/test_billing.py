"""Billing over HTTP: each organisation sees what it owes, or owed, the vendor all; sums are over that."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from xml.etree import ElementTree

import pytest

from casecore.contract.billing import DocumentKind
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.statements import party_account
from tests.api.accounts import ACTORS, TODAY, VENDOR


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
        "documents": ("documents", lambda row: row["number"], reference.documents_of(name)),
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


@pytest.mark.parametrize("name", ACTORS)
def test_an_overview_sums_up_what_the_organisation_sees(accounts, name):
    door, who, reference = accounts.door, accounts.keys[name], accounts.reference
    charges = {key: reference.charges[key] for key in reference.charges_of(name)}
    documents = [reference.documents[number] for number in reference.documents_of(name)]
    years = {charge.period_start_on.year for charge in charges.values()}
    years |= {one.issued_on.year for one in documents}
    for year in (2024, TODAY.year):
        found = door.ask(f"/v1/billing/overview?year={year}", who).json()
        assert found["years"] == sorted(years, reverse=True)
        assert found["receivable_cents"] == reference.balance_of(name).get("receivable", 0)
        stand = [one for one in charges.values() if not one.is_reversed and one.period_start_on.year == year]
        fell_due = Counter()
        for one in stand:
            at = (one.billed.category.value, float(one.billed.percent)) if one.billed else (None, None)
            fell_due[at] += one.net_cents
        assert {(one["category"], one["percent"]): one["net_cents"] for one in found["fell_due"]} == fell_due
        assert sum(one["charges"] for one in found["fell_due"]) == len(stand)
        billed = Counter()
        for one in documents:
            sign = (-1 if one.kind is DocumentKind.CORRECTION else 1) * (one.issued_on.year == year)
            for rate in one.vat if sign else ():
                at = (rate.category.value, float(rate.percent))
                billed[at] += sign * (rate.net_cents + rate.vat_cents)
        assert {(one["category"], one["percent"]): one["gross_cents"] for one in found["billed"]} == billed
        open_ones = Counter()
        for key in reference.unbilled_of(name):
            charge = charges[key]
            item = ("credit" if charge.is_reversed else "fee", charge.owed_by in reference.held)
            open_ones[item] += -charge.net_cents if charge.is_reversed else charge.net_cents
        assert {(one["item"], one["is_held"]): one["net_cents"] for one in found["unbilled"]} == open_ones
        # each sum leads to its rows
        for one in found["billed"]:
            query = f"year={year}&category={one['category']}&percent={one['percent']:g}"
            rows = door.pages(f"/v1/billing/documents?{query}", who, "documents")
            assert len(rows) == one["documents"]
        for one in found["fell_due"]:
            query = f"&category={one['category']}&percent={one['percent']:g}" if one["category"] else ""
            wanted = f"year={year}&billed={str(bool(query)).lower()}{query}"
            rows = door.pages(f"/v1/billing/charges?{wanted}", who, "charges")
            assert sum(row["net_cents"] for row in rows if not row["is_reversed"]) == one["net_cents"]


@pytest.mark.parametrize("name", [VENDOR, "nord"])
def test_what_was_unbilled_of_some_years(accounts, name):
    door, who, reference = accounts.door, accounts.keys[name], accounts.reference
    found = door.pages("/v1/billing/unbilled?until=2025-12-31", who, "items")
    seen = {key for key in reference.unbilled_of(name) if reference.charges[key].period_start_on.year <= 2025}
    assert {charge_of(row) for row in found} == seen
    totals = door.pages("/v1/billing/unbilled/totals?until=2025-12-31&limit=1", who, "totals")
    assert sum(row["net_cents"] for row in totals) == sum(row["net_cents"] for row in found)
    assert sum(row["fees"] + row["credits"] for row in totals) == len(seen)


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


@pytest.mark.parametrize("name", ACTORS)
def test_a_document_is_its_buyers_and_the_vendors(accounts, name):
    door, who, reference = accounts.door, accounts.keys[name], accounts.reference
    for number, issued in reference.documents.items():
        for form in ("", "/pdf", "/xml"):
            if number not in reference.documents_of(name):
                answer = door.ask(f"/v1/billing/documents/{number}{form}", who)
                unknown = door.ask(f"/v1/billing/documents/R-999999{form}", who)
                assert answer.status_code == unknown.status_code == 404
                assert answer.text.replace(number, "R-999999") == unknown.text
        if number in reference.documents_of(name):
            document = door.ask(f"/v1/billing/documents/{number}", who).json()["document"]
            assert (document["number"], document["gross_cents"]) == (number, issued.gross_cents)
            assert {line["customer"] for line in document["lines"]} == {one.customer for one in issued.lines}


def test_a_document_comes_byte_for_byte_as_it_was_issued(accounts):
    door, klinik, path = accounts.door, accounts.keys["klinik"], "/v1/billing/documents/R-000003"
    issued = accounts.reference.documents["R-000003"]
    pdf = door.ask(f"{path}/pdf", klinik)
    assert pdf.content == accounts.business.archive.get(issued.sha256)
    assert (pdf.headers["Content-Type"], pdf.headers["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="R-000003.pdf"',
    )
    xml = door.ask(f"{path}/xml", klinik)
    assert xml.headers["Content-Type"].startswith("application/xml")
    numbers = [
        node.text for node in ElementTree.fromstring(xml.content).iterfind("{*}ExchangedDocument/{*}ID")
    ]
    assert numbers == ["R-000003"]
    # It never changes, so who has it need not get it again; nobody else may keep it
    for form in ("", "/pdf", "/xml"):
        etag = f'"{issued.sha256}"'
        again = door.ask(f"{path}{form}", klinik, **{"If-None-Match": f'"1", W/{etag}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert (again.headers["Cache-Control"], again.headers["Vary"]) == (
            "private, no-cache",
            "Authorization",
        )
        of_another = door.ask(f"{path}{form}", accounts.keys["nord"], **{"If-None-Match": etag})
        assert (of_another.status_code, "ETag" in of_another.headers) == (404, False)


def test_documents_of_a_buyer_a_kind_and_a_year(accounts):
    def found(query):
        rows = accounts.door.pages(
            f"/v1/billing/documents?{query}&limit=1", accounts.keys[VENDOR], "documents"
        )
        return [row["number"] for row in rows]

    documents = accounts.reference.documents
    of_kind = [number for number, one in documents.items() if one.kind is DocumentKind.CORRECTION]
    assert found("kind=correction") == of_kind[::-1] != []
    assert found("buyer=nord") == [number for number, one in documents.items() if one.buyer == "nord"][::-1]
    assert found("year=1999") == []
    assert found(f"year={TODAY.year}") == list(documents)[::-1]


@pytest.mark.parametrize("name", ACTORS)
def test_an_explanation_shows_what_the_organisation_sees(accounts, name):
    door, who, reference = accounts.door, accounts.keys[name], accounts.reference
    figures = {
        "R-999999": (reference.documents, reference.documents_of(name)),
        "L-0": (reference.packages, reference.packages_of(name)),
        "nobody/1999": (
            [f"{seller}/{year}" for seller, year in reference.settlements],
            {f"{seller}/{year}" for seller, year in reference.settlements_of(name)},
        ),
    }
    for unknown, (all_figures, seen) in figures.items():
        of_nobody = door.ask(f"/v1/billing/explain/{unknown}", who)
        for figure in all_figures:
            answer = door.ask(f"/v1/billing/explain/{figure}", who)
            assert answer.status_code == (200 if figure in seen else 404), figure
            if figure not in seen:
                parts = zip(figure.split("/"), unknown.split("/"), strict=True)
                text = answer.text
                for part, unknown_part in parts:
                    text = text.replace(part, unknown_part)
                assert text == of_nobody.text


@pytest.mark.parametrize("name", ACTORS)
def test_an_explained_package_has_the_charges_of_the_organisation_alone(accounts, name):
    reference = accounts.reference
    for package in reference.packages_of(name):
        found = accounts.door.ask(f"/v1/billing/explain/{package}", accounts.keys[name]).json()
        ours = reference.account_events_of(name, package)
        of_charges = {step["position"] for step in found["steps"] if ".maintenance_fee_" in step["type"]}
        assert (found["package"], of_charges) == (package, ours)
        has_prices = any(
            step["type"].startswith("casecore.billing.maintenance_price") for step in found["steps"]
        )
        assert has_prices == bool(ours)


def test_a_document_is_explained_by_its_lines_and_terms(accounts):
    found = accounts.door.ask("/v1/billing/explain/R-000003", accounts.keys["klinik"]).json()
    issued = accounts.reference.documents["R-000003"]
    assert [line["net_cents"] for line in found["lines"]] == [line.net_cents for line in issued.lines]
    assert all(line["steps"][0]["caused_by"] for line in found["lines"])
    assert {step["type"] for step in found["terms"]} == {
        "casecore.billing.maintenance_price_set.v1",
        "casecore.billing.vat_rate_set.v1",
    }
    closed = accounts.door.ask("/v1/billing/explain/nord/2024", accounts.keys["nord"]).json()
    assert accounts.door.ask("/v1/billing/explain/nord%2F2024", accounts.keys["nord"]).json() == closed
    assert (closed["settlement"]["year"], len(closed["steps"])) == (2024, 2)


def test_billing_is_for_accountants(accounts):
    agent = accounts.door.key(ACTORS[VENDOR], Scope.AGENT)
    for path in (
        "documents",
        "documents/R-000001/pdf",
        "charges",
        "unbilled",
        "unbilled/totals",
        "held",
        "ledger",
        "balance",
        "settlements",
    ):
        assert accounts.door.ask(f"/v1/billing/{path}", agent).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "documents?kind=letter",
        "documents?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ",
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
