"""The words of the examples: given a book, when somebody publishes in it, then it is published, or refused.

shelf(policy("gold")).when(publish(policy("gold", version=2))).then(PolicyPublished)
shelf(policy("gold")).when(publish(policy("silver"))).then_refused(PolicyTies, "gold (version 1)")
"""

from __future__ import annotations

from typing import TypeAlias

from casecore.contract.service_levels import Calendar, Policy
from casecore.decider.command import GivenActor
from casecore.service_levels.book import Book
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decider import SERVICE_LEVELS
from tests.cases.promises import book, calendar
from tests.cases.steps import LAST, SYSTEM, VENDOR
from tests.decider.laws import NO_ID
from tests.decider.spec import DeciderSpec, Given

ONE, OTHER = "0f" * 32, "1e" * 32
OFFICE = calendar()
HOLIDAYS = {"2026-12-25": "Christmas"}

BookGiven: TypeAlias = Given[Book, ServiceLevelCommand]

SPEC = DeciderSpec(SERVICE_LEVELS, vendor=VENDOR, now=LAST)


def publish(
    what: Calendar | Policy, actor: GivenActor = SYSTEM, owner: str = VENDOR, sha: str = ONE
) -> ServiceLevelCommand:
    """Somebody publishes a calendar, of an owner, or a policy."""
    do: PublishCalendar | PublishPolicy
    if isinstance(what, Calendar):
        do = PublishCalendar(organisation=owner, calendar=what, definition_sha256=sha, holiday_names=HOLIDAYS)
    else:
        do = PublishPolicy(policy=what, definition_sha256=sha)
    return ServiceLevelCommand(command_id=NO_ID, actor=actor, do=do)


def given(published: Book) -> BookGiven:
    """A book in which somebody publishes."""
    return SPEC.given(state=published)


def shelf(*policies: Policy) -> BookGiven:
    """The vendor's office hours and these policies are published."""
    return given(book(*policies, calendars=[(VENDOR, OFFICE)]))
