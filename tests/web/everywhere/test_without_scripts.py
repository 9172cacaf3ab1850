"""Money and the engine room in a browser whose scripts are off: they are read, and commands are given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from casecore.cases.commands import PostMessage, TakeCase
from casecore.documents import render
from casecore.identity.identity import Scope
from casecore.store.migrations import migrate
from projections.billing.projection import BILLING
from projections.catalogue import VIEWS
from tests.api.parking import parked_event
from tests.projections.stored import fold_store
from tests.runs.business import checked
from tests.servers import new_database
from tests.waiting import wait_until
from tests.web.casework import IDA, OPENING, Casework
from tests.web.everywhere.served import ServedSite, logged_in, open_served_site
from tests.web.money.selling import sell_two_packages

if TYPE_CHECKING:
    from playwright.sync_api import Page

ANN, OLGA = "vendor:vendor:ann", "vendor:vendor:olga"


@pytest.fixture(scope="module")
def office(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """The vendor has sold, and recorded nothing of it yet; of two cases the last event is parked."""
    with new_database(postgres_server) as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "render", checked)
        migrate(database)
        work = Casework(database)
        work.do(IDA, "C-1", (OPENING, 20))
        work.do(IDA, "C-2", (OPENING, 20), (PostMessage(text="Which version is it?"), 15))
        sell_two_packages(database)
        for view in VIEWS.values():
            fold_store(database, view)
        for case in ("C-1", "C-2"):
            work.do(IDA, case, (TakeCase(agent="ida"), 10))
        parked_event(database, "C-1", 2)
        parked_event(database, "C-2", 3, body=b"{", reason="unreadable_body")
        with open_served_site(database, tmp_path_factory.mktemp("office")) as site:
            yield site


def ended(page: Page, office: ServedSite) -> str:
    """What a run did: one asks for its page until it has ended, and the view shows it then."""

    def has_ended() -> bool:
        page.reload()
        return page.locator("#outcome").get_by_role("link", name="Look again").count() == 0

    wait_until(has_ended, "the run ends")
    fold_store(office.database, BILLING)
    return page.locator("#outcome").inner_text()


def test_a_year_is_closed_invoices_are_issued_and_a_buyer_is_released(
    office: ServedSite, new_page, watch
) -> None:
    # Given an accountant without scripts, who records what fell due
    ann = logged_in(new_page, office, office.key(ANN, Scope.ACCOUNTANT), scripts=False)
    ann.goto(f"{office.url}/money")
    ann.get_by_role("link", name="Runs", exact=True).click()
    ann.locator("#charge-until").fill("2024-12-31")
    ann.locator("#form-charge button").click()
    assert re.search(r"Fees recorded\s+2", ended(ann, office))
    # When they look at what closing the year does, they see it before it is done
    ann.goto(f"{office.url}/money/runs")
    ann.locator("#settle-year").fill("2024")
    ann.locator("form:has(#settle-year) button").click()
    assert "is settled" in ann.get_by_role("row", name="nord").inner_text()
    # and what is not confirmed is not done
    ann.locator("#form-settle [name=confirm]").fill("2025")
    ann.locator("#form-settle button").click()
    assert "Type 2024" in ann.get_by_role("alert").inner_text()
    ann.locator("#form-settle [name=confirm]").fill("2024")
    ann.locator("#form-settle button").click()
    assert "€117.81" in ended(ann, office)
    # An invoice that cannot be issued yet leads to the buyer, of whom they decide
    ann.goto(f"{office.url}/money/runs")
    ann.locator("#invoice-customer").fill("wien")
    ann.locator("form:has(#invoice-customer) button").click()
    ann.locator("#form-invoice [name=confirm]").check()
    ann.locator("#form-invoice button").click()
    ended(ann, office)
    ann.get_by_role("link", name="wien").last.click()
    ann.locator("#category").select_option("reverse_charge")
    ann.locator("#reason").fill("has a VAT id, looked it up")
    ann.locator("#form-release button").click()
    ann.wait_for_url("**/money/held?done=release")
    assert "It is decided" in ann.locator("[role=status]").first.inner_text()
    fold_store(office.database, BILLING)
    # and then it is issued, with its document, its lines, and where these come from.
    ann.goto(f"{office.url}/money/runs/invoice?customer=wien")
    ann.locator("#form-invoice [name=confirm]").check()
    ann.locator("#form-invoice button").click()
    ended(ann, office)
    ann.locator("#outcome").get_by_role("link", name=re.compile("R-0")).click()
    assert "€99.00" in ann.get_by_role("row", name="L-2").inner_text()
    ann.get_by_role("link", name="Where it comes from").click()
    assert "charge 1: fell due on 1 Jun 2024, wien owes it" in ann.locator("main").inner_text()
    assert all("Failed to load resource" in fault for fault in watch.taken())  # what was not confirmed


def test_records_in_quarantine_are_tried_again_and_left_out_when_that_is_confirmed(
    office: ServedSite, new_page, watch
) -> None:
    # Given an operator without scripts, and two keys in quarantine
    olga = logged_in(new_page, office, office.key(OLGA, Scope.OPERATOR), scripts=False)
    room = f"{office.url}/engine-room"
    olga.goto(room)
    assert olga.get_by_role("link", name="Load it again").is_visible()
    # When one is tried again, it is out
    olga.get_by_role("link", name="C-1").first.click()
    olga.locator("#do-retry summary").click()
    olga.locator("#form-retry button").click()
    olga.wait_for_url("**/engine-room?released=1*")
    assert "1 record is out of quarantine." in olga.locator("main").inner_text()
    # and the other is left out for good, with a reason, by somebody who knows that
    olga.get_by_role("link", name="C-2").first.click()
    olga.locator("#do-skip summary").click()
    olga.locator("#because").fill(" ")
    olga.locator("#form-skip [name=sure]").check()
    olga.locator("#form-skip button").click()
    assert "say why the record may be left out" in olga.get_by_role("alert").inner_text()
    olga.locator("#because").fill("forged, ticket 12")
    olga.locator("#form-skip [name=sure]").check()
    olga.locator("#form-skip button").click()
    olga.wait_for_url("**/engine-room?released=1*")
    assert "Nothing is in quarantine." in olga.locator("main").inner_text()
    assert all("Failed to load resource" in fault for fault in watch.taken())
