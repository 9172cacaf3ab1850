"""Publishing calendars and policies: once, in order, by their owner, and never a tie."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from casecore.contract.cases import Priority
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.contract.service_levels import (
    Calendar,
    CalendarPublished,
    Covers,
    Policy,
    PolicyPublished,
)
from casecore.contract.streams import party_stream_id
from casecore.decider.command import GivenActor
from casecore.parties.refusals import OrganisationUnknown
from casecore.service_levels import refusals as r
from casecore.service_levels.book import Book
from tests.cases.promises import IN_FORCE_FROM, LAST_ON, book, calendar, policy
from tests.cases.steps import PRACTICE, SELLER, SELLERS_AGENT, VENDOR, VENDORS_AGENT
from tests.licences.steps import party
from tests.service_levels.steps import OFFICE, ONE, OTHER, SPEC, given, publish, shelf

# Once, and never another content under the same name.


def test_a_calendar_is_published_with_the_names_of_its_holidays() -> None:
    first = given(Book()).when(publish(OFFICE, VENDORS_AGENT))
    first.then(
        CalendarPublished(
            organisation=VENDOR,
            calendar=OFFICE,
            definition_sha256=ONE,
            holiday_names={"2026-12-25": "Christmas"},
        )
    )
    assert first.state is not None
    kept = first.state.calendar("office")
    assert kept is not None
    assert (kept.calendar, kept.organisation, kept.definition_sha256) == (OFFICE, VENDOR, ONE)


def test_a_policy_is_published_with_its_calendar() -> None:
    gold = policy("gold")
    shelf().when(publish(gold, VENDORS_AGENT)).then(PolicyPublished(policy=gold, definition_sha256=ONE))


def test_the_first_publication_makes_the_book() -> None:
    first = SPEC.given().when(publish(OFFICE)).then(CalendarPublished)
    assert first.state is not None
    assert first.state.calendar("office") is not None


@pytest.mark.parametrize("what", [OFFICE, policy("gold")], ids=["calendar", "policy"])
def test_the_same_again_changes_nothing_and_the_refusal_of_another_content_names_the_next_version(
    what: Calendar | Policy,
) -> None:
    there = shelf().when(publish(what))
    there.when(publish(what)).then_nothing()
    there.when(publish(what, sha=OTHER)).then_refused(r.VersionPublished, "make this one version 2", what.id)


def test_an_old_version_given_again_changes_nothing_also_after_a_newer_one() -> None:
    there = shelf().when(publish(policy("gold"))).when(publish(policy("gold", version=2), sha=OTHER))
    there.then(PolicyPublished)
    there.when(publish(policy("gold"))).then_nothing()
    there.when(publish(policy("gold"), sha=OTHER)).then_refused(r.VersionPublished, "make this one version 3")


def test_the_same_definition_fixed_differently_by_a_later_library_changes_nothing() -> None:
    later = calendar(holidays=(date(2026, 5, 8),))
    shelf().when(publish(later)).then_nothing()


@pytest.mark.parametrize("version", [-1, 0, 2, 7])
def test_the_refusal_of_a_version_out_of_order_names_the_next_one(version: int) -> None:
    given(Book()).when(publish(calendar(version=version))).then_refused(
        r.VersionOutOfOrder, "the next one is 1"
    )
    shelf().when(publish(policy("gold", version=version))).then_refused(
        r.VersionOutOfOrder, "the next one is 1"
    )
    beyond = version + 1 if version > 1 else version
    shelf(policy("gold")).when(publish(policy("gold", version=beyond))).then_refused(
        r.VersionOutOfOrder, f"the next one is 2, not {beyond}"
    )


def test_a_version_is_not_in_force_before_the_version_before_it() -> None:
    # Given version 1 in force from some day, then version 2 may be so from the same moment, and no earlier
    there = shelf(policy("gold"))
    moment = timedelta(microseconds=1)
    earlier = policy("gold", version=2, in_force_from=IN_FORCE_FROM - moment)
    there.when(publish(earlier, sha=OTHER)).then_refused(
        r.InForceTooEarly, "Version 2 of gold", IN_FORCE_FROM.isoformat(), "or later"
    )
    there.when(publish(policy("gold", version=2), sha=OTHER))
    later = policy("gold", version=3, in_force_from=IN_FORCE_FROM + moment)
    there.when(publish(later, sha=OTHER)).then(PolicyPublished)


# By its owner.


def test_an_id_belongs_to_the_organisation_that_published_it_first() -> None:
    # Whose it is, is nobody else's business
    shelf().when(publish(OFFICE, SELLERS_AGENT, owner=SELLER)).then_refused(
        r.IdOfAnother, "belongs to another organisation", "choose another one"
    )
    theirs = policy("gold", organisation=SELLER)
    shelf(policy("gold")).when(publish(theirs, SELLERS_AGENT)).then_refused(
        r.IdOfAnother, "gold", "belongs to another organisation", SELLER
    )


@pytest.mark.parametrize("what", [OFFICE, policy("gold")], ids=["calendar", "policy"])
def test_nobody_publishes_for_another_organisation_and_no_customer_at_all(what: Calendar | Policy) -> None:
    customer = GivenActor("anna", VENDOR, Role.CUSTOMER)
    for actor in (SELLERS_AGENT, GivenActor("anna", PRACTICE, Role.CUSTOMER), customer):
        shelf().when(publish(what, actor)).then_refused(r.NotYourServiceLevel, f"only an agent of {VENDOR}")


@pytest.mark.parametrize("role", [Role.SELLER, Role.VENDOR, Role.PARTNER])
def test_an_agent_publishes_for_the_agents_own_organisation_in_any_role(role: Role) -> None:
    agent = GivenActor("x", VENDOR, role)
    given(Book()).when(publish(OFFICE, agent)).when(publish(policy("gold"), agent)).then(PolicyPublished)


def test_the_vendors_agents_publish_for_an_organisation_what_stays_its_own() -> None:
    theirs = policy("gold", organisation=SELLER)
    published = given(Book()).when(publish(OFFICE, VENDORS_AGENT, owner=SELLER))
    published.when(publish(theirs, VENDORS_AGENT)).then(PolicyPublished)
    published.when(publish(OFFICE, VENDORS_AGENT)).then_refused(r.IdOfAnother, SELLER)
    # And who says it is the vendor, and is not, publishes for nobody else
    pretender = GivenActor("x", "pretender", Role.VENDOR)
    published.when(publish(OFFICE, pretender, owner=SELLER)).then_refused(r.NotYourServiceLevel, SELLER)


@pytest.mark.parametrize("what", [OFFICE, policy("gold", organisation=SELLER)], ids=["calendar", "policy"])
def test_where_parties_are_registered_one_that_gives_support_publishes(what: Calendar | Policy) -> None:
    kept, published = replace(SPEC, registered_only=True), book(calendars=[(SELLER, OFFICE)])
    state = None if isinstance(what, Calendar) else published
    for roles in ((), (PartyRole.CUSTOMER,)):
        known = {party_stream_id(SELLER): party(SELLER, *roles)} if roles else {}
        for actor in (SELLERS_AGENT, VENDORS_AGENT):
            there = kept.given(state=state, related=known).when(publish(what, actor, owner=SELLER))
            there.then_refused(OrganisationUnknown, f"organisation is {SELLER}", "support_partner")
    known = {party_stream_id(SELLER): party(SELLER, PartyRole.RESELLER)}
    assert kept.given(state=state, related=known).when(publish(what, SELLERS_AGENT, owner=SELLER)).made()
    # The vendor needs no registration
    assert kept.given().when(publish(OFFICE, VENDORS_AGENT)).made()


# Without faults.


def test_a_calendar_or_policy_with_faults_is_refused_and_the_faults_are_named() -> None:
    never_open = calendar(weekly=((),) * 7)
    given(Book()).when(publish(never_open)).then_refused(r.InvalidCalendar, "no open hour")
    no_clock = policy("gold", clocks=())
    shelf().when(publish(no_clock)).then_refused(r.InvalidPolicy, "clocks: there is none")
    at_level = policy("gold", Covers.LEVEL_1)
    whole_at_level = policy("gold", Covers.LEVEL_1, clocks=policy("x").clocks)
    shelf().when(publish(whole_at_level)).then_refused(r.InvalidPolicy, "hand_over, level_time")
    shelf().when(publish(at_level)).then(PolicyPublished)


def test_a_policy_needs_its_calendar_published_with_the_same_content() -> None:
    gold = policy("gold")
    words = ("version 1 of the calendar office", "publish the calendar first")
    given(Book()).when(publish(gold)).then_refused(r.CalendarNotPublished, *words)
    given(book(calendars=[(SELLER, OFFICE)])).when(publish(gold)).then_refused(r.CalendarNotPublished, *words)
    shelf().when(publish(policy("gold", calendar=calendar(version=2)))).then_refused(
        r.CalendarNotPublished, "version 2 of the calendar office"
    )
    otherwise = calendar(holidays=(date(2026, 5, 8),))
    shelf().when(publish(policy("gold", calendar=otherwise))).then_refused(r.CalendarNotPublished, *words)


def test_a_policy_may_be_measured_by_an_older_version_of_its_calendar() -> None:
    both = given(book(calendars=[(VENDOR, OFFICE), (VENDOR, calendar(version=2))]))
    both.when(publish(policy("gold"))).then(PolicyPublished)
    match = {"topics": ("activation",)}
    silver = policy("silver", calendar=calendar(version=2), match=match)
    both.when(publish(silver)).then(PolicyPublished)


# Ties.


def test_a_tie_is_refused_with_the_names_of_what_it_ties_with() -> None:
    there = shelf(policy("gold"), policy("level", Covers.LEVEL_1))
    there.when(publish(policy("silver"))).then_refused(
        r.PolicyTies, "silver", "gold (version 1)", "name a customer"
    )
    assert "level" not in str(there.refusal).split("silver")[1].split(",")[0]


@pytest.mark.parametrize(
    "apart",
    [
        {"match": {"customers": ("b",)}},
        {"match": {"sellers": ("a",)}},
        {"match": {"customers": ("a",), "sellers": ("a",)}},
        {"match": {}},
        {"covers": Covers.LEVEL_1, "match": {"customers": ("a",)}},
        {"match": {"customers": ("a",)}, "in_force_until": IN_FORCE_FROM + timedelta(days=10)},
        {"match": {"customers": ("a",)}, "in_force_from": IN_FORCE_FROM + timedelta(days=30)},
    ],
    ids=str,
)
def test_what_differs_in_one_of_these_does_not_tie(apart: dict[str, object]) -> None:
    # Given a policy for customer a, in force from the 10th day until before the 30th
    first = policy(
        "first",
        match={"customers": ("a", "c")},
        in_force_from=IN_FORCE_FROM + timedelta(days=10),
        in_force_until=IN_FORCE_FROM + timedelta(days=30),
    )
    shelf(first).when(publish(policy("second", **apart))).then(PolicyPublished)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "until"),
    [(-5, None), (-5, 11), (29, None), (10, 30), (15, 16)],
)
def test_a_moment_in_common_is_enough_for_a_tie(days: int, until: int | None) -> None:
    since = IN_FORCE_FROM + timedelta(days=10)
    first = policy("first", in_force_from=since, in_force_until=IN_FORCE_FROM + timedelta(days=30))
    second = policy(
        "second",
        in_force_from=IN_FORCE_FROM + timedelta(days=days),
        in_force_until=None if until is None else IN_FORCE_FROM + timedelta(days=until),
    )
    shelf(first).when(publish(second)).then_refused(r.PolicyTies, "first (version 1)")


def test_a_policy_that_was_replaced_by_its_next_version_is_not_a_rival() -> None:
    later = IN_FORCE_FROM + timedelta(days=60)
    replaced = shelf(
        policy("first"),
        policy("first", version=2, in_force_from=later, match={"customers": ("b",)}),
    )
    replaced.when(publish(policy("second", in_force_from=later - timedelta(microseconds=1)))).then_refused(
        r.PolicyTies, "first (version 1)"
    )
    replaced.when(publish(policy("second", in_force_from=later))).then(PolicyPublished)


def test_a_next_version_may_not_tie_either_and_does_not_tie_with_its_own_last_one() -> None:
    there = shelf(policy("gold"), policy("silver", match={"priorities": (Priority.LOW,)}))
    there.when(publish(policy("gold", version=2))).then(PolicyPublished)
    there.when(publish(policy("silver", version=2), sha=OTHER)).then_refused(r.PolicyTies, "gold (version 2)")


def test_another_organisations_policies_are_not_rivals() -> None:
    theirs = calendar(id="theirs", last_on=LAST_ON)
    both = given(book(policy("gold"), calendars=[(VENDOR, OFFICE), (SELLER, theirs)]))
    own = policy("own", organisation=SELLER, calendar=theirs)
    both.when(publish(own, SELLERS_AGENT)).then(PolicyPublished)
