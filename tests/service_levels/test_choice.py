"""Which policy applies to a case: the owner's, in force, the most specific; and never by chance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.cases import Category, Priority
from casecore.contract.service_levels import Covers, Match, Policy
from casecore.service_levels.book import Book
from casecore.service_levels.choice import CaseFacts, choose, givers, matches, rivals, specificity
from casecore.service_levels.refusals import InForceTooEarly, InvalidPolicy, PolicyTies, VersionOutOfOrder
from tests.cases.promises import IN_FORCE_FROM, book, calendar, policy
from tests.profiles import scaled
from tests.service_levels.steps import given as given_book
from tests.service_levels.steps import publish

# Few values of each, so that policies meet; a short calendar, so that many are checked quickly.
OWNERS = ("vendor", "seller", "partner")
SHORT = {owner: calendar(id=owner, first_on=date(2026, 1, 1), last_on=date(2026, 3, 31)) for owner in OWNERS}
DAYS = st.integers(0, 4)

CASE = CaseFacts(
    Category.TECHNICAL_SUPPORT, Priority.HIGH, "recovery", "customer-1", "seller", "vendor", "partner"
)


def on_day(day: int) -> datetime:
    return IN_FORCE_FROM + timedelta(days=day)


def some(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.just(()) | st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


matches_of = st.builds(
    Match,
    categories=some(*Category),
    priorities=some(Priority.LOW, Priority.HIGH),
    topics=some("recovery", "activation"),
    sellers=some("seller", "vendor"),
    customers=some("customer-1", "customer-2"),
)


@st.composite
def any_policy(draw: st.DrawFn) -> Policy:
    owner, start, length = draw(st.sampled_from(OWNERS)), draw(DAYS), draw(st.none() | DAYS)
    return policy(
        f"{owner}-{draw(st.integers(1, 3))}",
        draw(st.sampled_from((Covers.END_TO_END, Covers.END_TO_END, Covers.LEVEL_1))),
        organisation=owner,
        version=draw(st.integers(1, 2)),
        calendar=SHORT[owner],
        in_force_from=on_day(start),
        in_force_until=None if length is None else on_day(start + length + 1),
        match=draw(matches_of),
    )


facts = st.builds(
    CaseFacts,
    category=st.sampled_from(Category),
    priority=st.sampled_from(Priority),
    topic=st.sampled_from(("recovery", "activation", "training")),
    customer=st.sampled_from(("customer-1", "customer-2", "customer-3")),
    seller=st.sampled_from(("seller", "vendor")),
    vendor=st.just("vendor"),
    partner=st.sampled_from(("partner", "seller")) | st.none(),
)


def publish_all(policies: list[Policy]) -> Book:
    """The book after somebody tried to publish all of them: ties and versions out of order are refused."""
    story = given_book(book(calendars=SHORT.items()))
    for one in policies:
        if story.attempt(publish(one)) is None:
            assert isinstance(
                story.refusal, (InForceTooEarly, PolicyTies, InvalidPolicy, VersionOutOfOrder)
            ), story.refusal
    assert story.state is not None
    return story.state


def applicable(found: Book, covers: Covers, case: CaseFacts, at: datetime) -> list[Policy]:
    """All policies in force that cover this and match the case: a second implementation of the rules."""
    newest = []
    for versions in found.policies.values():
        begun = [one.policy for one in versions if one.policy.in_force_from <= at]
        if begun and (begun[-1].in_force_until is None or begun[-1].in_force_until > at):
            newest.append(begun[-1])
    fields = ("categories", "priorities", "topics", "sellers", "customers")
    values = (case.category, case.priority, case.topic, case.seller, case.customer)
    return [
        one
        for one in newest
        if one.covers is covers
        and all(
            getattr(one.match, field) in ((),) or value in getattr(one.match, field)
            for field, value in zip(fields, values, strict=True)
        )
    ]


def weight(match: Match) -> int:
    """The weight of a match: a customer weighs more than all the others together, and so on."""
    named = (match.categories, match.priorities, match.topics, match.sellers, match.customers)
    return sum(2**place for place, values in enumerate(named) if values)


@scaled(1.5)
@given(st.lists(any_policy(), max_size=8), facts, st.integers(-1, 10), st.sampled_from(Covers), st.randoms())
def test_the_choice_is_the_owners_most_specific_policy_and_never_by_chance(
    policies: list[Policy], case: CaseFacts, day: int, covers: Covers, chance: Any
) -> None:
    # Given whatever could be published, and any case
    found = publish_all(policies)
    at = on_day(day)
    chosen = choose(found, covers, case, at)
    # Then the most specific one of the first organisation that has any applies
    fitting = applicable(found, covers, case, at)
    first = next((who for who in givers(covers, case) if any(p.organisation == who for p in fitting)), None)
    own = [one for one in fitting if one.organisation == first]
    heaviest = [one for one in own if weight(one.match) == max(weight(p.match) for p in own)]
    assert [chosen] if chosen else heaviest == []
    # and no other is as specific
    assert len(heaviest) <= 1
    # and their order in the book does not matter.
    names = list(found.policies)
    chance.shuffle(names)
    shuffled = Book(found.calendars, {name: found.policies[name] for name in names})
    assert choose(shuffled, covers, case, at) == chosen


@scaled(3)
@given(any_policy(), any_policy(), facts)
def test_two_policies_are_rivals_exactly_if_there_is_a_case_that_both_match(
    one: Policy, other: Policy, case: CaseFacts
) -> None:
    tied = rivals(one, [[other]]) != []
    assert (rivals(other, [[one]]) != []) == tied
    same = one.organisation == other.organisation and one.covers is other.covers
    as_specific = specificity(one.match) == specificity(other.match)
    both = matches(one.match, case) and matches(other.match, case)
    meet = [
        day
        for day in range(12)
        if all(
            p.in_force_from <= on_day(day) and (p.in_force_until or on_day(99)) > on_day(day)
            for p in (one, other)
        )
    ]
    if same and as_specific and both and meet:
        assert tied
    if tied:
        # Then this is such a case.
        common = CaseFacts(
            *(
                next(iter(set(a) & set(b)), value)
                for a, b, value in zip(_values(one.match), _values(other.match), case[:5], strict=True)
            ),
            *case[5:],
        )
        assert same
        assert as_specific
        assert meet
        assert matches(one.match, common)
        assert matches(other.match, common)


def _values(match: Match) -> tuple[tuple[Any, ...], ...]:
    return (match.categories, match.priorities, match.topics, match.customers, match.sellers)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (
            {"customers": ("customer-1",)},
            {"sellers": ("seller",), "topics": ("recovery",), "priorities": (Priority.HIGH,)},
        ),
        ({"sellers": ("seller",)}, {"topics": ("recovery",), "priorities": (Priority.HIGH,)}),
        ({"topics": ("recovery",)}, {"priorities": (Priority.HIGH,), "categories": (CASE.category,)}),
        ({"priorities": (Priority.HIGH,)}, {"categories": (CASE.category,)}),
        ({"categories": (CASE.category,)}, {}),
        ({"customers": ("customer-1",), "categories": (CASE.category,)}, {"customers": ("customer-1",)}),
    ],
    ids=str,
)
def test_a_match_with_customers_comes_before_any_other_and_so_on(
    more: dict[str, Any], less: dict[str, Any]
) -> None:
    for pair in ((more, less), (less, more)):
        both = book(*(policy(f"p{n}", match=match) for n, match in enumerate(pair)))
        chosen = choose(both, Covers.END_TO_END, CASE, on_day(0))
        assert chosen is not None
        assert chosen.match == Match(**more)


@pytest.mark.parametrize("field", ["categories", "priorities", "topics", "sellers", "customers"])
def test_a_policy_is_for_the_cases_that_have_one_of_the_values_in_each_field(field: str) -> None:
    own = {
        "categories": CASE.category,
        "priorities": CASE.priority,
        "topics": CASE.topic,
        "sellers": CASE.seller,
        "customers": CASE.customer,
    }
    other = {
        "categories": Category.USER_SUPPORT,
        "priorities": Priority.LOW,
        "topics": "activation",
        "sellers": "vendor",
        "customers": "customer-2",
    }
    everything = {name: (other[name], value) for name, value in own.items()}
    assert matches(Match(**everything), CASE)  # type: ignore[arg-type]
    assert not matches(Match(**{**everything, field: (other[field],)}), CASE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("covers", "category", "expected"),
    [
        (Covers.END_TO_END, Category.TECHNICAL_SUPPORT, ("seller", "vendor")),
        (Covers.END_TO_END, Category.USER_SUPPORT, ("partner", "vendor")),
        (Covers.LEVEL_0, Category.TECHNICAL_SUPPORT, ("seller",)),
        (Covers.LEVEL_1, Category.TECHNICAL_SUPPORT, ("vendor",)),
        (Covers.PARTNER, Category.USER_SUPPORT, ("partner",)),
    ],
)
def test_a_levels_policy_is_its_givers_and_the_whole_cases_the_first_contacts_or_the_vendors(
    covers: Covers, category: Category, expected: tuple[str, ...]
) -> None:
    assert givers(covers, CASE._replace(category=category)) == expected


def test_the_first_contacts_unspecific_policy_comes_before_the_vendors_specific_one() -> None:
    own = policy("own", organisation="seller")
    both = book(policy("vendor's", match={"customers": ("customer-1",)}), own)
    assert choose(both, Covers.END_TO_END, CASE, on_day(0)) == own


def test_a_case_without_a_partner_gets_no_partners_policy() -> None:
    assert (
        choose(book(policy("p", Covers.PARTNER)), Covers.PARTNER, CASE._replace(partner=None), on_day(0))
        is None
    )
