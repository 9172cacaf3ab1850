"""What is issued to a buyer: each open charge once, exact to the cent, and nothing is open afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.billing import drafts as drafts_module
from casecore.billing.drafts import Draft, OpenCharge, drafts_for, is_open, lines_sha256
from casecore.billing.refusals import VatRateUnknown
from casecore.billing.series import MOST_LINES
from casecore.contract.billing import (
    Billed,
    Charge,
    CorrectionReason,
    DocumentIssued,
    DocumentKind,
    Obligor,
    PeriodRule,
    VatCategory,
)
from casecore.money.vat import vat_cents
from tests.billing.bookkeeping import TODAY, VENDOR, Paper, business

PACKAGES = {
    "L-1": ("praxis", VENDOR),
    "L-2": ("praxis", VENDOR),
    "L-3": ("praxis", "nord"),
    "L-4": ("klinik", "nord"),
    "L-5": ("zentrum", "zentrum"),
    "L-6": ("zentrum", VENDOR),
}
CUSTOMERS = ("praxis", "klinik", "zentrum")
RESELLERS = ("nord", "sued", "zentrum")
_DAYS = st.dates(date(2022, 1, 1), TODAY)
YEARS = (2022, 2023, 2024)
_STEPS = ("charge", "charge", "invoice", "price", "rate", "assign", "void", "cancel")


@st.composite
def years_of_business(draw: st.DrawFn, is_checked: bool = False) -> Paper:
    """Packages, and anything that happens to them and to their fees, in any order."""
    paper = business(is_checked)
    for package, (customer, seller) in PACKAGES.items():
        paper.activate(package, customer, seller, draw(st.dates(date(2022, 1, 1), date(2025, 12, 31))))
    for year, steps in zip(
        YEARS, draw(st.tuples(*[st.lists(st.sampled_from(_STEPS), max_size=8)] * 3)), strict=True
    ):
        for step in steps:
            _take(step, draw(st.sampled_from(list(PACKAGES))), paper, draw)
        if draw(st.booleans()):
            settle_all(paper, year)
    return paper


def _take(step: str, package: str, paper: Paper, draw: st.DrawFn) -> None:
    match step:
        case "charge":
            charge_all(paper, draw(_DAYS))
        case "invoice":
            paper.invoice(draw(st.sampled_from(CUSTOMERS)))
        case "price":
            paper.price(draw(st.integers(1, 20_000)), draw(_DAYS))
        case "rate":
            paper.rate(draw(st.sampled_from(["16", "7.7", "19", "5.25"])), draw(_DAYS))
        case _:
            _change(step, package, paper, draw)


def _change(step: str, package: str, paper: Paper, draw: st.DrawFn) -> None:
    licence = paper.package(package).licence
    if licence.is_void:
        return
    day = draw(st.dates(licence.activated_on, date(2026, 12, 31)))
    is_free = licence.cancelled_from_on is None and day not in {one.from_on for one in licence.assignments}
    match step:
        case "assign" if is_free:
            paper.assign(package, draw(st.sampled_from([VENDOR, *RESELLERS])), day)
        case "cancel":
            paper.cancel(package, day)
        case "void":
            paper.void(package)


def charge_all(paper: Paper, until: date = TODAY) -> None:
    for package in PACKAGES:
        paper.charge(package, until)


def settle_all(paper: Paper, year: int) -> None:
    for seller in RESELLERS:
        paper.settle(seller, year)


def issue_all(paper: Paper) -> None:
    """All that can be issued: what fell due in 2026 is settled when that year has ended."""
    for customer in CUSTOMERS:
        paper.invoice(customer)
    settle_all(paper, 2025)


def net(documents: Iterable[DocumentIssued]) -> int:
    return sum(one.net_cents * (-1 if one.kind is DocumentKind.CORRECTION else 1) for one in documents)


def valid_net(paper: Paper, buyer: str, to_year: int = 9999) -> int:
    return sum(
        charge.net_cents
        for account in paper.accounts()
        for charge in account.charges
        if charge.owed_by == buyer and not charge.is_reversed and charge.period_start_on.year <= to_year
    )


def all_drafts(paper: Paper, category: VatCategory = VatCategory.STANDARD) -> list[Draft]:
    return [
        draft
        for buyer, obligor in [(one, Obligor.CUSTOMER) for one in CUSTOMERS]
        + [(one, Obligor.RESELLER) for one in RESELLERS]
        for draft in drafts_for(
            paper.open_with(buyer, obligor), category, paper.terms(), paper.series().credited
        )
    ]


@given(years_of_business())
def test_every_open_charge_is_on_exactly_one_line_of_its_kind(paper: Paper) -> None:
    charge_all(paper)
    bills, takes_back = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for draft in all_drafts(paper):
        counter = takes_back if draft.kind is DocumentKind.CORRECTION else bills
        counter.update((line.package, line.charge) for line in draft.lines)
    for account in paper.accounts():
        for charge in account.charges:
            key = (account.package, charge.number)
            rate = paper.terms().rate_on("DE", charge.period_end_on)
            assert rate is not None
            is_outdated = charge.billed is not None and charge.billed.percent != rate.percent
            # What is not billed yet, and what was billed at another rate, is billed
            assert bills[key] == (not charge.is_reversed and (charge.billed is None or is_outdated))
            # What is billed, and was reversed or has another rate, is taken back
            assert takes_back[key] == (charge.billed is not None and (charge.is_reversed or is_outdated))


@given(years_of_business(), st.integers(1, 4))
def test_totals_are_those_of_the_lines_and_documents_are_not_too_long(paper: Paper, most: int) -> None:
    charge_all(paper)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafts_module, "MOST_LINES", most)
        drafts = all_drafts(paper)
    for draft in drafts:
        assert 1 <= len(draft.lines) <= most
        nets: Counter[tuple[VatCategory, Decimal]] = Counter()
        for line in draft.lines:
            nets[line.category, line.percent] += line.net_cents
        assert {(one.category, one.percent): one.net_cents for one in draft.totals.vat} == nets
        assert draft.totals.net_cents == sum(nets.values())
        assert draft.totals.vat_cents == sum(one.vat_cents for one in draft.totals.vat)
        assert draft.totals.gross_cents == draft.totals.net_cents + draft.totals.vat_cents
        if draft.kind is not DocumentKind.CORRECTION:
            for one in draft.totals.vat:
                assert one.vat_cents == vat_cents(one.net_cents, one.percent)


@given(years_of_business())
def test_after_all_documents_nothing_is_open_and_they_come_to_what_is_charged(paper: Paper) -> None:
    charge_all(paper)
    issue_all(paper)
    for customer in CUSTOMERS:
        assert paper.open_with(customer, Obligor.CUSTOMER) == []
    for reseller in RESELLERS:
        assert paper.open_with(reseller, Obligor.RESELLER, 2025) == []
    # Settlements and invoices, and what is not billed yet, are the charges
    for buyer in {*CUSTOMERS, *RESELLERS}:
        documents = [one for one in paper.documents if one.buyer == buyer]
        unbilled = sum(
            one.charge.net_cents for one in paper.open_with(buyer, Obligor.RESELLER) if not one.charge.billed
        )
        assert net(documents) + unbilled == valid_net(paper, buyer)
    # And settlements agree with their documents
    for reseller in RESELLERS:
        for settlement in paper.buyer(reseller).settlements:
            parts = [
                one for one in paper.documents if (one.buyer, one.settles_year) == (reseller, settlement.year)
            ]
            assert net(parts) == settlement.net_cents
            assert [one.part for one in parts] == list(range(1, settlement.documents + 1))


@given(years_of_business())
def test_corrections_never_take_back_more_than_was_billed_and_leave_the_tax_of_the_rest(paper: Paper) -> None:
    charge_all(paper)
    issue_all(paper)
    billed = {one.number: one for one in paper.documents if one.kind is not DocumentKind.CORRECTION}
    for number, original in billed.items():
        corrections = [one for one in paper.documents if one.corrects == number]
        taken = [(line.package, line.charge) for one in corrections for line in one.lines]
        assert len(taken) == len(set(taken))
        assert set(taken) <= {(line.package, line.charge) for line in original.lines}
        for total in original.vat:
            rate = (total.category, total.percent)
            back = [one for each in corrections for one in each.vat if (one.category, one.percent) == rate]
            back_net, back_vat = sum(one.net_cents for one in back), sum(one.vat_cents for one in back)
            assert back_net <= total.net_cents
            assert back_vat == vat_cents(back_net, total.percent)
            if back_net == total.net_cents:
                assert back_vat == total.vat_cents


@given(years_of_business())
def test_issuing_twice_issues_once(paper: Paper) -> None:
    charge_all(paper)
    issue_all(paper)
    issued = len(paper.documents)
    issue_all(paper)
    assert len(paper.documents) == issued


@given(years_of_business(), st.data())
def test_the_order_in_which_charges_are_read_changes_nothing(paper: Paper, data: st.DataObject) -> None:
    charge_all(paper)
    for buyer, obligor in (("praxis", Obligor.CUSTOMER), ("nord", Obligor.RESELLER)):
        found = paper.open_with(buyer, obligor)
        in_order, shuffled = (
            drafts_for(order, VatCategory.STANDARD, paper.terms(), paper.series().credited, 2025)
            for order in (found, data.draw(st.permutations(found)))
        )
        assert in_order == shuffled
        assert lines_sha256(in_order) == lines_sha256(shuffled)


def charges(count: int, customer: str = "praxis") -> list[OpenCharge]:
    """Charges of a reseller's customer that are not billed yet, each of a package of its own."""
    return [
        OpenCharge(
            f"L-{number}",
            Charge(
                number=1,
                period=1,
                period_start_on=date(2024, 5, 1),
                period_end_on=date(2025, 4, 30),
                rule=PeriodRule.ACTIVATION,
                customer=customer,
                seller="nord",
                obligor=Obligor.RESELLER,
                owed_by="nord",
                net_cents=9_999,
                price_from_on=date(2007, 1, 1),
                price_version=1,
            ),
        )
        for number in range(count)
    ]


def test_a_settlement_of_many_fees_takes_several_documents_each_with_its_own_tax() -> None:
    paper = business()
    made = drafts_for(charges(2 * MOST_LINES + 1), VatCategory.STANDARD, paper.terms(), {}, 2024)
    assert [(len(one.lines), one.part, one.parts) for one in made] == [
        (MOST_LINES, 1, 3),
        (MOST_LINES, 2, 3),
        (1, 3, 3),
    ]
    assert [one.totals.vat_cents for one in made] == [1_899_810, 1_899_810, 1_900]


def test_a_document_of_long_names_stays_within_the_limit_of_a_command() -> None:
    made = drafts_for(
        charges(MOST_LINES, "\U0001f9b7" * 100), VatCategory.STANDARD, business().terms(), {}, 2024
    )
    assert len(made) > 1
    assert sum(len(one.lines) for one in made) == MOST_LINES


def test_the_rate_is_that_of_the_periods_last_day() -> None:
    # Given fees of 2019 and 2020, and a rate of 16 % in the second half of 2020
    paper = business()
    paper.rate("16", date(2020, 7, 1))
    paper.rate("19", date(2021, 1, 1))
    for package, activated_on in (
        ("L-1", date(2019, 7, 1)),  # until 2020-06-30
        ("L-2", date(2019, 7, 2)),  # until 2020-07-01
        ("L-3", date(2020, 1, 1)),  # until 2020-12-31
        ("L-4", date(2020, 1, 2)),  # until 2021-01-01
    ):
        paper.activate(package, "praxis", VENDOR, activated_on)
        paper.charge(package, activated_on)
    # When they are invoiced
    [draft] = paper.drafts("praxis", Obligor.CUSTOMER)
    # Then each has the rate of the day on which the service is complete, and each rate its own sum
    assert [str(line.percent) for line in draft.lines] == ["19", "16", "16", "19"]
    assert [(str(one.percent), one.net_cents) for one in draft.totals.vat] == [("16", 19_800), ("19", 19_800)]


def test_a_rate_known_later_is_corrected_reversed_fees_apart_from_those_that_are_billed_again() -> None:
    # Given an invoice over three fees, of which one is reversed and the others have another rate now
    paper = business()
    for package in ("L-1", "L-2", "L-3"):
        paper.activate(package, "praxis", VENDOR, date(2025, 9, 1))
        paper.charge(package)
    paper.invoice("praxis")
    paper.void("L-2")
    paper.charge("L-2")
    paper.rate("16", date(2026, 8, 1))
    # When that is invoiced
    rate, back, invoice = paper.drafts("praxis", Obligor.CUSTOMER)
    # Then each correction has one reason, and names the original
    assert (rate.kind, rate.corrects, rate.reason) == (
        DocumentKind.CORRECTION, "R-000001", CorrectionReason.RATE,
    )  # fmt: skip
    assert [line.package for line in rate.lines] == ["L-1", "L-3"]
    assert (back.reason, [line.package for line in back.lines]) == (CorrectionReason.REVERSED, ["L-2"])
    assert rate.totals.vat_cents + back.totals.vat_cents == paper.documents[0].vat_cents
    # And what was not reversed is billed at the new rate
    assert [(line.package, str(line.percent)) for line in invoice.lines] == [("L-1", "16"), ("L-3", "16")]


def test_what_is_taxed_by_the_buyer_itself_has_no_rate_that_could_change() -> None:
    paper = business()
    made = drafts_for(charges(1), VatCategory.REVERSE_CHARGE, paper.terms(), {}, 2024)
    assert [(str(one.percent), one.vat_cents) for one in made[0].totals.vat] == [("0", 0)]
    # Given that it was billed like this
    [line] = made[0].lines
    billed = Billed("R-000001", line.category, line.percent)
    [open_charge] = charges(1)
    # Then another rate opens nothing
    paper.rate("16", date(2007, 1, 2))
    assert not is_open(replace(open_charge.charge, billed=billed), paper.terms())


def test_a_late_fee_is_marked_as_late_in_a_settlement_only() -> None:
    terms = business().terms()
    of_2025 = drafts_for(charges(1), VatCategory.STANDARD, terms, {}, 2025)
    of_2024 = drafts_for(charges(1), VatCategory.STANDARD, terms, {}, 2024)
    assert [draft[0].lines[0].late for draft in (of_2025, of_2024)] == [True, False]
    assert lines_sha256(of_2025) != lines_sha256(of_2024)


def test_without_a_rate_of_that_day_nothing_is_issued() -> None:
    with pytest.raises(VatRateUnknown, match=r"is known for .*: record it first"):
        drafts_for(charges(1), VatCategory.STANDARD, Paper().terms(), {}, 2024)


def test_a_reversed_fee_that_was_never_billed_is_not_open() -> None:
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2025, 9, 1))
    paper.charge("L-1")
    assert is_open(paper.charges("L-1")[0], paper.terms())
    paper.void("L-1")
    paper.charge("L-1")
    assert not is_open(paper.charges("L-1")[0], paper.terms())


def numbers(of: Sequence[DocumentIssued]) -> list[str]:
    return [one.number for one in of]


@given(years_of_business(is_checked=True))
def test_numbers_have_no_gaps(paper: Paper) -> None:
    charge_all(paper)
    issue_all(paper)
    assert numbers(paper.documents) == [f"R-{place:06}" for place in range(1, len(paper.documents) + 1)]
