"""Forms about money: for the vendor's accountants, and what cannot be taken back is confirmed by its name."""

from __future__ import annotations

import pytest

from casecore.documents import render
from casecore.identity.identity import Scope
from casecore.web import money_forms
from projections.billing.projection import BILLING
from tests.api.accounts import TODAY
from tests.projections.stored import fold_store
from tests.runs.business import checked
from tests.waiting import wait_until
from tests.web.money.selling import sell_two_packages
from tests.web.money.tables import table

ANN = "vendor:vendor:ann"


@pytest.fixture
def ann(site, monkeypatch):
    """An accountant of the vendor, whose business sold two packages in 2024, one of them abroad."""
    monkeypatch.setattr(render, "render", checked)
    sell_two_packages(site.database)
    fold_store(site.database, BILLING)
    return site.as_(ANN, Scope.ACCOUNTANT)


def run(site, browser, kind, **fields):
    """The page of a run that a form has started, when that has ended and the view shows what it did."""
    answer = browser.send(f"/money/runs/{kind}", **fields)
    assert answer.status_code == 303, answer.text
    page = {}

    def has_ended():
        page["text"] = browser.look(answer.headers["location"]).text
        return "hx-trigger" not in page["text"]

    wait_until(has_ended, "the run ends")
    fold_store(site.database, BILLING)
    return page["text"]


def test_a_year_is_closed_when_it_is_confirmed(site, ann):
    # Given what fell due is recorded
    done = run(site, ann, "charge", until="2024-12-31")
    assert "Fees recorded" in done
    # When somebody looks at what closing the year would do
    page = ann.look("/money/runs/settle?year=2024").text
    (open_one,) = [
        row for row in table(page, "What is open until the end of 2024") if row["Seller"] == "nord"
    ]
    assert (open_one["Net"], open_one["What happens"]) == ("€99.00", "is settled")
    # Then a click alone does not close it, nor the name of another year
    for typed in ("", "2025", "yes"):
        refused = ann.send("/money/runs/settle", year="2024", seller="", confirm=typed)
        assert refused.status_code == 400
        assert "This was not confirmed. Type 2024" in refused.text
    assert ann.look("/money/settlements/nord/2024").status_code == 404
    # but the year's own does, once however often the form is sent
    form = {
        "year": "2024",
        "seller": "",
        "confirm": "2024",
        "command_id": "7f3c1f0e-51f1-4f5e-8c39-6f1d8c2f9a10",
    }
    closed = run(site, ann, "settle", **form)
    assert table(closed, "Settlements") == [
        {"Settlement": "2024 · nord", "Documents": "1", "Net": "€99.00", "In all": "€117.81"}
    ]
    assert table(run(site, ann, "settle", **form), "Settlements") == table(closed, "Settlements")
    assert ann.look("/money/settlements/nord/2024").status_code == 200
    assert "Settled already" in ann.look("/money/runs/settle?year=2024").text


def test_a_year_that_cannot_be_closed_says_why(site, ann):
    run(site, ann, "charge", until=TODAY.isoformat())
    this_year = ann.look(f"/money/runs/settle?year={TODAY.year}").text
    assert f"{TODAY.year} is not over: it can be settled from 1 Jan {TODAY.year + 1} on" in this_year
    assert 'id="form-settle"' not in this_year
    failed = run(site, ann, "settle", year=str(TODAY.year), seller="", confirm=str(TODAY.year))
    assert f"{TODAY.year} is not over" in failed
    earlier = table(ann.look("/money/runs/settle?year=2025").text, "What is open until the end of 2025")
    assert "close that year before 2025" in {row["Seller"]: row["What happens"] for row in earlier}["nord"]
    assert "close that year before 2025" in run(site, ann, "settle", year="2025", seller="", confirm="2025")
    # The last runs say who asked for what, and what came of it, in the reader's language
    runs = table(ann.look("/money/runs").text, "Last runs")
    assert [(one["Run"], one["Concerns"], one["Asked for by"]) for one in runs] == [
        ("Close a year", "year 2025", "ann"),
        ("Close a year", f"year {TODAY.year}", "ann"),
        (
            "Record maintenance fees",
            f"until {TODAY.day} {TODAY:%b} {TODAY.year}".replace("Sep", "Sept"),
            "ann",
        ),
    ]
    assert runs[1]["What came of it"].startswith(f"failed {TODAY.year} is not over")
    assert "fees recorded" in runs[2]["What came of it"]
    german = table(ann.look("/money/runs", **{"Accept-Language": "de"}).text, "Letzte Läufe")
    assert german[1]["Was dabei herauskam"].startswith(f"fehlgeschlagen {TODAY.year} ist noch nicht vorbei")


def test_a_buyer_on_hold_is_released_with_a_reason(site, ann, monkeypatch):
    monkeypatch.setattr(money_forms, "_VIEWS_SECONDS", 0)
    run(site, ann, "charge", until="2024-12-31")
    unconfirmed = ann.send("/money/runs/invoice", customer="wien")
    assert unconfirmed.status_code == 400
    assert "wien" in run(site, ann, "invoice", customer="wien", confirm="yes")
    assert "/money/buyers/wien" in ann.look("/money/held").text
    # A decision that cannot be right is refused, and what was typed stays
    form = {"country": "AT", "category": "outside_scope", "reason": "as <agreed>"}
    refused = ann.send("/money/buyers/wien/release", **form)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert "as &lt;agreed&gt;" in refused.text
    missing = ann.send("/money/buyers/wien/release", country="AT", category="reverse_charge", reason=" ")
    assert missing.status_code == 400
    answer = ann.send("/money/buyers/wien/release", **{**form, "category": "reverse_charge"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/money/held?done=release")
    fold_store(site.database, BILLING)
    assert "No buyer is on hold" in ann.look(answer.headers["location"]).text


def test_forms_are_for_the_vendors_accountants_alone(site, ann):
    haas = site.as_("seller:nord:haas", Scope.ACCOUNTANT)
    vera = site.as_("vendor:vendor:vera")
    for browser in (haas, vera):
        for path in ("runs", "runs/settle", "runs/invoice", "buyers/wien"):
            assert browser.look(f"/money/{path}").status_code == 403, path
        for path in ("runs/charge", "runs/settle", "buyers/wien/release"):
            assert browser.send(f"/money/{path}", year="2024", confirm="2024").status_code == 403, path
    assert vera.look("/money").status_code == 403
    assert ann.send("/money/runs/charge", token="").status_code == 403
    assert ann.send("/money/runs/charge", origin="http://evil.example").status_code == 403
    assert ann.send("/money/runs/wipe").status_code == 404
    # A run is of its organisation
    begun = ann.send("/money/runs/fees")
    assert haas.look(begun.headers["location"]).status_code == 404


@pytest.mark.parametrize("until", ["2199-01-01", "tomorrow"])
def test_a_run_that_cannot_be_is_refused_on_its_page(ann, until):
    refused = ann.send("/money/runs/charge", until=until)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert f'value="{until}"' in refused.text
