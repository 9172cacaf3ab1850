"""What is asked for is checked, and no two businesses share an id."""

from __future__ import annotations

from datetime import date

import pytest

from casecore.synthetic.plan import MOST_CASES, InvalidPlan, plan, weeks

START = date(2025, 1, 1)


def test_what_is_left_out_follows_from_the_rest() -> None:
    assert plan(3_650, 7, START).cases_a_day == 10
    assert plan(3_650, 7, START).customers == 3_650 // 3
    # More than a thousand a day are made only when asked for: the business goes on for longer.
    assert plan(3_650_000, 7, START).cases_a_day == 1_000
    assert weeks(plan(3_650_000, 7, START)) == 522
    assert plan(1, 7, START).customers == 1


def test_one_organisation_is_both_reseller_and_support_partner() -> None:
    made = plan(5_000, 7, START)

    assert set(made.resellers) & set(made.partners) == {made.resellers[0]}


def test_any_other_wish_is_another_business() -> None:
    marks = [
        plan(100, 7, START).mark,
        plan(101, 7, START).mark,
        plan(100, 8, START).mark,
        plan(100, 7, date(2025, 1, 2)).mark,
        plan(100, 7, START, vendor="maker").mark,
        plan(100, 7, START, customers=5).mark,
        plan(100, 7, START, cases_a_day=2).mark,
        plan(100, 7, START, resellers=("nord",)).mark,
        plan(100, 7, START, partners=("campus",)).mark,
    ]

    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize(
    ("cases", "seed", "start", "named"),
    [
        (0, 7, START, "cases: 0 was asked for; give 1 to 100000000"),
        (MOST_CASES + 1, 7, START, "cases"),
        (1, -1, START, "the seed: -1 was asked for; give 0 to"),
        (1, 7, date(1995, 12, 31), "the start is 1995-12-31: give a day from 1996-01-01"),
        (1, 7, date(2199, 12, 1), "the start"),
    ],
)
def test_what_cannot_be_made_is_refused(cases: int, seed: int, start: date, named: str) -> None:
    with pytest.raises(InvalidPlan, match=named):
        plan(cases, seed, start)


def test_too_many_customers_or_cases_a_day_are_refused() -> None:
    with pytest.raises(InvalidPlan, match="customers: 0 was asked for"):
        plan(10, 7, START, customers=0)
    with pytest.raises(InvalidPlan, match="cases a day: 20001 was asked for; give 1 to 20000"):
        plan(10, 7, START, cases_a_day=20_001)
