"""Fees for cases: which case, whose work, which day, how much; and what reverses a memo."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from casecore.cases import commands as c
from casecore.contract.billing import EventRef
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.contract.fees import (
    Fee,
    FeeByEffort,
    FeeByTopic,
    FeeForEachCase,
    NoFee,
    ResolvedCase,
    TopicAmount,
)
from casecore.contract.streams import BILLING_TERMS, case_stream_id, fee_agreements_stream_id
from casecore.decider.command import GivenActor
from tests.billing.fees.filed_cases import (
    CUSTOMER,
    OTHER_PARTNER,
    PARTNER,
    PARTNERS_AGENT,
    RESOLVE,
    SELLER,
    SELLERS_AGENT,
    TECHNICAL,
    USE,
    FiledCase,
    at,
    case,
    opening,
)
from tests.billing.fees.office import EACH_CASE, LEVEL_0, USER_SUPPORT, Office

TAKE, REOPEN, ESCALATE, HAND_BACK = c.TakeCase(), c.ReopenCase(), c.EscalateCase(), c.HandBackCase()
MONDAY = date(2026, 3, 2)
HOURLY = FeeByEffort(9000)


def office(filed: FiledCase, terms: object = EACH_CASE, partners: object = HOURLY) -> Office:
    """A seller that charges each case, a partner that charges by the hour, and a case."""
    made = Office()
    made.agree(terms)  # type: ignore[arg-type]
    made.agree(partners, party=PARTNER, service=USER_SUPPORT)  # type: ignore[arg-type]
    made.file(filed)
    return made


def paid(made: Office) -> list[tuple[str, int]]:
    """Who gets how much, once the run has run."""
    made.run()
    assert made.run() == []
    return [(fee.party, fee.net_cents) for fee in made.valid()]


def effort(filed: FiledCase, minutes: int, hours: float, by: GivenActor = PARTNERS_AGENT) -> None:
    filed.act(at(hours), c.RecordEffort(minutes=minutes), by)


def test_a_case_that_level_0_resolved_costs_what_the_seller_agreed_and_the_memo_is_complete() -> None:
    made = office(case(TECHNICAL, TAKE, RESOLVE))
    (change,) = made.run()
    assert change.caused_by == EventRef(case_stream_id("C-1"), 3)
    assert made.valid() == [
        Fee(
            party=SELLER,
            customer=CUSTOMER,
            service=LEVEL_0,
            covers=ResolvedCase("C-1", "backup_set_up"),
            due_on=MONDAY,
            net_cents=4500,
            vat_percent=Decimal(19),
            agreement=EventRef(fee_agreements_stream_id(SELLER), 1),
        )
    ]


TO_USER_SUPPORT = c.ReclassifyCase(category=Category.USER_SUPPORT, topic="program_use")
TO_TECHNICAL = c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="backup_set_up")
RECOVERY = opening(topic="recovery")


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ((TECHNICAL, TAKE), []),
        ((TECHNICAL, TAKE, c.CancelCase(reason="mistake")), []),
        ((TECHNICAL, TAKE, ESCALATE, RESOLVE), [SELLER]),
        ((RECOVERY, ESCALATE, RESOLVE), []),
        ((RECOVERY, ESCALATE, HAND_BACK, RESOLVE), [SELLER]),
        ((RECOVERY, ESCALATE, RESOLVE, REOPEN, HAND_BACK, RESOLVE), [SELLER]),
        ((TECHNICAL, TAKE, RESOLVE, REOPEN, RESOLVE, c.CloseCase()), [SELLER]),
        ((USE, TAKE, RESOLVE), [PARTNER]),
        ((USE, TAKE, TO_TECHNICAL, TAKE, RESOLVE), [SELLER]),
        ((TECHNICAL, TAKE, TO_USER_SUPPORT, TAKE, RESOLVE), [PARTNER]),
        ((USE, TAKE, RESOLVE, REOPEN, TO_TECHNICAL, TAKE, RESOLVE), [PARTNER, SELLER]),
    ],
    ids=str,
)
def test_a_fee_follows_once_from_the_first_resolution_after_a_givers_work(
    actions: tuple[c.PlainAction, ...], expected: list[str]
) -> None:
    made = office(case(*actions), partners=FeeForEachCase(2000))
    assert paid(made) == [(party, 4500 if party == SELLER else 2000) for party in expected]


def test_another_partner_that_resolves_it_later_has_a_fee_of_its_own() -> None:
    again = c.ReclassifyCase(category=Category.USER_SUPPORT, topic="program_use", partner=OTHER_PARTNER)
    filed = case(USE, TAKE, RESOLVE, REOPEN, again, TAKE, RESOLVE)
    made = office(filed, partners=FeeForEachCase(2000))
    made.agree(FeeForEachCase(3000), party=OTHER_PARTNER, service=USER_SUPPORT)
    assert paid(made) == [(PARTNER, 2000), (OTHER_PARTNER, 3000)]


def test_the_day_in_berlin_decides_which_agreement_and_which_rate_apply() -> None:
    # Given another amount and another rate from the third of March on
    first, second = FiledCase("C-1"), FiledCase("C-2")
    for filed, hours in ((first, 14.99), (second, 15)):  # 22:59 and 23:00 UTC are 23:59 and midnight
        filed.act(at(0), TECHNICAL)
        filed.act(at(1), TAKE)
        filed.act(at(hours), RESOLVE)
    made = office(first)
    made.file(second)
    made.agree(FeeForEachCase(5000), from_on=date(2026, 3, 3))
    made.rate(16, date(2026, 3, 3))
    # Then each case is charged by its day
    made.run()
    charged = [(fee.due_on.day, fee.net_cents, fee.vat_percent) for fee in made.valid()]
    assert charged == [(2, 4500, Decimal(19)), (3, 5000, Decimal(16))]


def test_what_is_resolved_again_later_keeps_the_day_and_the_amount_of_the_first_time() -> None:
    filed = case(TECHNICAL, TAKE, RESOLVE)
    made = office(filed)
    made.agree(FeeForEachCase(5000), from_on=date(2026, 3, 3))
    filed.act(at(30), REOPEN)
    filed.act(at(31), RESOLVE)
    assert paid(made) == [(SELLER, 4500)]
    assert [fee.due_on for fee in made.valid()] == [MONDAY]


def test_by_topic_only_what_is_listed_costs_something() -> None:
    by_topic = FeeByTopic((TopicAmount("recovery", 700), TopicAmount("backup_set_up", 800)))
    assert paid(office(case(TECHNICAL, TAKE, RESOLVE), by_topic)) == [(SELLER, 800)]
    assert paid(office(case(RECOVERY, TAKE, RESOLVE), by_topic)) == [(SELLER, 700)]
    assert paid(office(case(opening(topic="activation"), TAKE, RESOLVE), by_topic)) == []
    assert paid(office(case(TECHNICAL, TAKE, RESOLVE), NoFee())) == []
    assert paid(office(case(TECHNICAL, TAKE, RESOLVE), FeeForEachCase(0))) == []


def test_by_effort_counts_the_partners_own_minutes_and_those_the_system_brings_while_it_has_the_case() -> (
    None
):
    # Given effort of the partner, of the seller, and of the partner brought by an import
    filed = case(USE, TAKE)
    effort(filed, 50, 2)
    effort(filed, 500, 2, SELLERS_AGENT)
    effort(filed, 11, 2, GivenActor("import", "casecore", Role.SYSTEM))
    filed.act(at(3), RESOLVE)
    # When the run runs, then 61 minutes at 90.00 are 91.50
    made = office(filed)
    assert paid(made) == [(PARTNER, 9150)]
    (fee,) = made.valid()
    assert isinstance(fee.covers, ResolvedCase)
    assert fee.covers.minutes == 61


def test_effort_that_is_recorded_late_replaces_the_memo_and_is_named_as_the_cause() -> None:
    filed = case(USE, TAKE, RESOLVE)
    made = office(filed)
    assert paid(made) == []
    effort(filed, 20, 1)
    assert paid(made) == [(PARTNER, 3000)]
    effort(filed, 1, 1.5)
    reverse, record = made.run()
    cause = EventRef(case_stream_id("C-1"), 5)
    assert (reverse.do, reverse.number, reverse.caused_by) == ("reverse", 1, cause)
    assert (record.do, record.number, record.caused_by) == ("record", 2, cause)
    assert [(fee.net_cents, fee.due_on) for fee in made.valid()] == [(3150, MONDAY)]


def test_a_rate_that_is_recorded_later_replaces_the_memo_and_is_named_as_the_cause() -> None:
    made = office(case(TECHNICAL, TAKE, RESOLVE))
    made.run()
    made.rate(16, date(2026, 2, 1))
    reverse, record = made.run()
    assert reverse.caused_by == EventRef(BILLING_TERMS, 2)
    assert record.caused_by == EventRef(case_stream_id("C-1"), 3)
    assert [fee.vat_percent for fee in made.valid()] == [Decimal(16)]


def test_an_agreement_that_changes_takes_the_memo_back_and_is_named_as_the_cause() -> None:
    # Given a memo, when the agreement is withdrawn, then it is taken back
    made = office(case(TECHNICAL, TAKE, RESOLVE))
    made.run()
    made.withdraw(1)
    (reverse,) = made.run()
    assert (reverse.do, reverse.caused_by) == ("reverse", EventRef(fee_agreements_stream_id(SELLER), 2))
    assert made.valid() == []
    # And when another is recorded, the fee is recorded again, under the next number.
    made.agree(FeeForEachCase(100))
    (record,) = made.run()
    assert (record.do, record.number, record.fee.net_cents) == ("record", 2, 100)


def test_a_small_business_charges_no_tax() -> None:
    made = Office()
    made.agree(EACH_CASE, vat_country=None)
    made.file(case(TECHNICAL, TAKE, RESOLVE))
    made.run()
    made.rate(16, date(2026, 2, 1))
    assert made.run() == []
    assert [fee.vat_percent for fee in made.valid()] == [None]


def test_a_run_looks_only_at_its_party_and_up_to_its_day() -> None:
    made = office(case(TECHNICAL, TAKE, RESOLVE), partners=FeeForEachCase(2000))
    made.file(case(USE, TAKE, RESOLVE, reference="C-2", first=24))
    assert made.run(until=date(2026, 3, 1)) == []
    assert [change.fee.party for change in made.run(until=MONDAY)] == [SELLER]
    # Memos of a later day, or of another party, are left alone.
    made.run()
    made.withdraw(1, PARTNER)
    assert made.run(until=MONDAY) == []
    assert made.run(only=SELLER) == []
    assert [change.do for change in made.run(only=PARTNER)] == ["reverse"]
