"""A party's statement: its valid memos, tax once for each rate, and how it has changed since somebody took
it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from casecore.billing.fees.statement import PostedMemo, change_since, statement_of
from casecore.contract.billing import EventRef
from casecore.contract.fees import CustomerYear, Fee
from tests.billing.fees.filed_cases import CUSTOMER, OTHER_CUSTOMER, OTHER_SELLER, SELLER
from tests.billing.fees.office import LEVEL_0

REF = EventRef(UUID(int=0), 1)
LAST = 100


def memo(
    number: int,
    cents: int = 100,
    percent: str | None = "19",
    customer: str = CUSTOMER,
    due_on: date = date(2025, 7, 1),
    party: str = SELLER,
    recorded: int = 1,
    reversed_at: int | None = None,
) -> PostedMemo:
    fee = Fee(
        party=party,
        customer=customer,
        service=LEVEL_0,
        covers=CustomerYear(due_on, due_on + timedelta(days=364)),
        due_on=due_on,
        net_cents=cents,
        vat_percent=None if percent is None else Decimal(percent),
        agreement=REF,
    )
    return PostedMemo(fee, EventRef(UUID(int=number), 1), REF, recorded, reversed_at)


def test_tax_is_computed_once_for_each_rate_on_the_sum_half_up() -> None:
    # Given three memos of 0.50 at 19 % (each would be taxed 0.095), one at 16 %, and one without tax
    posted = [memo(n, 50) for n in range(3)] + [memo(3, 125, "16.0"), memo(4, 1000, None)]
    # Then 28.5 cents are 29, 20 are 20, and nothing is taxed where no tax is charged
    statement = statement_of(SELLER, 2025, posted, LAST)
    assert [(r.percent, r.net_cents, r.vat_cents) for r in statement.rates] == [
        (None, 1000, 0),
        (Decimal(16), 125, 20),
        (Decimal(19), 150, 29),
    ]
    assert (statement.net_cents, statement.vat_cents, statement.gross_cents) == (1275, 49, 1324)


def test_it_has_the_partys_fees_that_fell_due_in_the_year_by_customer_and_day() -> None:
    posted = [
        memo(1, customer=OTHER_CUSTOMER, due_on=date(2025, 12, 31)),
        memo(2, due_on=date(2025, 6, 1), cents=7),
        memo(3, due_on=date(2025, 1, 1), cents=5),
        memo(4, due_on=date(2024, 12, 31)),
        memo(5, due_on=date(2026, 1, 1)),
        memo(6, party=OTHER_SELLER),
    ]
    parts = statement_of(SELLER, 2025, posted, LAST).customers
    found = [
        (part.customer, part.net_cents, [one.event.stream_id.int for one in part.memos]) for part in parts
    ]
    assert found == [(CUSTOMER, 12, [3, 2]), (OTHER_CUSTOMER, 100, [1])]


def test_nothing_is_stated_where_nothing_fell_due() -> None:
    statement = statement_of(SELLER, 2025, [], LAST)
    assert (statement.customers, statement.rates, statement.gross_cents) == ((), (), 0)


def test_the_change_since_an_earlier_statement_names_what_came_and_what_went() -> None:
    # Given a statement taken at position 5, a memo recorded after it, and another taken back after it
    posted = [memo(1, recorded=2), memo(2, recorded=3, reversed_at=7), memo(3, 50, recorded=8)]
    before = statement_of(SELLER, 2025, posted, 5)
    assert before.gross_cents == 238
    # Then the change names both, and leads from the one sum to the other
    change = change_since(before, statement_of(SELLER, 2025, posted, 8))
    assert [one.event.stream_id.int for one in change.came] == [3]
    assert [one.event.stream_id.int for one in change.went] == [2]
    assert (change.net_cents, change.vat_cents, change.gross_cents) == (-50, 29 - 38, 179 - 238)


POSITIONS = st.integers(1, LAST)
POSTED = st.lists(
    st.tuples(
        st.integers(1, 100_000),
        st.sampled_from([None, "19", "19.00", "16", "7.7"]),
        st.sampled_from([CUSTOMER, OTHER_CUSTOMER]),
        st.dates(date(2024, 12, 30), date(2026, 1, 2)),
        POSITIONS,
        st.none() | POSITIONS,
    ),
    max_size=12,
)


@given(POSTED, st.lists(POSITIONS, min_size=1, max_size=4))
def test_sums_are_those_of_an_independent_computation_and_all_changes_add_up(
    drawn: list[tuple[int, str | None, str, date, int, int | None]], positions: list[int]
) -> None:
    # Given memos recorded and taken back anywhere in the log
    posted = [
        memo(number, cents, percent, customer, due_on, recorded=at, reversed_at=back and max(at, back))
        for number, (cents, percent, customer, due_on, at, back) in enumerate(drawn)
    ]
    # When a party takes its statement at some positions
    taken = [statement_of(SELLER, 2025, posted, position) for position in sorted(positions)]
    # Then each agrees with an independent computation
    for statement in taken:
        net, vat = _computed(drawn, statement.as_of_position)
        assert (statement.net_cents, statement.vat_cents, statement.gross_cents) == (net, vat, net + vat)
        assert sum(part.net_cents for part in statement.customers) == net
    # and the first one and all changes come to the last one, to the cent.
    changes = [change_since(before, after) for before, after in pairwise(taken)]
    assert taken[0].gross_cents + sum(c.gross_cents for c in changes) == taken[-1].gross_cents
    for change, after in zip(changes, taken[1:], strict=True):
        came, went = (sum(m.fee.net_cents for m in memos) for memos in (change.came, change.went))
        assert came - went == change.net_cents
        assert after.net_cents - change.net_cents >= 0


def _computed(
    drawn: list[tuple[int, str | None, str, date, int, int | None]], position: int
) -> tuple[int, int]:
    by_rate: dict[Decimal, int] = {}
    for cents, percent, _, due_on, at, back in drawn:
        is_back = back is not None and max(at, back) <= position
        if due_on.year == 2025 and at <= position and not is_back:
            rate = Decimal(percent or 0)
            by_rate[rate] = by_rate.get(rate, 0) + cents
    exact = [(Decimal(net) * rate / 100) for rate, net in by_rate.items()]
    return sum(by_rate.values()), int(sum(tax.quantize(Decimal(1), ROUND_HALF_UP) for tax in exact))
