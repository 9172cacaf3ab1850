"""What the next runs will do to a package: fees to charge and to reverse, closed settlements, documents."""

from __future__ import annotations

from datetime import date

from casecore.cli.commands.licence.charge_effects import effect_lines
from casecore.contract.billing import Obligor
from casecore.contract.streams import account_stream_id
from casecore.runs.books import PackageAndAccount
from casecore.runs.pending import PendingCharges, pending_charges
from tests.billing.bookkeeping import TODAY, VENDOR, Paper, business


def pending(paper: Paper) -> PendingCharges:
    """What the next run does to the package L-1."""
    one = PackageAndAccount(paper.package("L-1"), paper.states.get(account_stream_id("L-1")))
    return pending_charges(one, paper.terms(), VENDOR, TODAY, paper.buyer)


def says(paper: Paper) -> list[str]:
    """What a person reads of it."""
    return list(effect_lines(pending(paper)))


def test_where_all_is_charged_nothing_is_pending_but_the_next_fee() -> None:
    paper = business()
    paper.activate("L-1", "praxis", "nord", date(2024, 3, 1))
    paper.charge("L-1")
    assert pending(paper) == PendingCharges((), (), date(2027, 3, 1))
    assert says(paper) == [
        "  charges: none is to be made or reversed",
        "  settlements and documents: stay as they are",
        "  next fee: falls due on 2027-03-01",
    ]


def test_a_withdrawn_cancellation_lets_the_years_since_be_charged_late_where_they_are_settled() -> None:
    # Given a package that was cancelled in its second year, with 2024 and 2025 settled
    paper = business()
    paper.activate("L-1", "praxis", "nord", date(2024, 3, 1))
    paper.activate("L-2", "praxis", "nord", date(2024, 3, 1))
    paper.cancel("L-1", date(2025, 2, 1))
    for package in ("L-1", "L-2"):
        paper.charge(package)
    paper.settle("nord", 2024)
    paper.settle("nord", 2025)
    assert pending(paper) == PendingCharges((), (), None)
    # When the cancellation is withdrawn
    paper.uncancel("L-1")
    # Then the fees of both years since are to be charged, and that of the settled one is late
    found = pending(paper)
    assert [(one.period_start_on, one.owed_by, one.is_late) for one in found.fees] == [
        (date(2025, 3, 1), "nord", True),
        (date(2026, 3, 1), "nord", False),
    ]
    assert found.reversals == ()
    assert says(paper) == [
        "  charges: the next run charges 2 fees of 2025-03-01, 2026-03-01, EUR 198.00 net",
        "  closed settlements: stay as they are; into the next open year go 1 fee late with nord",
        "  documents: a settlement to nord bills 2 fees",
        "  to do so: casecore billing run, then casecore billing close-year YEAR, once the year is over",
        "  next fee: falls due on 2027-03-01",
    ]
    # And the run does that.
    paper.charge("L-1")
    assert pending(paper).fees == ()


def test_a_cancellation_that_is_recorded_late_names_the_document_that_is_to_be_corrected() -> None:
    # Given a direct sale, charged for three years of which two are billed
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2024, 3, 1))
    paper.charge("L-1", date(2025, 12, 31))
    paper.invoice("praxis")
    paper.charge("L-1")
    # When it was cancelled before the second
    paper.cancel("L-1", date(2025, 2, 1))
    # Then two are to be reversed, and the invoice of the first of them is to be corrected
    found = pending(paper)
    assert [(one.charge, one.obligor, one.document, one.is_settled) for one in found.reversals] == [
        (2, Obligor.CUSTOMER, "R-000001", False),
        (3, Obligor.CUSTOMER, None, False),
    ]
    assert says(paper) == [
        "  charges: the next run reverses 2 fees of 2025-03-01, 2026-03-01, EUR 198.00 net",
        "  closed settlements: none is concerned",
        "  documents: R-000001 stays, and a correction takes 1 fee of it back",
        "  to do so: casecore billing run, then casecore billing invoice",
    ]


def test_a_corrected_day_of_activation_moves_the_anniversaries_and_closed_years_stay() -> None:
    # Given a reseller's package with a wrong day, settled for 2024 and charged since
    paper = business()
    paper.activate("L-1", "praxis", "nord", date(2024, 3, 1))
    paper.charge("L-1")
    paper.settle("nord", 2024)
    # When the day is corrected
    paper.correct("L-1", date(2023, 9, 1))
    # Then all years are others: those that were charged are reversed, and the right ones charged
    found = pending(paper)
    assert [(one.period_start_on, one.document, one.is_settled) for one in found.reversals] == [
        (date(2024, 3, 1), "R-000001", True),
        (date(2025, 3, 1), None, False),
        (date(2026, 3, 1), None, False),
    ]
    assert [(one.period_start_on, one.is_late) for one in found.fees] == [
        (date(2023, 9, 1), True),
        (date(2024, 9, 1), True),
        (date(2025, 9, 1), False),
    ]
    assert says(paper) == [
        "  charges: the next run reverses 3 fees of 2024-03-01, 2025-03-01, 2026-03-01, EUR 297.00 net "
        "and charges 3 fees of 2023-09-01, 2024-09-01, 2025-09-01, EUR 297.00 net",
        "  closed settlements: stay as they are; into the next open year go 2 fees late and 1 fee taken back "
        "with nord",
        "  documents: R-000001 stays, and a correction takes 1 fee of it back; "
        "a settlement to nord bills 3 fees",
        "  to do so: casecore billing run, then casecore billing close-year YEAR, once the year is over",
        "  next fee: falls due on 2026-09-01",
    ]
    # And the next settlement does that.
    paper.charge("L-1")
    paper.settle("nord", 2025)
    correction, statement = paper.documents[1:]
    assert (correction.corrects, [line.charge for line in correction.lines]) == ("R-000001", [1])
    assert [(line.period_start_on.year, line.late) for line in statement.lines] == [
        (2023, True), (2024, True), (2025, False),
    ]  # fmt: skip


def test_a_practice_that_is_sold_leaves_what_is_charged_unless_its_year_begins_later() -> None:
    # Given a direct sale, charged and invoiced for three years
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2024, 3, 1))
    paper.charge("L-1")
    paper.invoice("praxis")
    # When the practice is sold within the last of them, then nothing that is charged changes
    paper.transfer("L-1", "klinik", date(2026, 4, 1))
    assert pending(paper) == PendingCharges((), (), date(2027, 3, 1))
    # When it turns out that it was sold before, then the year after that goes over to the new one
    paper.transfer("L-1", "zentrum", date(2026, 1, 1))
    assert says(paper) == [
        "  charges: the next run reverses 1 fee of 2026-03-01, EUR 99.00 net "
        "and charges 1 fee of 2026-03-01, EUR 99.00 net",
        "  closed settlements: none is concerned",
        "  documents: R-000001 stays, and a correction takes 1 fee of it back; "
        "an invoice to zentrum bills 1 fee",
        "  to do so: casecore billing run, then casecore billing invoice",
        "  next fee: falls due on 2027-03-01",
    ]
    paper.charge("L-1")
    for buyer in ("praxis", "zentrum"):
        paper.invoice(buyer)
    billed = [(one.buyer, one.corrects, one.net_cents) for one in paper.documents]
    assert billed == [
        ("praxis", None, 29_700),
        ("praxis", "R-000001", 9_900),
        ("zentrum", None, 9_900),
    ]


def test_a_reseller_owes_the_same_and_its_next_settlement_names_the_new_practice() -> None:
    # Given a reseller's package that is settled for two years
    paper = business()
    paper.activate("L-1", "praxis", "nord", date(2024, 3, 1))
    paper.charge("L-1", date(2025, 12, 31))
    for year in (2024, 2025):
        paper.settle("nord", year)
    # When the practice was sold after the first
    paper.transfer("L-1", "klinik", date(2025, 1, 1))
    # Then the second is taken back for the old one, and charged for the new one: nord owes it as before
    found = pending(paper)
    assert [(one.customer, one.owed_by, one.document, one.is_settled) for one in found.reversals] == [
        ("praxis", "nord", "R-000002", True)
    ]
    assert [(one.customer, one.owed_by, one.is_late) for one in found.fees] == [
        ("klinik", "nord", True),
        ("klinik", "nord", False),
    ]


def test_a_day_that_was_wrong_by_whole_years_leaves_what_is_owed_all_the_same() -> None:
    # Given a package that is charged and invoiced for two years
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2025, 3, 1))
    paper.charge("L-1")
    paper.invoice("praxis")
    # When it turns out that it was activated a year before
    paper.correct("L-1", date(2024, 3, 1))
    # Then a year is added, and no document is to be corrected
    found = pending(paper)
    assert (found.reversals, [one.period_start_on for one in found.fees]) == ((), [date(2024, 3, 1)])


def test_a_run_up_to_an_earlier_day_after_a_correction_charges_nothing_twice() -> None:
    # Given a package that is charged for its first year
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2026, 3, 1))
    paper.charge("L-1")
    # When it was activated earlier, and a run looks at the year before only, as the settlement of a year does
    paper.correct("L-1", date(2025, 6, 1))
    paper.charge("L-1", date(2025, 12, 31))
    paper.charge("L-1")
    # Then each year is charged once
    valid = [one.period_start_on for one in paper.charges("L-1") if not one.is_reversed]
    assert sorted(valid) == [date(2025, 6, 1), date(2026, 6, 1)]


def test_before_there_is_a_price_nothing_is_pending() -> None:
    paper = Paper()
    one = PackageAndAccount(business_package(), None)
    assert pending_charges(one, paper.terms(), VENDOR, TODAY, paper.buyer) == PendingCharges((), (), None)


def business_package():
    """A package that nobody has charged."""
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2024, 3, 1))
    return paper.package("L-1")
