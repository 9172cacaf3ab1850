"""Charging, settling and invoicing on the real PostgreSQL, with documents as they are sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from threading import Thread

import pytest

from casecore.billing.refusals import UntilInTheFuture, YearNotOver
from casecore.contract.billing import DocumentIssued, DocumentKind
from casecore.contract.parties import PartyRole
from casecore.licences.commands import ChangeLicence
from casecore.parties.refusals import PartyUnknown
from casecore.postgres.advisory_lock import advisory_lock
from casecore.postgres.writer_lock import WriterLock
from casecore.runs import invoicing, settling
from casecore.runs.books import Books
from casecore.runs.errors import RunsCollide
from casecore.runs.set_up import set_up
from tests.runs.business import Business
from tests.waiting import LIMIT_SECONDS

LAST = date(2026, 6, 30)


def said(documents: list[DocumentIssued]) -> list[tuple[str, str, int, str | None]]:
    return [(one.buyer, one.kind.value, one.gross_cents, one.corrects) for one in documents]


def test_a_direct_customer_is_charged_and_invoiced_once(business: Business) -> None:
    # Given a package that the vendor sold
    business.activate("L-1", "praxis-ost", "vendor", date(2024, 2, 29))
    # When fees are charged and invoiced, each twice
    charged = [business.run(LAST), business.run(LAST)]
    issued = [business.with_pdf().invoice(), business.with_pdf().invoice()]
    # Then there is one invoice with three fees
    assert [(one.packages, one.fees, one.reversals) for one in charged] == [(1, 3, 0), (1, 0, 0)]
    assert [one.documents for one in issued] == [["R-000001"], []]
    [document] = business.documents()
    assert [line.period_start_on for line in document.lines] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
    ]
    assert (document.net_cents, document.vat_cents, document.gross_cents) == (29_700, 5_643, 35_343)
    # And its bytes are archived, under the hash that the fact names
    pdf = business.archive.get(document.sha256)
    assert pdf.startswith(b"%PDF")
    assert sha256(pdf).hexdigest() == document.sha256
    # And the package's account says so
    facts = business.account_facts("L-1")
    assert facts == ["maintenance_fee_fell_due"] * 3 + ["maintenance_fee_billed"] * 3


def test_a_reseller_is_settled_year_after_year(business: Business) -> None:
    business.activate("L-1", "praxis-ost", "nord", date(2024, 5, 1))
    business.activate("L-2", "praxis-west", "nord", date(2024, 5, 2))
    business.run(LAST)
    first = business.with_pdf().close(2024)
    assert first.settlements["nord"].gross_cents == 23_562
    assert (first.documents, first.nothing, first.failed) == (["R-000001"], ["sued"], {})
    # Closed again it is the same settlement, and the next year follows
    again = business.close(2024)
    assert (again.settlements, again.documents) == (first.settlements, [])
    assert business.close(2025).documents == ["R-000002"]
    # What fell due in 2026 is not settled yet
    assert [one.period_start_on.year for one in business.charges()["L-1"] if one.billed is None] == [2026]


def test_a_rate_recorded_later_corrects(business: Business) -> None:
    business.activate("L-1", "praxis-ost", "vendor", date(2024, 5, 1))
    business.run(date(2024, 6, 30))
    business.invoice()
    business.rate("16", date(2025, 4, 1))
    # The old lines are reversed, and billed again
    assert business.with_pdf().invoice().documents == ["R-000002", "R-000003"]
    assert said(business.documents()) == [
        ("praxis-ost", "invoice", 11_781, None),
        ("praxis-ost", "correction", 11_781, "R-000001"),
        ("praxis-ost", "invoice", 11_484, None),
    ]
    assert business.invoice().documents == []


def test_what_becomes_known_after_a_close_goes_into_the_next_year_as_what_it_is(business: Business) -> None:
    # Given a settled year
    business.activate("L-1", "praxis-ost", "nord", date(2024, 5, 1))
    business.activate("L-2", "praxis-west", "nord", date(2024, 6, 1))
    business.run(LAST)
    closed = business.close(2024).settlements["nord"]
    # When one package turns out void, one more to have been activated then, and a rate to be another
    business.void("L-1")
    business.activate("L-3", "klinik", "nord", date(2024, 7, 1))
    business.rate("16", date(2025, 5, 1))
    business.rate("19", date(2025, 6, 1))
    business.run(LAST)
    # Then the closed year stays as it is
    assert business.close(2024).settlements["nord"] == closed
    # And the next one takes the void fee back, corrects the rate, and has the late fee
    done = business.with_pdf().close(2025)
    assert done.failed == {}
    parts = [one for one in business.documents() if one.settles_year == 2025]
    assert [(one.kind, one.part, one.parts) for one in parts] == [
        (DocumentKind.CORRECTION, 1, 3),
        (DocumentKind.CORRECTION, 2, 3),
        (DocumentKind.SETTLEMENT, 3, 3),
    ]
    assert [[line.package for line in one.lines] for one in parts] == [
        ["L-2"],
        ["L-1"],
        ["L-3", "L-3", "L-2", "L-2"],
    ]
    late = {(line.package, line.period_start_on.year): line.late for line in parts[2].lines}
    assert late == {("L-3", 2024): True, ("L-3", 2025): False, ("L-2", 2024): True, ("L-2", 2025): False}
    settlement = done.settlements["nord"]
    assert (settlement.fees, settlement.credits, settlement.documents) == (4, 2, 3)
    assert settlement.net_cents == 4 * 9_900 - 2 * 9_900
    # Both credits together are the tax of what they take back
    assert parts[0].vat_cents + parts[1].vat_cents == 3_762


def test_a_reseller_and_a_customer_get_their_own_documents_after_an_assignment(business: Business) -> None:
    business.activate("L-1", "praxis-ost", "nord", date(2023, 5, 1))
    business.assign("L-1", "sued", date(2024, 5, 1))
    business.assign("L-1", "vendor", date(2025, 5, 1))
    business.cancel("L-1", date(2026, 4, 30))
    business.run(LAST)
    for year in (2023, 2024, 2025):
        business.close(year)
    business.invoice()
    assert said(business.documents()) == [
        ("nord", "settlement", 11_781, None),
        ("sued", "settlement", 11_781, None),
        ("praxis-ost", "invoice", 11_781, None),
    ]


def test_another_number_of_seats_charges_nothing_more(business: Business) -> None:
    business.activate("L-1", "praxis-ost", "vendor", date(2026, 5, 1))
    business.run(LAST)
    business.licence("L-1", ChangeLicence(seats=40))
    assert business.run(LAST) == (1, 0, 0, ())


def test_until_lies_not_in_the_future_even_if_nobody_has_a_package(business: Business) -> None:
    with pytest.raises(UntilInTheFuture):
        business.run(datetime.now(UTC).date() + timedelta(days=2))


@pytest.mark.parametrize("ahead", [0, 7973])
def test_a_year_that_is_not_over_is_not_closed(business: Business, ahead: int) -> None:
    with pytest.raises(YearNotOver, match="is not over"):
        business.close(datetime.now(UTC).year + ahead)


def test_who_is_not_known_is_neither_invoiced_nor_settled(business: Business) -> None:
    with pytest.raises(PartyUnknown, match="nobody"):
        business.invoice("nobody")
    assert "There is no party nobody" in business.close(2025, "nobody").failed["nobody"]
    assert "is not a reseller" in business.close(2025, "klinik").failed["klinik"]


def test_runs_that_others_overtake_all_the_time_say_so(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.activate("L-1", "praxis-ost", "nord", date(2024, 5, 1))
    business.run(LAST)
    for module in (invoicing, settling):
        monkeypatch.setattr(module, "MOST_ATTEMPTS", 0)
    with pytest.raises(RunsCollide, match="run it again"):
        business.invoice()
    with pytest.raises(RunsCollide, match="settled with nord 0 times"):
        business.close(2024, "nord")
    assert business.documents() == []


def test_an_earlier_year_is_closed_first(business: Business) -> None:
    business.activate("L-1", "praxis-ost", "nord", date(2024, 5, 1))
    business.run(LAST)
    done = business.close(2025)
    assert "close that year before 2025" in done.failed["nord"]
    assert business.documents() == []
    # And after the later one it is too late
    business.close(2024)
    business.close(2025)
    assert "is already" in business.close(2023).failed["nord"]


def test_only_one_customer_or_one_reseller(business: Business) -> None:
    for package, customer, seller in (
        ("L-1", "praxis-ost", "vendor"),
        ("L-2", "klinik", "vendor"),
        ("L-3", "klinik", "nord"),
        ("L-4", "klinik", "sued"),
    ):
        business.activate(package, customer, seller, date(2025, 5, 1))
    business.run(LAST)
    business.invoice("klinik")
    business.close(2025, "sued")
    assert [one.buyer for one in business.documents()] == ["klinik", "sued"]


def test_a_vendor_without_a_bank_account_issues_its_documents(business: Business) -> None:
    # Given a vendor without a bank account: the buyer may ask for it
    business.change("vendor", PartyRole.VENDOR, tax_number="21/815/08150")
    business.activate("L-1", "praxis-ost", "vendor", date(2026, 5, 1))
    business.run(LAST)
    done = business.with_pdf().invoice()
    assert (done.documents, done.failed) == (["R-000001"], {})


def test_a_vendor_without_any_tax_number_issues_nothing_and_says_why(business: Business) -> None:
    business.change("vendor", PartyRole.VENDOR)
    business.activate("L-1", "praxis-ost", "vendor", date(2025, 5, 1))
    business.activate("L-2", "praxis-ost", "nord", date(2025, 5, 1))
    business.run(LAST)
    assert "neither a tax number nor a VAT id" in business.invoice().failed["praxis-ost"]
    assert "neither a tax number nor a VAT id" in business.close(2025).failed["nord"]
    assert business.documents() == []
    # When it has one, all is issued
    business.change("vendor", PartyRole.VENDOR, tax_number="21/815/08150")
    assert business.invoice().documents == ["R-000001"]
    assert business.close(2025).documents == ["R-000002"]


def test_the_set_up_may_be_repeated_and_overrides_nobody(business: Business) -> None:
    business.price(12_000, date(2007, 1, 1))
    set_up(business.bus)
    with Books(business.database) as books:
        assert [one.net_cents for one in books.terms().prices] == [12_000]
        assert [(one.from_on, str(one.percent)) for one in books.terms().rates["DE"]] == [
            (date(2007, 1, 1), "19"),
            (date(2020, 7, 1), "16"),
            (date(2021, 1, 1), "19"),
        ]


def test_the_books_are_those_of_their_position(business: Business) -> None:
    business.activate("L-1", "praxis-ost", "vendor", date(2025, 5, 1))
    business.run(LAST)
    with Books(business.database) as books:
        position = books.position
        before = list(books.accounts())
    business.void("L-1")
    business.run(LAST)
    business.rate("16", date(2021, 1, 1))
    with Books(business.database, position) as books:
        assert list(books.accounts()) == before
        assert books.terms().version == 4
        assert [one.package.licence.is_void for page in books.packages() for one in page] == [False]


def test_closing_a_year_charges_it_first(business: Business) -> None:
    # Given a package of a reseller for which no run has been made
    business.activate("L-1", "praxis-ost", "nord", date(2025, 7, 1))
    # When the year is closed
    closed = business.close(2025).settlements["nord"]
    # Then its fee is settled, and the next year's is not charged yet
    assert (closed.fees, closed.net_cents) == (1, 9_900)
    assert business.run(date(2025, 12, 31)).fees == 0


def test_who_is_no_reseller_any_more_is_settled_for_what_it_owes(business: Business) -> None:
    # Given a fee of a reseller, who then gives up selling
    business.activate("L-1", "praxis-ost", "nord", date(2025, 7, 1))
    business.run(date(2025, 12, 31))
    business.change("nord", PartyRole.SUPPORT_PARTNER)
    # When the year is closed with everyone, then the fee is settled all the same
    assert business.close(2025).settlements["nord"].fees == 1
    # And who never was one is not
    assert "not a reseller" in business.close(2025, "praxis-ost").failed["praxis-ost"]


def test_one_run_at_a_time_issues_documents(database: str) -> None:
    # Given a run that has its turn, and another one that waits for it
    order: list[str] = []

    def second() -> None:
        with advisory_lock(database, WriterLock("some run", table=None)):
            order.append("second")

    waiting = Thread(target=second)
    with advisory_lock(database, WriterLock("some run", table=None)):
        waiting.start()
        waiting.join(0.3)
        order.append("first")
    # When the first one is done, then the second one begins
    waiting.join(LIMIT_SECONDS)
    assert order == ["first", "second"]
