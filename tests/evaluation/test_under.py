"""What a case would be under other policies: which pinned one gives way, and what stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from casecore.cases import commands as c
from casecore.clocks.instants import micros
from casecore.contract.cases import Category, Priority
from casecore.contract.service_levels import Covers, Policy, PolicyPinned
from casecore.evaluation.case_events import CaseEvents, lacks, under, wins
from tests.cases.promises import policy
from tests.clocks.casebook import CUSTOMER, PARTNER, RESELLER, VENDOR, CaseWriter
from tests.clocks.random_cases import RandomCase, random_cases
from tests.evaluation.stories import case_of_events
from tests.profiles import scaled

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
FIRST = policy("first")
LEVEL_1 = policy("level-1", Covers.LEVEL_1)
SPECIFIC = {"customers": (CUSTOMER,)}


def minute(count: int) -> datetime:
    return START + timedelta(minutes=count)


def story(*pins: tuple[int, Policy]) -> CaseEvents:
    """A case opened at 0, taken at 10, changed at 15, escalated at 20, handed back, escalated again at 40;
    these policies were pinned at their minutes, after what else happened there."""
    steps: dict[int, c.PlainAction] = {
        0: c.OpenCase(
            customer=CUSTOMER, seller=RESELLER, category=Category.TECHNICAL_SUPPORT, topic="backup_set_up"
        ),
        10: c.TakeCase(agent="ida"),
        15: c.ChangePriority(priority=Priority.URGENT),
        20: c.EscalateCase(),
        30: c.HandBackCase(),
        40: c.EscalateCase(),
    }
    writer = CaseWriter()
    for count, step in steps.items():
        writer.act(minute(count), step)
        for at, pinned in pins:
            if at == count:
                writer.pin(minute(at), pinned)
    for at, pinned in pins:
        if at not in steps:  # recorded late, after the end
            writer.pin(minute(at), pinned)
    return case_of_events(writer.events)


def pins_of(case: CaseEvents) -> list[tuple[int, Policy]]:
    """The minutes at which policies were pinned, and which."""
    return [
        ((happened.at - micros(START)) // 60_000_000, happened.data.policy)
        for happened in case.events
        if isinstance(happened.data, PolicyPinned)
    ]


def test_a_policy_takes_the_place_of_the_one_with_its_id_wherever_that_is_pinned() -> None:
    # Given a case under `first`, then by hand under `second`, then under `first` again
    second = policy("second")
    case = story((0, FIRST), (15, second), (20, FIRST))
    # When `first` were another one, also one that would not match this case
    other = policy("first", hours=1, version=2, match={"customers": ("somebody-else",)})
    # Then it is so at both places, and the one by hand stays
    assert pins_of(under(case, [other])) == [(0, other), (15, second), (20, other)]


def test_another_id_takes_the_place_of_the_first_one_only_and_what_was_pinned_by_hand_stays() -> None:
    by_hand = policy("by-hand")
    new = policy("new", match=SPECIFIC)
    assert pins_of(under(story((0, FIRST), (15, by_hand)), [new])) == [(0, new), (15, by_hand)]


def test_another_id_takes_the_place_of_what_does_not_go_before_it() -> None:
    # Given a case under the vendor's policy for this customer
    pinned = policy("pinned", match=SPECIFIC)
    case = story((0, pinned))
    # Then what is less specific does not come instead of it; what is as specific does, and the seller's own
    for loser in (policy("new"), policy("new", match={"topics": ("x",)})):
        assert under(case, [loser]) is case
    assert under(case, [policy("new", match=SPECIFIC)]) is not case
    sellers = policy("new", organisation=RESELLER)
    assert pins_of(under(case, [sellers])) == [(0, sellers)]
    # and against the seller's own the vendor's loses, however specific.
    case = story((0, sellers))
    assert under(case, [pinned]) is case
    # One whose id is pinned there later has its place, and does not come to another one.
    by_hand = policy("by-hand", match=SPECIFIC)
    case = story((0, FIRST), (15, by_hand))
    assert under(case, [by_hand]) is case


def test_the_first_one_is_the_one_that_holds_first_whenever_it_was_recorded() -> None:
    # Given a case to which a policy was pinned at minute 20, and later one that holds from minute 5
    case = story((20, FIRST), (5, policy("earlier")))
    new = policy("new", match=SPECIFIC)
    assert pins_of(under(case, [new])) == [(20, FIRST), (5, new)]


def test_a_case_that_never_had_one_gets_it_at_its_opening_or_first_arrival() -> None:
    new, level = policy("new"), policy("new-level", Covers.LEVEL_1)
    assert pins_of(under(story(), [level, new])) == [(0, new), (20, level)]
    assert pins_of(under(story((0, FIRST)), [level])) == [(0, FIRST), (20, level)]
    # What comes at an event comes after it.
    kinds = [type(happened.data).__name__ for happened in under(story(), [level, new]).events]
    assert kinds[:2] == ["CaseOpened", "PolicyPinned"]
    assert kinds[kinds.index("CaseEscalated") + 1] == "PolicyPinned"
    assert under(story(), [new]).history().marks[2].at == micros(START)


def test_a_match_is_judged_as_the_case_stood_when_it_was_opened_or_arrived() -> None:
    # Given a case that became urgent between its opening and its arrival at the vendor
    urgent: dict[str, object] = {"match": {"priorities": (Priority.URGENT,)}}
    assert under(case := story(), [policy("whole", **urgent)]) is case
    level = policy("level", Covers.LEVEL_1, **urgent)
    assert pins_of(under(case, [level])) == [(20, level)]


def test_when_it_comes_into_force_does_not_matter() -> None:
    new = policy("new", match=SPECIFIC, in_force_from=datetime(2035, 1, 1, tzinfo=UTC))
    assert pins_of(under(story((0, FIRST)), [new])) == [(0, new)]


def test_of_several_the_most_specific_holds_in_whatever_order_they_are_given() -> None:
    unspecific, specific = policy("a"), policy("b", match={"customers": (CUSTOMER,)})
    for given_ones in ([unspecific, specific], [specific, unspecific]):
        assert pins_of(under(story(), given_ones)) == [(0, specific)]


def test_another_organisations_level_is_left_alone() -> None:
    case = story((20, LEVEL_1))
    assert under(case, [policy("x", Covers.LEVEL_0, organisation="stranger")]) is case
    assert under(case, [policy("x", Covers.PARTNER, organisation=PARTNER)]) is case
    own = policy("x", Covers.LEVEL_0, organisation=RESELLER)
    assert pins_of(under(case, [own])) == [(10, own), (20, LEVEL_1)]


def test_a_policy_of_the_same_id_that_covers_something_else_is_another_one() -> None:
    case = story((0, FIRST), (20, LEVEL_1))
    moved = policy("first", Covers.LEVEL_1, match=SPECIFIC)
    assert pins_of(under(case, [moved])) == [(0, FIRST), (20, moved)]


def test_a_case_that_nothing_changes_is_the_same_object() -> None:
    case = story((0, FIRST), (20, LEVEL_1))
    assert under(case, []) is case
    assert under(case, [FIRST]) is case
    assert under(case, [FIRST, LEVEL_1]) is case
    assert under(case, [policy("x", match={"customers": ("somebody-else",)})]) is case


@scaled(1, suppressed=list(HealthCheck))
@given(random_cases())
def test_a_case_under_its_own_policies_is_what_it_is_and_under_another_nothing_else_changes(
    case: RandomCase,
) -> None:
    written = case_of_events(case.events)
    new = policy("new")
    other = under(written, [new])
    without_pins = [h for h in written.events if not isinstance(h.data, PolicyPinned)]
    assert [h for h in other.events if not isinstance(h.data, PolicyPinned)] == without_pins
    assert len(pins_of(other)) in (len(pins_of(written)), len(pins_of(written)) + 1)
    assert under(other, [new]) is other
    if not any(pinned.covers is Covers.END_TO_END for _, pinned in pins_of(written)):
        assert new in [pinned for _, pinned in pins_of(other)]


@scaled(1, suppressed=list(HealthCheck))
@given(random_cases(), st.data())
def test_a_case_under_any_of_the_policies_that_are_pinned_is_what_it_is(
    case: RandomCase, data: st.DataObject
) -> None:
    written = case_of_events(case.events)
    pinned = {policy.id: policy for _, policy in pins_of(written)}
    # Given no policy that is pinned in two versions, of which each would take the other's place
    assume(all(pinned[policy.id] == policy for _, policy in pins_of(written)))
    some = data.draw(
        st.lists(st.sampled_from(list(pinned.values())), unique_by=id) if pinned else st.just([])
    )
    assert under(written, some) is written


def test_of_the_policies_that_a_case_lacks_the_one_that_goes_before_the_others_wins() -> None:
    general, specific = policy("general"), policy("specific", match=SPECIFIC)
    sellers = policy("sellers", organisation=RESELLER)
    case = story()
    for one, others, expected in (
        (general, [specific], False),
        (specific, [general], True),
        (specific, [general, sellers], False),
        (sellers, [general, specific], True),
        # an older version of its own, what is as specific, and what is not for the case
        (general, [policy("general", version=2, match=SPECIFIC)], True),
        (general, [policy("other")], True),
        (general, [policy("x", match={"customers": ("somebody-else",)}), LEVEL_1], True),
    ):
        assert wins(case, one, others) is expected, (one.id, [other.id for other in others])


def test_a_case_lacks_what_it_matches_and_has_nothing_of() -> None:
    assert lacks(story(), FIRST)
    assert lacks(story((20, LEVEL_1)), FIRST)
    assert not lacks(story((0, FIRST)), policy("other"))
    assert not lacks(story((40, FIRST)), FIRST)
    assert not lacks(story(), policy("x", match={"customers": ("somebody-else",)}))
    assert not lacks(story(), policy("x", Covers.PARTNER, organisation=VENDOR))
    assert lacks(story(), policy("x", Covers.LEVEL_0, organisation=RESELLER))
