"""Laws of the run: any number of runs, killed anywhere, in any order of facts, end the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from casecore.cases import commands as c
from casecore.contract.fees import FeeByEffort, FeeForEachCase, YearlyFee
from tests.billing.fees.filed_cases import (
    CUSTOMER,
    PARTNER,
    PARTNERS_AGENT,
    RESOLVE,
    SELLER,
    TECHNICAL,
    USE,
    FiledCase,
    at,
    case,
)
from tests.billing.fees.office import EACH_CASE, USER_SUPPORT, Office, package

Known = Callable[[Office], None]


def technical(reference: str, day: int) -> FiledCase:
    return case(TECHNICAL, c.TakeCase(), RESOLVE, reference=reference, first=24.0 * day)


def use(reference: str, day: int, minutes: int) -> FiledCase:
    filed = case(USE, c.TakeCase(), RESOLVE, reference=reference, first=24.0 * day)
    filed.act(at(24 * day + 1.5), c.RecordEffort(minutes=minutes), PARTNERS_AGENT)
    return filed


STORY: tuple[Known, ...] = (
    lambda office: office.agree(EACH_CASE),
    lambda office: office.agree(FeeForEachCase(5000), from_on=date(2026, 3, 20)),
    lambda office: office.agree(YearlyFee(9900), from_on=date(2026, 3, 10), customer=CUSTOMER),
    lambda office: office.agree(FeeByEffort(8990), party=PARTNER, service=USER_SUPPORT),
    lambda office: office.agree(
        FeeByEffort(9999), party=PARTNER, service=USER_SUPPORT, from_on=date(2026, 3, 9)
    ),
    lambda office: office.rate(16, date(2026, 3, 5)),
    lambda office: office.rate(Decimal("19.0"), date(2026, 3, 12)),
    lambda office: office.file(technical("C-1", 1)),
    lambda office: office.file(technical("C-2", 9)),
    lambda office: office.file(technical("C-3", 20)),
    lambda office: office.file(use("C-4", 2, 37)),
    lambda office: office.file(use("C-5", 12, 1)),
    lambda office: office.sell(package("P-1", date(2026, 4, 1))),
    lambda office: office.sell(package("P-2", date(2025, 4, 1))),
)
UNTIL = st.sampled_from([date(2026, 3, 9), date(2027, 5, 1), date(2030, 6, 1)])
RUNS = st.none() | st.tuples(UNTIL, st.sampled_from([None, SELLER, PARTNER]), st.sampled_from([0, 1, 2, 99]))


@given(st.permutations(STORY), st.lists(RUNS, min_size=len(STORY), max_size=len(STORY)))
def test_the_order_in_which_things_are_recorded_and_any_runs_in_between_make_no_difference(
    order: list[Known], runs: list[tuple[date, str | None, int] | None]
) -> None:
    # Given facts in any order, and runs in between: for any party, up to any day, killed anywhere
    office, recorded_at_once = Office(), Office()
    for known, run in zip(order, runs, strict=True):
        known(office)
        if run is not None:
            until, only, killed_after = run
            office.run(until, only, killed_after)
    for known in STORY:
        known(recorded_at_once)
    # When the run has run to its end in both
    office.run()
    recorded_at_once.run()
    # Then both have the same fees (except for the events that agreed them), and there is nothing more to do
    assert fees_of(office) == fees_of(recorded_at_once)
    assert office.sums() == recorded_at_once.sums()
    assert office.run() == []
    # and the valid memos are those recorded, less those reversed.
    recorded = sum(1 if type(data).__name__ == "FeeMemoRecorded" else -1 for _, _, data in office.posted)
    assert recorded == len(office.valid())


def fees_of(office: Office) -> list[tuple[object, ...]]:
    return sorted(
        (fee.party, fee.customer, fee.due_on, str(fee.covers), fee.net_cents, fee.vat_percent)
        for fee in office.valid()
    )


def test_the_story_comes_to_what_is_computed_by_hand() -> None:
    office = Office()
    for known in STORY:
        known(office)
    office.run(date(2027, 4, 30))
    # One case at 45.00 before the year of the 10th of March, in which two years fall due: 2 x 99.00. Then no
    # case costs anything. User support: 37 minutes at 89.90 are 55.44, one at 99.99 is 1.67.
    assert office.sums() == {(SELLER, CUSTOMER): 4500 + 2 * 9900, (PARTNER, CUSTOMER): 5544 + 167}


@given(st.integers(0, 9), st.integers(0, 9))
def test_two_runs_at_once_record_each_fee_once(first: int, second: int) -> None:
    # Given two runs that have read at the same time
    office = Office()
    for known in STORY:
        known(office)
    one, other = list(office.changes()), list(office.changes())
    # When each gives its commands, turn by turn
    facts = sum(office.keep(change) for change in one[:first])
    facts += sum(office.keep(change) for change in other[:second])
    facts += sum(office.keep(change) for change in (*one, *other))
    # Then each is recorded once.
    assert facts == len(one) == len(office.valid())
    assert office.run() == []
