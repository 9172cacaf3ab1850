"""Which policies come to hold for a case: by its opening, an arrival at a level, or by someone's word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from casecore.cases.commands import PinPolicy
from casecore.cases.facts import event, personal
from casecore.cases.permissions import check_permission
from casecore.cases.refusals import (
    BeforeOpening,
    CalendarTooShort,
    PolicyNotForThisCase,
    PolicyNotInForce,
    PolicyOfAnother,
    PolicyUnknown,
)
from casecore.cases.state import Case, held_pin
from casecore.clocks.instants import micros
from casecore.clocks.open_hours import local_midnight
from casecore.contract.cases import ARRIVALS, CaseEvent, CaseOpened
from casecore.contract.envelope import Role
from casecore.contract.service_levels import Covers, Policy, PolicyPinned
from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.service_levels.book import Book
from casecore.service_levels.choice import CaseFacts, choose, givers


class Place(NamedTuple):
    """What a policy covers in a case: the whole of it (no organisation), or an organisation's level."""

    covers: Covers
    organisation: str | None


def arrival_of(made: CaseEvent) -> Place | None:
    """To what of the case an event is the arrival: the opening to the whole, a coming to a level to that."""
    if isinstance(made, CaseOpened):
        return Place(Covers.END_TO_END, None)
    level = made.standing.level
    if not isinstance(made, ARRIVALS) or level is None:
        return None
    return Place(Covers(level.value), made.standing.organisation)


def pins_after(case: Case | None, made: CaseEvent, context: Context) -> tuple[PolicyPinned, ...]:
    """The policy that the event brings into the case, if one matches: the opening the one for the whole case,
    the first arrival at an organisation's level the one for that level, unless someone pinned one before."""
    place = arrival_of(made)
    if place is None or (case is not None and _is_settled(case, place, context.occurred_at)):
        return ()
    policy = choose(book_of(context.related_streams), place.covers, facts_of(made), context.occurred_at)
    return () if policy is None else (event(PolicyPinned, made, made.standing, policy=policy),)


def pin_policy(case: Case, actor: GivenActor, do: PinPolicy, context: Context) -> PolicyPinned | None:
    """The policy that someone pins; None if it holds already. It may come late, and after the case's end."""
    policy = _named(do, context)
    giving = givers(policy.covers, facts_of(case))
    if policy.organisation not in giving:
        who = tuple(giver for giver in giving if giver)
        raise PolicyNotForThisCase(policy.id, policy.covers.value, policy.organisation, who or ("nobody",))
    if context.occurred_at < case.opened_at:
        raise BeforeOpening(context.occurred_at.isoformat(), case.opened_at.isoformat())
    _check_reach(policy, case)
    # After what nobody can do, so that this is not refused as what only others may do.
    check_permission(do.verb, actor.role, case.standing)
    if actor.role is not Role.SYSTEM and actor.organisation != policy.organisation:
        raise PolicyOfAnother(policy.id, policy.organisation)
    held = held_pin(case, policy.covers, policy.organisation, context.occurred_at)
    if held is not None and (held.policy, held.version) == (policy.id, policy.version):
        return None
    return event(PolicyPinned, case, case.standing, policy=policy, reason=personal(do.reason))


def book_of(related_streams: Mapping[UUID, Any]) -> Book:
    """The book of service levels among the streams that a decision may look at."""
    book = related_streams.get(SERVICE_LEVEL_BOOK)
    return book if isinstance(book, Book) else Book()


def facts_of(case: Case | CaseEvent) -> CaseFacts:
    """What a policy is chosen by, as the case stands, or as an event of it tells."""
    standing = case.standing
    return CaseFacts(
        standing.category,
        standing.priority,
        standing.topic,
        case.customer,
        case.seller,
        case.vendor,
        case.partner,
    )


def _is_settled(case: Case, place: Place, at: datetime) -> bool:
    """Whether the case has been there before, or somebody pinned a policy for it."""
    been = (place.covers.level, place.organisation) in case.arrivals
    return been or held_pin(case, *place, at) is not None


def _check_reach(policy: Policy, case: Case) -> None:
    calendar = policy.calendar
    begins_at = local_midnight(calendar, calendar.first_on)
    ends_at = local_midnight(calendar, calendar.last_on + timedelta(days=1))
    if not begins_at <= micros(case.opened_at) < ends_at:
        reach = (calendar.first_on.isoformat(), calendar.last_on.isoformat())
        raise CalendarTooShort(policy.id, *reach, case.opened_at.isoformat())


def _named(do: PinPolicy, context: Context) -> Policy:
    book = book_of(context.related_streams)
    found = book.policy(do.policy, do.version)
    if found is None:
        version = (
            "" if do.version is None or do.policy not in book.policies else f"version {do.version} of the "
        )
        raise PolicyUnknown(f"{version}policy {do.policy}")
    if do.version is not None:
        return found.policy
    policy = book.in_force(do.policy, context.occurred_at)
    if policy is None:
        raise PolicyNotInForce(do.policy, context.occurred_at.isoformat())
    return policy
