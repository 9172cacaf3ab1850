"""A party agrees its own charges, day by day, and they are checked against what is registered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.billing.fees import refusals as r
from casecore.billing.fees.agreements import PriceList
from casecore.billing.fees.commands import AgreeFee, EndFeeAgreement, WithdrawFeeAgreement
from casecore.billing.refusals import BillingDayOutOfRange, VatRateUnknown
from casecore.contract.envelope import Role
from casecore.contract.fees import (
    FeeAgreed,
    FeeAgreementEnded,
    FeeAgreementWithdrawn,
    FeeByEffort,
    FeeByTopic,
    FeeForEachCase,
    FeeService,
    FeeTerms,
    NoFee,
    TopicAmount,
    YearlyFee,
)
from casecore.decider.command import GivenActor
from casecore.decider.refusal import Refusal
from tests.billing.fees.filed_cases import (
    CUSTOMER,
    OTHER_CUSTOMER,
    OTHER_SELLER,
    PARTNER,
    PARTNERS_AGENT,
    SELLER,
    SELLERS_AGENT,
    SYSTEM,
    VENDOR,
)
from tests.billing.fees.office import EACH_CASE, LEVEL_0, USER_SUPPORT, Office

NEW_YEAR = date(2026, 1, 1)
DAY = timedelta(days=1)


def agree(
    terms: FeeTerms = EACH_CASE,
    service: FeeService = LEVEL_0,
    from_on: date = NEW_YEAR,
    customer: str | None = None,
    vat_country: str | None = "DE",
) -> AgreeFee:
    return AgreeFee(service=service, customer=customer, from_on=from_on, terms=terms, vat_country=vat_country)


def charged(office: Office, day: date, customer: str = CUSTOMER, service: FeeService = LEVEL_0) -> int | None:
    """The number of the agreement that applies."""
    found = PriceList(office.agreements[SELLER], service).on(customer, day)
    return found.agreement.number if found else None


@pytest.mark.parametrize(
    ("party", "service", "by"),
    [
        (SELLER, LEVEL_0, SELLERS_AGENT),
        (VENDOR, LEVEL_0, GivenActor("vera", VENDOR, Role.VENDOR)),
        (PARTNER, USER_SUPPORT, PARTNERS_AGENT),
        (SELLER, LEVEL_0, SYSTEM),
    ],
)
def test_the_party_that_gives_a_service_says_what_it_charges(
    party: str, service: FeeService, by: GivenActor
) -> None:
    made = Office().when(party, agree(service=service), by).then_one(FeeAgreed)
    assert (made.party, made.agreement.number, made.agreement.service) == (party, 1, service)


@pytest.mark.parametrize(
    "by",
    [
        GivenActor("sue", OTHER_SELLER, Role.SELLER),
        GivenActor("vera", VENDOR, Role.VENDOR),
        GivenActor("anna", SELLER, Role.CUSTOMER),
        GivenActor("sam", SELLER, Role.PARTNER),
    ],
)
def test_nobody_else_does(by: GivenActor) -> None:
    office = Office()
    office.agree(EACH_CASE)
    office.when(SELLER, agree(from_on=date(2027, 1, 1)), by).then_refused(r.NotYourFees, "nord decides that")
    for do in (EndFeeAgreement(agreement=1, from_on=date(2027, 1, 1)), WithdrawFeeAgreement(agreement=1)):
        if by.organisation == SELLER:
            office.when(SELLER, do, by).then_refused(r.NotYourFees, "nord decides that itself")
        else:
            office.when(SELLER, do, by).then_refused(r.FeeAgreementUnknown, "it has nothing")


TWICE = FeeByTopic((TopicAmount("recovery", 1), TopicAmount("recovery", 2)))


@pytest.mark.parametrize(
    ("party", "do", "refusal", "words"),
    [
        ("nobody", agree(), r.FeePartyUnknown, "party is nobody, which is not registered"),
        (SELLER, agree(customer="nobody"), r.FeePartyUnknown, "customer is nobody"),
        (
            PARTNER,
            agree(),
            r.PartyLacksRole,
            "party is campus, which does not have the role it needs: reseller, vendor",
        ),
        (SELLER, agree(service=USER_SUPPORT), r.PartyLacksRole, "the role it needs: support_partner"),
        (
            SELLER,
            agree(customer=PARTNER),
            r.PartyLacksRole,
            "customer is campus, which does not have the role it needs: customer",
        ),
        (SELLER, agree(FeeForEachCase(-1)), r.FeeOutOfRange, "terms.net_cents is -1 cents"),
        (SELLER, agree(YearlyFee(100_000_001)), r.FeeOutOfRange, "terms.net_cents is 100000001 cents"),
        (
            PARTNER,
            agree(FeeByEffort(-1), USER_SUPPORT),
            r.FeeOutOfRange,
            "terms.cents_per_hour is -1 cents",
        ),
        (
            SELLER,
            agree(FeeByTopic((TopicAmount("recovery", -5),))),
            r.FeeOutOfRange,
            "terms.amounts of recovery is -5 cents",
        ),
        (SELLER, agree(FeeByTopic((TopicAmount("tea", 5),))), r.FeeTopicUnknown, "names the topic tea"),
        (
            SELLER,
            agree(FeeByTopic((TopicAmount("training", 5),))),
            r.FeeTopicUnknown,
            "not a topic of level_0",
        ),
        (SELLER, agree(TWICE), r.FeeTopicTwice, "the topic recovery twice"),
        (SELLER, agree(FeeByTopic(())), r.FeeTopicsMissing, "terms.amounts is empty"),
        (SELLER, agree(FeeByEffort(5)), r.FeeNotOfService, "terms are effort, which level_0 does not have"),
        (PARTNER, agree(YearlyFee(5), USER_SUPPORT), r.FeeNotOfService, "terms are yearly"),
        (SELLER, agree(from_on=date(1926, 1, 1)), BillingDayOutOfRange, "from_on is 1926-01-01"),
        (SELLER, agree(from_on=date(2006, 12, 31)), VatRateUnknown, "of DE is known for 2006-12-31"),
        (SELLER, agree(vat_country="AT"), VatRateUnknown, "of AT"),
    ],
)
def test_what_cannot_be_agreed_is_refused_with_the_field(
    party: str, do: AgreeFee, refusal: type[Refusal], words: str
) -> None:
    office = Office()
    office.when(party, do).then_refused(refusal, words)
    assert office.agreements == {}


def test_a_small_business_needs_no_rate() -> None:
    Office().when(SELLER, agree(from_on=date(2000, 1, 1), vat_country=None)).then(FeeAgreed)


def test_two_agreements_from_one_day_for_the_same_customers_are_refused() -> None:
    # Given one for all customers
    office = Office()
    office.agree(EACH_CASE)
    # When another amount is agreed from the same day on, then it is refused, and the same one stores nothing;
    office.when(SELLER, agree(FeeForEachCase(1))).then_refused(
        r.FeeAgreedAlready, "from_on is 2026-01-01, and agreement 1 of nord"
    )
    office.when(SELLER, agree()).then_nothing()
    # for a customer of its own, or from another day, or for another service, it may be.
    office.agree(FeeForEachCase(1), customer=CUSTOMER)
    office.agree(FeeForEachCase(1), from_on=NEW_YEAR + DAY)
    office.when(SELLER, agree(FeeForEachCase(2), customer=CUSTOMER)).then_refused(
        r.FeeAgreedAlready, "agreement 2"
    )
    # And once the first is withdrawn, its day is free.
    office.withdraw(1)
    office.agree(FeeForEachCase(1))


def test_an_end_lies_after_the_beginning_and_may_be_moved() -> None:
    office = Office()
    office.agree(EACH_CASE)
    for early in (NEW_YEAR, NEW_YEAR - DAY):
        office.when(SELLER, EndFeeAgreement(agreement=1, from_on=early)).then_refused(
            r.FeeEndsTooEarly, f"from_on is {early}, and agreement 1 begins on 2026-01-01"
        )
    end = EndFeeAgreement(agreement=1, from_on=NEW_YEAR + 9 * DAY)
    made = office.when(SELLER, end).then_one(FeeAgreementEnded)
    assert made.agreement.ended_from_on == NEW_YEAR + 9 * DAY
    office.when(SELLER, end).then_nothing()
    office.end(1, NEW_YEAR + DAY)
    assert charged(office, NEW_YEAR) == 1
    assert charged(office, NEW_YEAR + DAY) is None


def test_an_agreement_is_withdrawn_once_and_then_cannot_be_ended() -> None:
    office = Office()
    office.agree(EACH_CASE)
    office.agree(EACH_CASE, from_on=NEW_YEAR + DAY)
    office.when(SELLER, WithdrawFeeAgreement(agreement=1)).then(FeeAgreementWithdrawn)
    office.when(SELLER, WithdrawFeeAgreement(agreement=1)).then_nothing()
    for unknown in (1, 3):
        office.when(SELLER, EndFeeAgreement(agreement=unknown, from_on=date(2027, 1, 1))).then_refused(
            r.FeeAgreementUnknown,
            f"agreement is {unknown}, and nord has no valid agreement with that number; it has 2",
        )
    assert charged(office, NEW_YEAR) is None


def test_a_customers_own_agreement_comes_before_the_one_for_all_while_it_applies() -> None:
    # Given an amount for all, and nothing for one customer in February
    office = Office()
    office.agree(EACH_CASE)
    office.agree(NoFee(), from_on=date(2026, 2, 1), customer=CUSTOMER)
    office.end(2, date(2026, 3, 1))
    # Then the others pay all the time, and that one not in February
    for day, own in [(NEW_YEAR, 1), (date(2026, 2, 1), 2), (date(2026, 2, 28), 2), (date(2026, 3, 1), 1)]:
        assert charged(office, day) == own
        assert charged(office, day, OTHER_CUSTOMER) == 1
        assert charged(office, day, service=USER_SUPPORT) is None


def test_what_was_replaced_does_not_come_back_when_its_successor_ends() -> None:
    office = Office()
    office.agree(EACH_CASE)
    office.agree(YearlyFee(12000), from_on=date(2026, 2, 1))
    office.end(2, date(2026, 3, 1))
    assert [charged(office, date(2026, month, 1)) for month in (1, 2, 3)] == [1, 2, None]
    office.withdraw(2)
    assert charged(office, date(2026, 3, 1)) == 1


@given(st.permutations([(day, own) for day in (0, 10, 20) for own in (True, False)]))
def test_the_order_in_which_agreements_are_recorded_does_not_matter(order: list[tuple[int, bool]]) -> None:
    # Given agreements for one and for all, recorded in any order
    office = Office()
    for day, own in order:
        customer = CUSTOMER if own else None
        office.agree(FeeForEachCase(100 + day + own), from_on=NEW_YEAR + day * DAY, customer=customer)
    # Then on each day the last one that has begun applies, a customer's own before that for all
    for day in range(30):
        begun = day // 10 * 10
        for customer, own in ((CUSTOMER, True), (OTHER_CUSTOMER, False)):
            found = PriceList(office.agreements[SELLER], LEVEL_0).on(customer, NEW_YEAR + day * DAY)
            assert found is not None
            assert found.agreement.terms == FeeForEachCase(100 + begun + own)
