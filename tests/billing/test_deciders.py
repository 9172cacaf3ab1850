"""What billing refuses, and what makes no event because it changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from casecore.billing import refusals
from casecore.billing.commands import (
    AccountCommand,
    BilledCharge,
    BuyerCommand,
    HoldBuyer,
    MarkBilled,
    MarkCredited,
    RecordCharges,
    ReleaseBuyer,
    SetMaintenancePrice,
    SetVatRate,
)
from casecore.billing.drafts import Draft
from casecore.contract.billing import CorrectionReason, DocumentKind, Obligor, VatCategory
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from casecore.decider.command import Command, GivenActor
from casecore.decider.refusal import Refusal
from casecore.licences.refusals import PackageUnknown
from casecore.parties.refusals import PartyUnknown
from tests.billing.bookkeeping import (
    BY_VENDOR,
    TODAY,
    VENDOR,
    Paper,
    account_command,
    business,
    closing,
    issue_command,
    mark_of,
    terms_command,
)

STRANGERS = (
    GivenActor(person="p", organisation="nord", role=Role.SELLER),
    GivenActor(person="p", organisation="nord", role=Role.VENDOR),
    GivenActor(person="p", organisation="praxis", role=Role.CUSTOMER),
    GivenActor(person="p", organisation=VENDOR, role=Role.PARTNER),
)


@pytest.fixture
def paper() -> Paper:
    """A direct customer and a reseller with a fee each, charged and not billed."""
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2025, 9, 1))
    paper.activate("L-2", "klinik", "nord", date(2025, 9, 1))
    paper.charge("L-1")
    paper.charge("L-2")
    return paper


def draft(paper: Paper) -> Draft:
    [found] = paper.drafts("praxis", Obligor.CUSTOMER)
    return found


@pytest.mark.parametrize("actor", STRANGERS)
def test_only_the_vendor_and_the_system_do_billing(paper: Paper, actor: GivenActor) -> None:
    price = SetMaintenancePrice(from_on=TODAY, net_cents=1)
    charge = AccountCommand(command_id=uuid4(), actor=actor, package="L-1", do=RecordCharges(until=TODAY))
    hold = BuyerCommand(command_id=uuid4(), actor=actor, buyer="praxis", do=HoldBuyer(country="DE"))
    issue = replace(issue_command("R-000001", draft(paper), "praxis"), actor=actor)
    for command in (terms_command(price, actor), charge, hold, issue):
        paper.when(command).then_refused(refusals.NotYourBilling, "done by the vendor")


# Terms


@pytest.mark.parametrize(
    "percent", ["-1", "-0.01", "0", "100", "100.01", "1E+1", "19.00001", "NaN", "Infinity"]
)
def test_a_rate_that_no_document_can_have_is_refused(paper: Paper, percent: str) -> None:
    do = SetVatRate(country="DE", from_on=TODAY, percent=Decimal(percent))
    paper.when(terms_command(do)).then_refused(refusals.RateOutOfRange, "above 0 and below 100")


@pytest.mark.parametrize("percent", ["0.0001", "7.7", "19", "99.9999"])
def test_a_rate_within_the_bounds_is_recorded(paper: Paper, percent: str) -> None:
    [event] = paper.rate(percent, date(2027, 1, 1))
    assert isinstance(event, VatRateSet)
    assert (str(event.percent), event.country) == (percent, "DE")


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2200, 1, 1)])
def test_a_day_that_is_a_typing_error_is_refused(paper: Paper, day: date) -> None:
    price = SetMaintenancePrice(from_on=day, net_cents=1)
    rate = SetVatRate(country="DE", from_on=day, percent=Decimal(19))
    for do in (price, rate):
        paper.when(terms_command(do)).then_refused(refusals.BillingDayOutOfRange, f"from_on is {day}")
    if day < TODAY:
        command = account_command("L-1", RecordCharges(until=day))
        paper.when(command).then_refused(refusals.BillingDayOutOfRange, f"until is {day}")


def test_a_price_and_a_rate_that_are_set_already_change_nothing(paper: Paper) -> None:
    assert paper.price(9_900, date(2007, 1, 1)) == ()
    assert paper.rate("19.0", date(2007, 1, 1)) == ()
    # The same price from another day is a fact of its own
    [event] = paper.price(9_900, date(2026, 1, 1))
    assert event == MaintenancePriceSet(from_on=date(2026, 1, 1), net_cents=9_900)


def test_of_two_prices_for_one_day_the_one_recorded_last_applies(paper: Paper) -> None:
    for cents in (10_000, 11_000, 10_500):
        paper.price(cents, date(2026, 1, 1))
    price = paper.terms().price_on(date(2026, 1, 1))
    assert price is not None
    assert (price.net_cents, len(paper.terms().prices)) == (10_500, 2)


# The account of a package


def test_until_in_the_future_is_refused_and_today_is_not(paper: Paper) -> None:
    paper.when(account_command("L-1", RecordCharges(until=date(2026, 7, 2)))).then_refused(
        refusals.UntilInTheFuture, "lies after today, 2026-07-01"
    )
    assert paper.charge("L-1", TODAY) == ()


def test_today_is_the_day_in_berlin(paper: Paper) -> None:
    # Given half an hour before midnight in UTC, which is the next day in Berlin
    paper.now = datetime(2026, 8, 31, 22, 30, tzinfo=UTC)
    assert len(paper.charge("L-1", date(2026, 9, 1))) == 1


def test_a_package_that_is_not_known_is_not_charged(paper: Paper) -> None:
    paper.when(account_command("L-9", RecordCharges(until=TODAY))).then_refused(PackageUnknown, "L-9")


def billed(document: str, charge: int = 1, percent: str = "19") -> MarkBilled:
    one = BilledCharge(charge=charge, category=VatCategory.STANDARD, percent=Decimal(percent))
    return MarkBilled(document=document, charges=(one,))


def test_a_fee_is_billed_by_one_document_and_again_by_it_changes_nothing(paper: Paper) -> None:
    paper.give(account_command("L-1", billed("R-000001")))
    paper.when(account_command("L-1", billed("R-000001"))).then_nothing()
    for do in (billed("R-000002"), billed("R-000001", percent="16")):
        paper.when(account_command("L-1", do)).then_refused(refusals.ChargeNotSo, "billed by R-000001")


def test_a_fee_that_is_not_there_is_neither_billed_nor_taken_back(paper: Paper) -> None:
    credited = MarkCredited(document="R-000002", corrects="R-000001", charges=(2,))
    for do in (billed("R-000001", charge=2), credited):
        paper.when(account_command("L-1", do)).then_refused(refusals.ChargeNotSo, "not there")


def test_only_what_the_corrected_document_bills_is_taken_back(paper: Paper) -> None:
    # Given a fee that is not billed yet
    back = MarkCredited(document="R-000002", corrects="R-000001", charges=(1,))
    paper.when(account_command("L-1", back)).then_refused(refusals.ChargeNotSo, "not billed")
    # And then billed, taken back, and billed again
    paper.give(account_command("L-1", billed("R-000001")))
    paper.give(account_command("L-1", back))
    paper.give(account_command("L-1", billed("R-000003")))
    # When the mark of the correction is given again, by another command
    # Then what was billed again stays billed
    paper.when(account_command("L-1", back)).then_refused(refusals.ChargeNotSo, "billed by R-000003")


@pytest.mark.parametrize("number", ["R-1", "R-000000", "r-000001", "R-0000001", "R-00001²", ""])
def test_a_mark_names_a_document_of_the_series(paper: Paper, number: str) -> None:
    paper.when(account_command("L-1", billed(number))).then_refused(refusals.NumberNotNext, "R-000001")


# The series of documents


def test_a_document_takes_the_next_number(paper: Paper) -> None:
    for number in ("R-000002", "R-000000", "R-1"):
        paper.when(issue_command(number, draft(paper), "praxis")).then_refused(
            refusals.NumberNotNext, "the next one of the series is R-000001"
        )
    command = issue_command("R-000001", draft(paper), "praxis")
    assert len(paper.give(command)) == 1
    paper.when(command).then_refused(refusals.NumberNotNext, "R-000002")


def test_a_document_is_dated_today(paper: Paper) -> None:
    for day in (date(2026, 6, 30), date(2026, 7, 2)):
        command = issue_command("R-000001", draft(paper), "praxis", issued_on=day)
        paper.when(command).then_refused(refusals.NotIssuedToday, "today is 2026-07-01")


@pytest.mark.parametrize("field", ["net_cents", "vat_cents", "gross_cents", "vat"])
def test_a_document_adds_up(paper: Paper, field: str) -> None:
    right: Any = getattr(issue_command("R-000001", draft(paper), "praxis").do, field)
    other = (replace(right[0], vat_cents=right[0].vat_cents + 1),) if field == "vat" else right + 1
    command = issue_command("R-000001", draft(paper), "praxis", None, **{field: other})
    paper.when(command).then_refused(refusals.DocumentNotIssuable, "does not add up")


MIXED_KINDS: list[tuple[dict[str, Any], str]] = [
    ({"corrects": "R-000001"}, "a correction names"),
    ({"correction_reason": CorrectionReason.RATE}, "a correction names"),
    ({"kind": DocumentKind.CORRECTION, "pay_until": None}, "a correction names"),
    ({"pay_until": None}, "says until when"),
    ({"kind": DocumentKind.SETTLEMENT}, "names its year"),
    ({"settles_year": 2025}, "belongs to no settlement"),
    (
        {
            "kind": DocumentKind.CORRECTION,
            "pay_until": None,
            "corrects": "R-000001",
            "correction_reason": CorrectionReason.RATE,
        },
        "R-000001 was not issued",
    ),
]


@pytest.mark.parametrize(("other", "says"), MIXED_KINDS)
def test_a_document_is_of_one_kind(paper: Paper, other: dict[str, Any], says: str) -> None:
    command = issue_command("R-000001", draft(paper), "praxis", **other)
    paper.when(command).then_refused(refusals.DocumentNotIssuable, says)


def test_a_document_has_no_more_lines_than_it_may_have(paper: Paper) -> None:
    line = draft(paper).lines[0]
    lines = tuple(replace(line, charge=charge) for charge in range(1, 1_002))
    command = issue_command("R-000001", draft(paper), "praxis", lines=lines)
    paper.when(command).then_refused(refusals.DocumentNotIssuable, "1001 lines, and may have 1000")


def test_a_fee_is_on_no_second_document_of_any_run(paper: Paper) -> None:
    # Given two runs that read the same books
    mine, theirs = draft(paper), draft(paper)
    paper.issue([mine], "praxis")
    # When the second one issues under the right number what the first one has issued
    # Then it is refused
    command = issue_command("R-000002", theirs, "praxis")
    paper.when(command).then_refused(
        refusals.ChargeNotSo, "billed by R-000001 at 19 %, so that R-000002 cannot bill it"
    )


def test_a_document_bills_what_its_buyer_owes_as_it_was_charged_and_once(paper: Paper) -> None:
    one = draft(paper)
    [line] = one.lines
    paper.when(issue_command("R-000001", one, "klinik")).then_refused(refusals.ChargeNotSo, "owed by praxis")
    for other in (
        replace(line, customer="klinik"),
        replace(line, period_end_on=date(2026, 9, 1)),
        replace(line, period_start_on=date(2025, 9, 2)),
    ):
        command = issue_command("R-000001", one, "praxis", lines=(other,))
        paper.when(command).then_refused(refusals.ChargeNotSo, "another one than the line says")
    for other in (replace(line, package="L-9"), replace(line, charge=2)):
        command = issue_command("R-000001", one, "praxis", lines=(other,))
        paper.when(command).then_refused(refusals.ChargeNotSo, "not there")
    vat = (replace(one.totals.vat[0], net_cents=19_800, vat_cents=3_762),)
    totals: dict[str, Any] = {"vat": vat, "net_cents": 19_800, "vat_cents": 3_762, "gross_cents": 23_562}
    command = issue_command("R-000001", one, "praxis", lines=(line, line), **totals)
    paper.when(command).then_refused(refusals.DocumentNotIssuable, "is on it twice")


def test_a_correction_takes_back_what_its_original_billed_and_once(paper: Paper) -> None:
    # Given two invoices, both to be corrected
    paper.invoice("praxis")
    paper.activate("L-3", "praxis", VENDOR, date(2025, 9, 1))
    paper.charge("L-3")
    paper.invoice("praxis")
    paper.void("L-1")
    paper.charge("L-1")
    [correction] = paper.drafts("praxis", Obligor.CUSTOMER)
    # When the correction names the other invoice
    command = issue_command("R-000003", correction, "praxis", corrects="R-000002")
    paper.when(command).then_refused(refusals.ChargeNotSo, "billed by R-000001")
    # Then it is refused, and so is the right one when it was issued
    paper.issue([correction], "praxis")
    again = issue_command("R-000004", correction, "praxis")
    paper.when(again).then_refused(refusals.ChargeNotSo, "not billed")


# Buyers


def closed(paper: Paper, year: int = 2025, **other: Any) -> Command:
    drafts = paper.drafts("nord", Obligor.RESELLER, year)
    do = replace(closing(year, drafts, len(paper.buyer("nord").settlements)), **other)
    return BuyerCommand(command_id=uuid4(), actor=BY_VENDOR, buyer="nord", do=do)


def test_a_year_that_is_not_over_is_not_settled(paper: Paper) -> None:
    paper.when(closed(paper, 2026)).then_refused(refusals.YearNotOver, "can be settled from 2027-01-01 on")
    paper.now = datetime(2025, 12, 31, 22, 59, tzinfo=UTC)
    paper.when(closed(paper)).then_refused(refusals.YearNotOver, "from 2026-01-01 on")
    # In Berlin the new year has begun
    paper.now = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    assert len(paper.give(closed(paper))) == 1


def test_a_closed_year_stays_as_it_is(paper: Paper) -> None:
    paper.give(closed(paper))
    settlement = paper.buyer("nord").settlement(2025)
    paper.when(closed(paper, net_cents=1, fees=7)).then_nothing()
    assert paper.buyer("nord").settlement(2025) == settlement


def test_a_year_before_a_settled_one_is_not_settled_any_more(paper: Paper) -> None:
    paper.give(closed(paper))
    paper.when(closed(paper, 2024)).then_refused(refusals.LaterYearSettled, "next open year")


def test_a_year_is_not_settled_on_what_was_read_before_another_one_was(paper: Paper) -> None:
    # Given two runs that found the same late fee, for two years
    of_2025 = closed(paper, 2025)
    paper.give(closed(paper, 2024))
    paper.when(of_2025).then_refused(refusals.SettledMeanwhile, "read again what is open")


def test_a_party_that_is_not_known_is_not_a_buyer(paper: Paper) -> None:
    release = ReleaseBuyer(country="AT", category=VatCategory.STANDARD, reason="r")
    closes = closing(2025, paper.drafts("nord", Obligor.RESELLER, 2025))
    for do in (HoldBuyer(country="AT"), release, closes):
        command = BuyerCommand(command_id=uuid4(), actor=BY_VENDOR, buyer="nobody", do=do)
        paper.when(command).then_refused(PartyUnknown, "register it first")


def test_the_documents_of_a_settlement_are_its_parts_in_order(paper: Paper) -> None:
    [statement] = paper.drafts("nord", Obligor.RESELLER, 2025)
    issue = issue_command("R-000001", statement, "nord", 2025)
    paper.when(issue).then_refused(refusals.SettlementOpen, "which is not closed")
    paper.give(closed(paper))
    for other in ({"part": 2}, {"parts": 2}, {"part": 2, "parts": 2}):
        command = issue_command("R-000001", statement, "nord", 2025, **other)
        paper.when(command).then_refused(refusals.PartNotNext, "the next one is 1 of 1")
    paper.give(issue)
    # There is no further part
    command = issue_command("R-000002", statement, "nord", 2025)
    paper.when(command).then_refused(refusals.PartNotNext)


def test_a_buyer_abroad_is_put_on_hold_once_and_released_for_its_country(paper: Paper) -> None:
    paper.party("wien", PartyRole.RESELLER, country="AT", vat_id="ATU12345675")
    assert paper.buyer_command("wien", HoldBuyer(country="AT")) == (BuyerHeld(buyer="wien", country="AT"),)
    assert paper.buyer_command("wien", HoldBuyer(country="AT")) == ()
    assert paper.buyer("wien").decided_for("AT") is None
    release = ReleaseBuyer(country="AT", category=VatCategory.REVERSE_CHARGE, reason="VAT id confirmed")
    [event] = paper.buyer_command("wien", release)
    assert isinstance(event, BuyerReleased)
    assert paper.buyer_command("wien", release) == ()
    assert paper.buyer("wien").decided_for("AT") is VatCategory.REVERSE_CHARGE
    # It is not put on hold again, unless it moves to a country for which nothing was decided
    assert paper.buyer_command("wien", HoldBuyer(country="AT")) == ()
    paper.party("wien", PartyRole.RESELLER, country="CH")
    assert len(paper.buyer_command("wien", HoldBuyer(country="CH"))) == 1
    assert paper.buyer("wien").decided_for("AT") is VatCategory.REVERSE_CHARGE


def test_what_is_decided_is_decided_for_the_country_where_the_buyer_is_at_home(paper: Paper) -> None:
    paper.party("wien", PartyRole.RESELLER, country="AT")
    given: list[tuple[str, HoldBuyer | ReleaseBuyer, type[Refusal]]] = [
        ("wien", HoldBuyer(country="CH"), refusals.AtHomeElsewhere),
        (
            "wien",
            ReleaseBuyer(country="CH", category=VatCategory.STANDARD, reason="r"),
            refusals.AtHomeElsewhere,
        ),
        ("nord", ReleaseBuyer(country="DE", category=VatCategory.STANDARD, reason="r"), refusals.SoldAtHome),
    ]
    for buyer, do, refusal in given:
        command = BuyerCommand(command_id=uuid4(), actor=BY_VENDOR, buyer=buyer, do=do)
        paper.when(command).then_refused(refusal)


def test_a_buyer_at_home_is_never_on_hold(paper: Paper) -> None:
    assert paper.buyer_command("nord", HoldBuyer(country="DE")) == ()
    assert paper.buyer("nord").decided_for("DE") is VatCategory.STANDARD


def test_a_mark_of_an_issued_document_given_again_changes_nothing(paper: Paper) -> None:
    paper.invoice("praxis")
    [document] = paper.documents
    again = [paper.give(account_command(line.package, mark_of(document, line))) for line in document.lines]
    assert again == [()]
