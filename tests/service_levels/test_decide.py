"""Publishing calendars and policies: once, in order, by their owner, and never a tie."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from casecore.contract.cases import Priority
from casecore.contract.envelope import Role
from casecore.contract.service_levels import (
    Calendar,
    CalendarPublished,
    Covers,
    Policy,
    PolicyPublished,
)
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.decider.refusal import Refusal
from casecore.service_levels import refusals as r
from casecore.service_levels.book import Book
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decider import SERVICE_LEVELS
from tests.cases.promises import IN_FORCE_FROM, LAST_ON, book, calendar, policy, published
from tests.cases.steps import LAST, PRACTICE, SELLER, SELLERS_AGENT, SYSTEM, VENDOR, VENDORS_AGENT

ONE, OTHER = "0f" * 32, "1e" * 32
OFFICE = calendar()
WITH_OFFICE = ((VENDOR, OFFICE),)


class Shelf:
    """A book in which somebody publishes."""

    def __init__(self, of: Book) -> None:
        self.book = of
        self.refusal: Refusal | None = None
        self.made: tuple[object, ...] = ()

    def publish(
        self,
        what: Calendar | Policy,
        by: GivenActor = SYSTEM,
        owner: str = VENDOR,
        sha: str = ONE,
    ) -> Shelf:
        """Publish it; a refusal leaves the book as it is."""
        do: PublishCalendar | PublishPolicy
        if isinstance(what, Calendar):
            named = {date(2026, 12, 25): "Christmas"}
            do = PublishCalendar(
                organisation=owner, calendar=what, definition_sha256=sha, holiday_names=named
            )
        else:
            do = PublishPolicy(policy=what, definition_sha256=sha)
        command = ServiceLevelCommand(command_id=UUID(int=0), actor=by, do=do)
        self.refusal, self.made = None, ()
        try:
            decision = SERVICE_LEVELS.decide(self.book, command, Context(LAST, LAST, VENDOR))
        except Refusal as refusal:
            self.refusal = refusal
            return self
        self.made = decision.events
        for data in decision.events:
            self.book = SERVICE_LEVELS.evolve(self.book, published(data))
        return self

    def refused(self, kind: type[Refusal], *words: str) -> None:
        """It was refused for that reason, in a sentence with these words."""
        assert type(self.refusal) is kind, (self.refusal, self.made)
        said = str(self.refusal)
        assert "{" not in said
        for word in words:
            assert word in said, said


def shelf(*policies: Policy) -> Shelf:
    """The vendor's office hours and these policies are published."""
    return Shelf(book(*policies, calendars=WITH_OFFICE))


# Once, and never another content under the same name.


def test_a_calendar_is_published_with_the_names_of_its_holidays() -> None:
    first = Shelf(Book()).publish(OFFICE, VENDORS_AGENT)
    assert first.made == (
        CalendarPublished(
            organisation=VENDOR,
            calendar=OFFICE,
            definition_sha256=ONE,
            holiday_names={date(2026, 12, 25): "Christmas"},
        ),
    )
    kept = first.book.calendar("office")
    assert kept is not None
    assert (kept.calendar, kept.organisation, kept.definition_sha256) == (OFFICE, VENDOR, ONE)


def test_a_policy_is_published_with_its_calendar() -> None:
    gold = policy("gold")
    assert shelf().publish(gold, VENDORS_AGENT).made == (PolicyPublished(policy=gold, definition_sha256=ONE),)


def test_the_first_publication_makes_the_book() -> None:
    command = ServiceLevelCommand(
        command_id=UUID(int=0),
        actor=SYSTEM,
        do=PublishCalendar(organisation=VENDOR, calendar=OFFICE, definition_sha256=ONE),
    )
    (made,) = SERVICE_LEVELS.decide(None, command, Context(LAST, LAST, VENDOR)).events
    assert SERVICE_LEVELS.evolve(None, published(made)).calendar("office") is not None


@pytest.mark.parametrize("what", [OFFICE, policy("gold")], ids=["calendar", "policy"])
def test_the_same_again_changes_nothing_and_the_refusal_of_another_content_names_the_next_version(
    what: Calendar | Policy,
) -> None:
    there = shelf().publish(what)
    assert there.publish(what).refusal is None
    assert there.made == ()
    there.publish(what, sha=OTHER).refused(r.VersionPublished, "make this one version 2", what.id)


def test_an_old_version_given_again_changes_nothing_also_after_a_newer_one() -> None:
    there = shelf().publish(policy("gold")).publish(policy("gold", version=2), sha=OTHER)
    assert len(there.made) == 1
    assert there.publish(policy("gold")).refusal is None
    assert there.made == ()
    there.publish(policy("gold"), sha=OTHER).refused(r.VersionPublished, "make this one version 3")


def test_the_same_definition_fixed_differently_by_a_later_library_changes_nothing() -> None:
    later = calendar(holidays=(date(2026, 5, 8),))
    there = shelf().publish(later)
    assert (there.refusal, there.made) == (None, ())


@pytest.mark.parametrize("version", [-1, 0, 2, 7])
def test_the_refusal_of_a_version_out_of_order_names_the_next_one(version: int) -> None:
    Shelf(Book()).publish(calendar(version=version)).refused(r.VersionOutOfOrder, "the next one is 1")
    shelf().publish(policy("gold", version=version)).refused(r.VersionOutOfOrder, "the next one is 1")
    beyond = version + 1 if version > 1 else version
    shelf(policy("gold")).publish(policy("gold", version=beyond)).refused(
        r.VersionOutOfOrder, f"the next one is 2, not {beyond}"
    )


def test_a_version_is_not_in_force_before_the_version_before_it() -> None:
    # Given version 1 in force from some day, then version 2 may be so from the same moment, and no earlier
    there = shelf(policy("gold"))
    moment = timedelta(microseconds=1)
    earlier = policy("gold", version=2, in_force_from=IN_FORCE_FROM - moment)
    there.publish(earlier, sha=OTHER).refused(
        r.InForceTooEarly, "Version 2 of gold", IN_FORCE_FROM.isoformat(), "or later"
    )
    there.publish(policy("gold", version=2), sha=OTHER)
    later = policy("gold", version=3, in_force_from=IN_FORCE_FROM + moment)
    assert len(there.publish(later, sha=OTHER).made) == 1


# By its owner.


def test_an_id_belongs_to_the_organisation_that_published_it_first() -> None:
    shelf().publish(OFFICE, SELLERS_AGENT, owner=SELLER).refused(r.IdOfAnother, VENDOR, "choose another one")
    theirs = policy("gold", organisation=SELLER)
    shelf(policy("gold")).publish(theirs, SELLERS_AGENT).refused(r.IdOfAnother, "gold", VENDOR, SELLER)


@pytest.mark.parametrize("what", [OFFICE, policy("gold")], ids=["calendar", "policy"])
def test_nobody_publishes_for_another_organisation_and_no_customer_at_all(what: Calendar | Policy) -> None:
    customer = GivenActor("anna", VENDOR, Role.CUSTOMER)
    for actor in (SELLERS_AGENT, GivenActor("anna", PRACTICE, Role.CUSTOMER), customer):
        shelf().publish(what, actor).refused(r.NotYourServiceLevel, f"only an agent of {VENDOR}")


@pytest.mark.parametrize("role", [Role.SELLER, Role.VENDOR, Role.PARTNER])
def test_an_agent_publishes_for_the_agents_own_organisation_in_any_role(role: Role) -> None:
    agent = GivenActor("x", VENDOR, role)
    assert len(Shelf(Book()).publish(OFFICE, agent).publish(policy("gold"), agent).made) == 1


# Without faults.


def test_a_calendar_or_policy_with_faults_is_refused_and_the_faults_are_named() -> None:
    never_open = calendar(weekly=((),) * 7)
    Shelf(Book()).publish(never_open).refused(r.InvalidCalendar, "no open hour")
    no_clock = policy("gold", clocks=())
    shelf().publish(no_clock).refused(r.InvalidPolicy, "clocks: there is none")
    at_level = policy("gold", Covers.LEVEL_1)
    whole_at_level = policy("gold", Covers.LEVEL_1, clocks=policy("x").clocks)
    shelf().publish(whole_at_level).refused(r.InvalidPolicy, "hand_over, level_time")
    assert len(shelf().publish(at_level).made) == 1


def test_a_policy_needs_its_calendar_published_with_the_same_content() -> None:
    gold = policy("gold")
    words = ("version 1 of the calendar office", "publish the calendar first")
    Shelf(Book()).publish(gold).refused(r.CalendarNotPublished, *words)
    Shelf(book(calendars=[(SELLER, OFFICE)])).publish(gold).refused(r.CalendarNotPublished, *words)
    shelf().publish(policy("gold", calendar=calendar(version=2))).refused(
        r.CalendarNotPublished, "version 2 of the calendar office"
    )
    otherwise = calendar(holidays=(date(2026, 5, 8),))
    shelf().publish(policy("gold", calendar=otherwise)).refused(r.CalendarNotPublished, *words)


def test_a_policy_may_be_measured_by_an_older_version_of_its_calendar() -> None:
    both = Shelf(book(calendars=[(VENDOR, OFFICE), (VENDOR, calendar(version=2))]))
    assert len(both.publish(policy("gold")).made) == 1
    assert (
        len(
            both.publish(
                policy("silver", calendar=calendar(version=2), match={"topics": ("activation",)})
            ).made
        )
        == 1
    )


# Ties.


def test_a_tie_is_refused_with_the_names_of_what_it_ties_with() -> None:
    there = shelf(policy("gold"), policy("level", Covers.LEVEL_1))
    there.publish(policy("silver")).refused(r.PolicyTies, "silver", "gold (version 1)", "name a customer")
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
    assert len(shelf(first).publish(policy("second", **apart)).made) == 1  # type: ignore[arg-type]


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
    shelf(first).publish(second).refused(r.PolicyTies, "first (version 1)")


def test_a_policy_that_was_replaced_by_its_next_version_is_not_a_rival() -> None:
    later = IN_FORCE_FROM + timedelta(days=60)
    replaced = shelf(
        policy("first"),
        policy("first", version=2, in_force_from=later, match={"customers": ("b",)}),
    )
    replaced.publish(policy("second", in_force_from=later - timedelta(microseconds=1))).refused(
        r.PolicyTies, "first (version 1)"
    )
    assert len(replaced.publish(policy("second", in_force_from=later)).made) == 1


def test_a_next_version_may_not_tie_either_and_does_not_tie_with_its_own_last_one() -> None:
    there = shelf(policy("gold"), policy("silver", match={"priorities": (Priority.LOW,)}))
    assert len(there.publish(policy("gold", version=2)).made) == 1
    there.publish(policy("silver", version=2), sha=OTHER).refused(r.PolicyTies, "gold (version 2)")


def test_another_organisations_policies_are_not_rivals() -> None:
    theirs = calendar(id="theirs", last_on=LAST_ON)
    both = Shelf(book(policy("gold"), calendars=[(VENDOR, OFFICE), (SELLER, theirs)]))
    own = policy("own", organisation=SELLER, calendar=theirs)
    assert len(both.publish(own, SELLERS_AGENT).made) == 1
