"""How a command to publish a calendar or a policy becomes a fact, or a refusal. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.contract.service_levels import CalendarPublished, PolicyPublished
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context, Decision
from casecore.parties.register import check_registered
from casecore.service_levels import refusals
from casecore.service_levels.book import Book, PublishedCalendar, PublishedPolicy
from casecore.service_levels.calendar_checks import calendar_faults
from casecore.service_levels.choice import rivals
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.policy_checks import policy_faults

_UNCHANGED = Decision(())
_PUBLISHERS = (Role.SELLER, Role.VENDOR, Role.PARTNER)


def decide(book: Book | None, command: ServiceLevelCommand, context: Context) -> Decision:
    """The fact that a publication leads to; none if it was published before. Raises a Refusal."""
    match command.do:
        case PublishCalendar() as do:
            return _publish_calendar(book or Book(), command.actor, do, context)
        case PublishPolicy() as do:
            return _publish_policy(book or Book(), command.actor, do, context)


def _publish_calendar(book: Book, actor: GivenActor, do: PublishCalendar, context: Context) -> Decision:
    calendar = do.calendar
    _check_actor(actor, do.organisation, context)
    versions = book.calendars.get(calendar.id, ())
    if versions and versions[0].organisation != do.organisation:
        owner = _named_to(actor, versions[0].organisation, context)
        raise refusals.IdOfAnother(calendar.id, owner, do.organisation)
    if _is_published(versions, calendar.id, calendar.version, do.definition_sha256):
        return _UNCHANGED
    faults = calendar_faults(calendar)
    if faults:
        raise refusals.InvalidCalendar(calendar.id, "; ".join(faults))
    published = CalendarPublished(
        organisation=do.organisation,
        calendar=calendar,
        definition_sha256=do.definition_sha256,
        holiday_names=do.holiday_names,
    )
    return Decision((published,))


def _publish_policy(book: Book, actor: GivenActor, do: PublishPolicy, context: Context) -> Decision:
    policy = do.policy
    _check_actor(actor, policy.organisation, context)
    versions = book.policies.get(policy.id, ())
    if versions and versions[0].policy.organisation != policy.organisation:
        owner = _named_to(actor, versions[0].policy.organisation, context)
        raise refusals.IdOfAnother(policy.id, owner, policy.organisation)
    if _is_published(versions, policy.id, policy.version, do.definition_sha256):
        return _UNCHANGED
    faults = policy_faults(policy, topics=None)
    if faults:
        raise refusals.InvalidPolicy(policy.id, "; ".join(faults))
    if versions and policy.in_force_from < versions[-1].policy.in_force_from:
        begins = (policy.in_force_from.isoformat(), versions[-1].policy.in_force_from.isoformat())
        raise refusals.InForceTooEarly(policy.id, policy.version, *begins)
    calendar = book.calendar(policy.calendar.id, policy.calendar.version)
    if calendar is None or (calendar.calendar, calendar.organisation) != (
        policy.calendar,
        policy.organisation,
    ):
        raise refusals.CalendarNotPublished(policy.id, policy.calendar.id, policy.calendar.version)
    others = [
        [published.policy for published in versions]
        for policy_id, versions in book.policies.items()
        if policy_id != policy.id
    ]
    tied = rivals(policy, others)
    if tied:
        raise refusals.PolicyTies(policy.id, tuple(f"{p.id} (version {p.version})" for p in tied))
    return Decision((PolicyPublished(policy=policy, definition_sha256=do.definition_sha256),))


def check_publisher(actor: GivenActor, owner: str, vendor: str) -> None:
    """Raise NotYourServiceLevel unless the actor may publish for the owner: as its agent, or for the vendor,
    which sets others up."""
    for_the_vendor = actor.is_for_the_vendor(vendor)
    if not for_the_vendor and (actor.organisation != owner or actor.role not in _PUBLISHERS):
        raise refusals.NotYourServiceLevel(actor.organisation, owner)


def _named_to(actor: GivenActor, owner: str, context: Context) -> str:
    """The owner of an id that is taken: whose it is, only the vendor's agents hear."""
    return owner if actor.is_for_the_vendor(context.vendor) else "another organisation"


def _check_actor(actor: GivenActor, owner: str, context: Context) -> None:
    """Raise unless the actor may publish for the owner, which is a registered party that gives support."""
    check_publisher(actor, owner, context.vendor)
    if actor.role is not Role.SYSTEM:
        check_registered(
            context, "organisation", owner, PartyRole.RESELLER, PartyRole.SUPPORT_PARTNER, PartyRole.VENDOR
        )


def _is_published(
    versions: Sequence[PublishedCalendar] | Sequence[PublishedPolicy],
    name: str,
    version: int,
    definition_sha256: str,
) -> bool:
    """Whether this version is published with this content; raises if with another, or if out of order."""
    last = len(versions)
    if version > last + 1 or version < 1:
        raise refusals.VersionOutOfOrder(name, version, last, last + 1)
    if version == last + 1:
        return False
    if versions[version - 1].definition_sha256 != definition_sha256:
        raise refusals.VersionPublished(name, version, last + 1)
    return True
