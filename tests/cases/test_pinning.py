"""Which policies come to hold for a case: with its opening, with an arrival, or by someone's word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from casecore.cases.refusals import (
    BeforeOpening,
    CalendarTooShort,
    CaseUnknown,
    NotPermitted,
    PolicyNotForThisCase,
    PolicyNotInForce,
    PolicyOfAnother,
    PolicyUnknown,
)
from casecore.contract.cases import CaseEscalated, CaseOpened, CaseReopened, CaseTaken, Priority
from casecore.contract.envelope import Role
from casecore.contract.service_levels import Covers, OffsetChange, Policy, PolicyPinned
from casecore.decider.command import GivenActor
from casecore.service_levels.book import Book
from tests.cases.promises import IN_FORCE_FROM, book, calendar, policy
from tests.cases.steps import (
    CUSTOMER,
    OTHER_PARTNER,
    PARTNER,
    PARTNERS_AGENT,
    REFERENCE,
    SELLER,
    SELLERS_AGENT,
    START,
    SYSTEM,
    USE_TOPIC,
    USER_SUPPORT,
    VENDORS_AGENT,
    CaseGiven,
    Step,
    cancel,
    close,
    escalate,
    given,
    hand_back,
    import_row,
    minute,
    opened,
    opened_for_use,
    partner_takes,
    pin,
    publishing,
    reclassify,
    reopen,
    resolve,
    take,
)

WHOLE = policy("whole")
AT_SELLER = policy("seller-level-0", Covers.LEVEL_0, organisation=SELLER)
AT_VENDOR = policy("vendor-level-1", Covers.LEVEL_1)
AT_PARTNER = policy("partner", Covers.PARTNER, organisation=PARTNER)
AT_OTHER_PARTNER = policy("other", Covers.PARTNER, organisation=OTHER_PARTNER)
EVERYTHING = book(WHOLE, AT_SELLER, AT_VENDOR, AT_PARTNER, AT_OTHER_PARTNER)


def pinned_by(story: CaseGiven) -> Policy:
    """The policy that the last step pinned."""
    assert story.refusal is None, story.refusal
    pinned = story.decision.events[-1]
    assert isinstance(pinned, PolicyPinned)
    return pinned.policy


def when_pinned(step: Step, *before: Step, among: Book = EVERYTHING) -> CaseGiven:
    """CaseGiven a case, when somebody pins a policy to it."""
    return given(*before, book=among).when(step)


# With the opening.


def test_an_opening_brings_the_policy_for_the_whole_case_complete_with_its_calendar() -> None:
    story = given(book=EVERYTHING).when(opened()).then(CaseOpened, PolicyPinned, state="opened", reason=None)
    assert pinned_by(story) == WHOLE


def test_where_nothing_is_published_and_where_nothing_matches_a_case_is_opened_without() -> None:
    given().when(opened()).then(CaseOpened)
    given(book=book()).when(opened()).then(CaseOpened)
    others = book(policy("urgent", match={"priorities": (Priority.URGENT,)}), AT_VENDOR)
    given(book=others).when(opened()).then(CaseOpened)


def test_the_first_contacts_own_policy_goes_before_the_vendors() -> None:
    # CaseGiven promises of the seller, of the partner and of the vendor for whole cases
    own, partners = policy("seller's", organisation=SELLER), policy("partner's", organisation=PARTNER)
    all_three = book(WHOLE, own, partners)
    # Then a technical case is under the seller's, user support under the partner's
    assert pinned_by(given(book=all_three).when(opened(partner=PARTNER))) == own
    assert pinned_by(given(book=all_three).when(opened_for_use())) == partners
    # and under the vendor's where the first contact has none that matches
    assert pinned_by(given(book=book(WHOLE, partners)).when(opened(partner=PARTNER))) == WHOLE
    assert pinned_by(given(book=book(WHOLE, own)).when(opened_for_use())) == WHOLE


@pytest.mark.parametrize(
    ("at_minute", "expected"), [(-1, 1), (0, 2), (59, 2), (60, 3), (119, 3), (120, None)]
)
def test_a_case_is_under_what_was_in_force_when_it_occurred_also_when_it_is_recorded_late(
    at_minute: float, expected: int | None
) -> None:
    # CaseGiven three versions, the last of which holds until the second hour is over
    versions = book(
        WHOLE,
        policy("whole", version=2, in_force_from=minute(0)),
        policy("whole", version=3, in_force_from=minute(60), in_force_until=minute(120)),
    )
    # When a case is opened, recorded years later
    story = given(book=versions).when(opened().at(at_minute))
    # Then the version of that minute holds, or none
    if expected is None:
        story.then(CaseOpened)
    else:
        assert pinned_by(story).version == expected


def test_a_case_from_before_the_policy_is_opened_without() -> None:
    before = (IN_FORCE_FROM - START) / timedelta(minutes=1) - 1
    given(book=EVERYTHING).when(opened().at(before)).then(CaseOpened)


# With the first arrival at an organisation's level.


def test_the_first_arrival_at_a_level_brings_that_levels_policy_and_a_second_one_does_not() -> None:
    story = given(opened(), book=EVERYTHING).when(take()).then(CaseTaken, PolicyPinned, state="reseller_l0")
    assert pinned_by(story) == AT_SELLER
    story.when(escalate()).then(CaseEscalated, PolicyPinned, organisation="vendor")
    assert pinned_by(story) == AT_VENDOR
    for again in (hand_back(), escalate(), resolve().by(VENDORS_AGENT), reopen()):
        story.when(again)
        assert len(story.decision.events) == 1


def test_a_level_that_is_skipped_brings_nothing() -> None:
    story = given(opened("recovery"), book=book(AT_SELLER, AT_VENDOR))
    assert pinned_by(story.when(escalate())) == AT_VENDOR
    assert pinned_by(story.when(hand_back())) == AT_SELLER


def test_another_partners_level_is_another_one() -> None:
    story = given(opened_for_use(), book=EVERYTHING)
    assert pinned_by(story.when(partner_takes())) == AT_PARTNER
    handed_on = reclassify(USE_TOPIC, USER_SUPPORT, OTHER_PARTNER).by(PARTNERS_AGENT)
    assert len(story.when(handed_on).decision.events) == 1
    theirs = GivenActor("otto", OTHER_PARTNER, Role.PARTNER)
    assert pinned_by(story.when(take().by(theirs))) == AT_OTHER_PARTNER
    # Back at the first one, its policy holds still.
    back = reclassify(USE_TOPIC, USER_SUPPORT, PARTNER).by(theirs)
    assert len(story.when(back).when(partner_takes()).decision.events) == 1


def test_a_levels_policy_is_chosen_by_the_case_as_it_is_when_it_arrives() -> None:
    urgent = policy("urgent", Covers.LEVEL_1, match={"priorities": (Priority.URGENT,)})
    recovery = policy("recovery", Covers.LEVEL_1, match={"topics": ("recovery",)})
    at_seller = (opened(), take(), reclassify("recovery"))
    assert pinned_by(given(*at_seller, book=book(urgent, recovery, AT_VENDOR)).when(escalate())) == recovery


def test_a_level_without_a_policy_brings_none_also_when_one_is_published_later() -> None:
    # CaseGiven a case that came to the vendor before the vendor had promised anything
    story = given(opened("recovery"), escalate(), hand_back())
    # When there is a promise and the case comes again, it is the second arrival
    story.related = publishing(book(AT_VENDOR))
    story.when(escalate()).then(CaseEscalated)


def test_a_policy_that_someone_pinned_before_the_case_arrived_stays() -> None:
    # CaseGiven a level's policy, pinned by hand while the case was still with the seller
    generous = policy("generous", Covers.LEVEL_1, match={"customers": ("somebody-else",)})
    story = given(opened(), take(), book=book(AT_VENDOR, generous)).when(pin("generous"))
    assert pinned_by(story) == generous
    # When the case arrives, the choice that would be made there does not undo it
    story.when(escalate()).then(CaseEscalated)


def test_an_import_pins_nothing_and_what_follows_it_does() -> None:
    story = given(book=EVERYTHING).when(import_row(take().do, opening=None))  # type: ignore[arg-type]
    story.then(CaseOpened, CaseTaken)
    story.when(import_row(resolve().do, reopen().do))  # type: ignore[arg-type]
    assert not any(isinstance(made, PolicyPinned) for made in story.decision.events)
    # The seller's level was reached by the import, the vendor's is reached now.
    story.when(reopen()).then(CaseReopened)
    assert pinned_by(story.when(escalate())) == AT_VENDOR


# By someone's word.


def test_a_case_without_a_policy_gets_one_with_its_reason() -> None:
    story = given(opened()).when(take())
    story.related = publishing(EVERYTHING)
    story.when(pin("whole", reason="It was imported")).then(
        PolicyPinned, reason="It was imported", state="reseller_l0"
    )
    assert pinned_by(story) == WHOLE


def test_the_version_in_force_at_that_time_is_pinned_or_the_one_that_is_named() -> None:
    versions = book(WHOLE, policy("whole", hours=4, version=2, in_force_from=minute(100)))
    case = given(opened(), book=versions)
    assert pinned_by(given(opened(), book=versions).when(pin("whole", 2).at(10))).version == 2
    case.when(pin("whole").at(50)).then_nothing()
    assert pinned_by(case.when(pin("whole").at(100))).version == 2
    assert pinned_by(case.when(pin("whole", 1).at(200))).version == 1


def test_what_holds_already_is_pinned_once() -> None:
    story = given(opened(), book=EVERYTHING).when(pin("whole")).then_nothing()
    vendors = policy("vendors-own")
    story.related = publishing(book(WHOLE, vendors))
    assert pinned_by(story.when(pin("vendors-own").at(10))) == vendors
    story.when(pin("vendors-own").at(10)).then_nothing()
    story.when(pin("vendors-own").at(20)).then_nothing()
    # Before that, the first one holds still.
    story.when(pin("whole").at(9)).then_nothing()


def test_what_held_before_may_come_to_hold_again() -> None:
    other = policy("other")
    story = given(opened(), book=book(WHOLE, other)).when(pin("other").at(10))
    assert pinned_by(story.when(pin("whole").at(20))) == WHOLE
    assert pinned_by(story.when(pin("other").at(30))) == other


def test_of_several_given_in_any_order_the_one_that_holds_at_that_time_counts() -> None:
    # CaseGiven a case under `whole`, and under `other` from minute 20 on
    other = policy("other")
    story = given(opened(), book=book(WHOLE, other)).when(pin("other").at(20))
    # When it is recorded late that `other` held from minute 10 on, and `whole` again from minute 15
    assert pinned_by(story.when(pin("other").at(10))) == other
    assert pinned_by(story.when(pin("whole").at(15))) == WHOLE
    # Then `other` holds at minute 30, and `whole` at minute 16, so that these change nothing
    story.when(pin("other").at(30)).then_nothing()
    story.when(pin("whole").at(16)).then_nothing()
    assert pinned_by(story.when(pin("whole").at(30))) == WHOLE


def test_levels_and_the_whole_case_are_under_policies_of_their_own() -> None:
    sellers = policy("seller's", organisation=SELLER)
    story = given(opened(), take(), book=book(WHOLE, AT_SELLER, AT_VENDOR))
    story.when(pin("seller-level-0")).then_nothing()
    assert pinned_by(story.when(pin("vendor-level-1"))) == AT_VENDOR
    story.when(pin("whole")).then_nothing()
    story.related = publishing(book(WHOLE, sellers))
    # The seller's promise for the whole case takes over from the vendor's, at that time.
    assert pinned_by(story.when(pin("seller's").at(50))) == sellers
    story.when(pin("seller's").at(60)).then_nothing()
    assert pinned_by(story.when(pin("whole").at(60))) == WHOLE


@pytest.mark.parametrize("ending", [(cancel(),), (take(), resolve(), close())], ids=["cancelled", "closed"])
def test_a_policy_may_be_pinned_after_the_cases_end_and_moves_nothing(ending: tuple[Step, ...]) -> None:
    story = given(opened(), *ending)
    before = story.state
    assert before is not None
    story.related = publishing(EVERYTHING)
    story.when(pin("whole").at(5_000))
    assert pinned_by(story) == WHOLE
    after = story.state
    assert after is not None
    assert (after.changed_at, after.standing, after.ended_at) == (
        before.changed_at,
        before.standing,
        before.ended_at,
    )
    assert after.facts == before.facts + 1


def test_a_pin_may_come_late_and_what_comes_after_it_is_not_out_of_order() -> None:
    story = given(opened(), take().at(60))
    story.related = publishing(EVERYTHING)
    assert pinned_by(story.when(pin("whole").at(5))) == WHOLE
    assert pinned_by(story.when(pin("vendor-level-1").at(500))) == AT_VENDOR
    story.when(escalate().at(60)).then(CaseEscalated)


@pytest.mark.parametrize(
    ("actor", "name"),
    [(SELLERS_AGENT, "seller-level-0"), (VENDORS_AGENT, "vendor-level-1"), (PARTNERS_AGENT, "partner")],
    ids=lambda given: str(getattr(given, "organisation", given)),
)
def test_an_agent_pins_what_belongs_to_the_agents_own_organisation(actor: GivenActor, name: str) -> None:
    case = (opened(partner=PARTNER),)
    assert pinned_by(when_pinned(pin(name).by(actor), *case)).id == name
    for other in {"seller-level-0", "vendor-level-1", "partner"} - {name}:
        when_pinned(pin(other).by(actor), *case).then_refused(PolicyOfAnother, policy=other)
        assert pinned_by(when_pinned(pin(other).by(SYSTEM), *case)).id == other


def test_a_customer_and_a_stranger_pin_nothing() -> None:
    when_pinned(pin("vendor-level-1").by(CUSTOMER), opened()).then_refused(NotPermitted, action="policy")
    stranger = GivenActor("x", "stranger", Role.SELLER)
    when_pinned(pin("vendor-level-1").by(stranger), opened()).then_refused(CaseUnknown, case=REFERENCE)
    given(book=EVERYTHING).when(pin("whole")).then_refused(CaseUnknown, case=REFERENCE)


def test_what_is_not_published_or_not_in_force_cannot_be_pinned() -> None:
    when_pinned(pin("nothing"), opened()).then_refused(PolicyUnknown, policy="policy nothing")
    when_pinned(pin("nothing", 2), opened()).then_refused(PolicyUnknown, policy="policy nothing")
    when_pinned(pin("whole", 2), opened()).then_refused(PolicyUnknown, policy="version 2 of the policy whole")
    over = book(policy("over", in_force_until=minute(-1)))
    when_pinned(pin("over"), opened(), among=over).then_refused(PolicyNotInForce, policy="over")
    assert pinned_by(when_pinned(pin("over", 1), opened(), among=over)).id == "over"


def test_a_policy_of_one_who_does_not_give_that_in_this_case_cannot_be_pinned() -> None:
    when_pinned(pin("other"), opened_for_use()).then_refused(
        PolicyNotForThisCase, owner=OTHER_PARTNER, covers="partner", givers=(PARTNER,)
    )
    story = when_pinned(pin("partner"), opened()).then_refused(PolicyNotForThisCase, givers=("nobody",))
    assert str(story.refusal).endswith("of those that give it: nobody.")
    partners = book(policy("partner's", organisation=PARTNER))
    when_pinned(pin("partner's"), opened(partner=PARTNER), among=partners).then_refused(
        PolicyNotForThisCase, givers=(SELLER, "vendor")
    )


def test_of_a_policy_of_one_without_a_part_in_the_case_nobody_hears() -> None:
    # Neither that there is one, nor its versions, nor whose it is
    for version in (None, 1, 2):
        when_pinned(pin("other", version).by(PARTNERS_AGENT), opened_for_use()).then_refused(
            PolicyUnknown, policy="policy other"
        )


def test_before_the_opening_there_is_nothing_to_pin_to() -> None:
    when_pinned(pin("vendor-level-1").at(9), opened().at(10)).then_refused(BeforeOpening)
    assert pinned_by(when_pinned(pin("vendor-level-1").at(10), opened().at(10))) == AT_VENDOR


@pytest.mark.parametrize(
    ("first_on", "last_on", "offset", "reaches"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), 0, True),
        (date(2026, 3, 3), date(2026, 12, 31), 0, False),
        (date(2026, 1, 1), date(2026, 3, 1), 0, False),
        # At eight in the morning in London it is the next day where it is seventeen hours later.
        (date(2026, 3, 3), date(2026, 12, 31), 17 * 3_600, True),
        (date(2026, 1, 1), date(2026, 3, 2), 17 * 3_600, False),
    ],
)
def test_the_calendar_has_to_reach_to_the_local_day_on_which_the_case_was_opened(
    first_on: date, last_on: date, offset: int, reaches: bool
) -> None:
    starts_at = datetime.combine(first_on, datetime.min.time(), UTC) - timedelta(seconds=offset)
    days = calendar(first_on=first_on, last_on=last_on, offsets=(OffsetChange(starts_at, offset),))
    # In force only long after the opening, so that it is not pinned by itself.
    short = book(policy("short", calendar=days, in_force_from=minute(10_000)))
    story = when_pinned(pin("short", 1), opened().at(0), among=short)
    if reaches:
        assert pinned_by(story).id == "short"
    else:
        story.then_refused(CalendarTooShort, first_on=first_on.isoformat(), last_on=last_on.isoformat())
