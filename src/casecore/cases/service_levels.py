"""Service levels in a case: which policies are pinned to it, and what is noted of its clocks.

A policy is pinned by the case's opening, by its first arrival at a level, or by somebody's action. A note
says that a clock warned, was missed, or was not missed after all; each is kept once, as long as it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, assert_never
from uuid import UUID

from casecore.cases.commands import NoteServiceLevel, PinPolicy, ServiceLevelNote
from casecore.cases.events import event, personal
from casecore.cases.permissions import Parties, check_involved, check_only_the_system, check_permission
from casecore.cases.refusals import (
    BeforeOpening,
    CalendarTooShort,
    CaseMovedOn,
    CaseUnknown,
    PolicyNotForThisCase,
    PolicyNotInForce,
    PolicyOfAnother,
    PolicyUnknown,
)
from casecore.cases.state import Case, NotedServiceLevel, pin_at
from casecore.clocks.instants import micros
from casecore.clocks.open_hours import local_midnight
from casecore.contract.cases import ARRIVALS, CaseEvent, CaseOpened
from casecore.contract.envelope import Role
from casecore.contract.service_levels import (
    Covers,
    Policy,
    PolicyPinned,
    ServiceLevelEvent,
    ServiceLevelMissed,
    ServiceLevelMissWithdrawn,
    ServiceLevelWarned,
)
from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.decider.refusal import CommandMalformed
from casecore.service_levels.book import Book
from casecore.service_levels.choice import CaseFacts, choose, givers


class Coverage(NamedTuple):
    """What a policy covers in a case: the whole of it (no organisation), or an organisation's level."""

    covers: Covers
    organisation: str | None


def arrival_of(made: CaseEvent) -> Coverage | None:
    """What begins with an event: with the opening the whole case, with an arrival at a level that level."""
    if isinstance(made, CaseOpened):
        return Coverage(Covers.END_TO_END, None)
    level = made.standing.level
    if not isinstance(made, ARRIVALS) or level is None:
        return None
    return Coverage(Covers(level.value), made.standing.organisation)


def pins_after(case: Case | None, made: CaseEvent, context: Context) -> tuple[PolicyPinned, ...]:
    """The policy that an event pins, if one matches.

    The opening pins the policy for the whole case, the first arrival at an organisation's level the one for
    that level, unless one was pinned there before.
    """
    coverage = arrival_of(made)
    if coverage is None or (case is not None and _is_settled(case, coverage, context.occurred_at)):
        return ()
    policy = choose(book_of(context.related_streams), coverage.covers, facts_of(made), context.occurred_at)
    return () if policy is None else (event(PolicyPinned, made, made.standing, policy=policy),)


def pin_policy(
    case: Case | None, reference: str, actor: GivenActor, do: PinPolicy, context: Context
) -> PolicyPinned | None:
    """The policy that somebody pins; None if it applies already. May be recorded late, and after the end."""
    if case is None:
        raise CaseUnknown(reference)
    check_involved(actor, case)
    policy = _named(do, _known_to(actor, case, book_of(context.related_streams)), context.occurred_at)
    giving = givers(policy.covers, facts_of(case))
    if policy.organisation not in giving:
        known = tuple(giver for giver in giving if giver) or ("nobody",)
        raise PolicyNotForThisCase(policy.id, policy.covers.value, policy.organisation, known)
    if context.occurred_at < case.opened_at:
        raise BeforeOpening(context.occurred_at.isoformat(), case.opened_at.isoformat())
    _check_reach(policy, case)
    # After what nobody can do, so that this is not refused as what only others may do.
    check_permission(do.verb, actor.role, case.standing)
    if actor.role is not Role.SYSTEM and actor.organisation != policy.organisation:
        raise PolicyOfAnother(policy.id, policy.organisation)
    pin = pin_at(case, policy.covers, policy.organisation, context.occurred_at)
    if pin is not None and (pin.policy, pin.version) == (policy.id, policy.version):
        return None
    return event(PolicyPinned, case, case.standing, policy=policy, reason=personal(do.reason))


def book_of(related_streams: Mapping[UUID, Any]) -> Book:
    """The book of service levels among the streams that a decision may look at."""
    book = related_streams.get(SERVICE_LEVEL_BOOK)
    return book if isinstance(book, Book) else Book()


def facts_of(case: Case | CaseEvent) -> CaseFacts:
    """What a policy is chosen by, from the case as it is now or from an event of it."""
    standing = case.standing
    return CaseFacts(
        category=standing.category,
        priority=standing.priority,
        topic=standing.topic,
        customer=case.customer,
        seller=case.seller,
        vendor=case.vendor,
        partner=case.partner,
    )


def _is_settled(case: Case, coverage: Coverage, at: datetime) -> bool:
    """Whether the case has been there before, or a policy was pinned for it."""
    been = (coverage.covers.level, coverage.organisation) in case.arrivals
    return been or pin_at(case, *coverage, at) is not None


def _check_reach(policy: Policy, case: Case) -> None:
    calendar = policy.calendar
    begins_at = local_midnight(calendar, calendar.first_on)
    ends_at = local_midnight(calendar, calendar.last_on + timedelta(days=1))
    if not begins_at <= micros(case.opened_at) < ends_at:
        reach = (calendar.first_on.isoformat(), calendar.last_on.isoformat())
        raise CalendarTooShort(policy.id, *reach, case.opened_at.isoformat())


def _known_to(actor: GivenActor, case: Case, book: Book) -> Book:
    """The policies that an actor may hear of in a case: the own ones, and those of who has a part in it."""
    if actor.role is Role.SYSTEM:
        return book
    known = {actor.organisation, *Parties.of(case)}
    policies = {
        name: versions for name, versions in book.policies.items() if versions[0].policy.organisation in known
    }
    return Book(book.calendars, policies)


def _named(do: PinPolicy, book: Book, at: datetime) -> Policy:
    found = book.policy(do.policy, do.version)
    if found is None:
        version = (
            "" if do.version is None or do.policy not in book.policies else f"version {do.version} of the "
        )
        raise PolicyUnknown(f"{version}policy {do.policy}")
    if do.version is not None:
        return found.policy
    policy = book.in_force(do.policy, at)
    if policy is None:
        raise PolicyNotInForce(do.policy, at.isoformat())
    return policy


def note_service_level(
    case: Case | None, reference: str, actor: GivenActor, do: NoteServiceLevel, at: datetime
) -> ServiceLevelEvent | None:
    """The fact that a note becomes; None if it is recorded already, or there is nothing to withdraw.

    Raises CaseMovedOn if the case has more facts by now than those from which the note was made.
    """
    check_only_the_system(do.verb, actor, case)
    if case is None:
        raise CaseUnknown(reference)
    if do.after_facts != case.facts:
        raise CaseMovedOn(case.facts, do.after_facts)
    if at < case.opened_at:
        raise BeforeOpening(at.isoformat(), case.opened_at.isoformat())
    note = do.note
    if (note.percent is None) == (note.what == "warned"):
        raise CommandMalformed("`percent` is for a warning, which needs it, and for no other note")
    if _is_recorded(case, note, at) == (note.what != "withdrawn"):
        return None
    return _noted(case, note)


def _is_recorded(case: Case, note: ServiceLevelNote, at: datetime) -> bool:
    """Whether the miss, or in this run of the clock the warning, is recorded."""
    warned = note.what == "warned"
    given = NotedServiceLevel(
        note.clock,
        note.level,
        note.organisation,
        note.number,
        note.percent if warned else None,
        at if warned else None,
        note.run_started_at,
    )
    return any(recorded.covers(given) for recorded in case.noted)


def _noted(case: Case, note: ServiceLevelNote) -> ServiceLevelEvent:
    content: dict[str, object] = {
        "clock": note.clock,
        "level": note.level,
        "number": note.number,
        "policy_id": note.policy_id,
        "policy_version": note.policy_version,
        "organisation": note.organisation,
        "target_seconds": note.target_seconds,
        "due_at": note.due_at,
    }
    match note.what:
        case "warned":
            content |= {"percent": note.percent, "run_started_at": note.run_started_at}
            return event(ServiceLevelWarned, case, case.standing, **content)
        case "missed":
            return event(ServiceLevelMissed, case, case.standing, **content)
        case "withdrawn":
            return event(ServiceLevelMissWithdrawn, case, case.standing, **content)
        case _:
            assert_never(note.what)
