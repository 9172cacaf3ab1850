"""The words of the examples: given what happened, when somebody acts, then events follow, or it is refused.

    given(opened(), take("ida")).when(escalate()).then(CaseEscalated, state="escalated_l1", agent=None)
    given(opened()).when(close()).then_refused(IllegalMove, state="opened")
    given(opened(), book=book(policy("vendors"))).when(pin("vendors")).then_nothing()

A step is somebody's action at a minute. Minutes count from the case's first day; a step without one happens
a minute after the latest step before it. An expected value is one of the last event or of its standing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.contract.cases import Audience, CaseEvent, Category, Priority, Sender, State
from casecore.contract.envelope import EventData, Role
from casecore.contract.personal import Plain
from casecore.contract.service_levels import Clock
from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.decider.command import GivenActor
from casecore.service_levels.book import Book
from tests.decider.laws import NO_ID
from tests.decider.spec import DeciderSpec, Given

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LAST = START + timedelta(days=3650)
REFERENCE = "C-1"

PRACTICE, SELLER, VENDOR, PARTNER = "practice", "reseller", "vendor", "partner"
OTHER_PARTNER = "other-partner"

CUSTOMER = GivenActor("anna", PRACTICE, Role.CUSTOMER)
SELLERS_AGENT = GivenActor("sam", SELLER, Role.SELLER)
VENDORS_AGENT = GivenActor("vera", VENDOR, Role.VENDOR)
PARTNERS_AGENT = GivenActor("paul", PARTNER, Role.PARTNER)
SYSTEM = GivenActor("nightly run", VENDOR, Role.SYSTEM)

LEVEL_0_TOPIC, LEVEL_1_TOPIC, USE_TOPIC = "backup_set_up", "recovery", "program_use"
TECHNICAL, USER_SUPPORT = Category.TECHNICAL_SUPPORT, Category.USER_SUPPORT


def minute(count: float) -> datetime:
    """That many minutes into the first day."""
    return START + timedelta(minutes=count)


class Step(c.CaseCommand, frozen=True, kw_only=True, tag="case"):
    """Somebody's action, perhaps at a given minute."""

    def by(self, actor: GivenActor) -> Step:
        return replace(self, actor=actor)

    def at(self, at_minute: float) -> Step:
        return replace(self, occurred_at=minute(at_minute))


def step(actor: GivenActor, do: c.CaseAction) -> Step:
    """Somebody's action on the case of the examples."""
    return Step(command_id=NO_ID, actor=actor, case=REFERENCE, do=do)


def opened(topic: str = LEVEL_0_TOPIC, category: Category = TECHNICAL, **more: Any) -> Step:
    fields: dict[str, Any] = {"customer": PRACTICE, "seller": SELLER, **more}
    return step(CUSTOMER, c.OpenCase(category=category, topic=topic, **fields))


def opened_for_use(**more: Any) -> Step:
    return opened(USE_TOPIC, USER_SUPPORT, **{"partner": PARTNER, **more})


def take(agent: str | None = None) -> Step:
    return step(SELLERS_AGENT, c.TakeCase(agent=agent))


def partner_takes(agent: str | None = None) -> Step:
    return take(agent).by(PARTNERS_AGENT)


def assign(agent: str) -> Step:
    return step(SELLERS_AGENT, c.AssignCase(agent=agent))


def escalate(reason: str | None = None) -> Step:
    return step(SELLERS_AGENT, c.EscalateCase(reason=reason))


def hand_back(reason: str | None = None) -> Step:
    return step(VENDORS_AGENT, c.HandBackCase(reason=reason))


def wait(reason: str | None = None) -> Step:
    return step(SELLERS_AGENT, c.WaitForCustomer(reason=reason))


def resume() -> Step:
    return step(SELLERS_AGENT, c.ResumeCase())


def customer_writes(text: str = "Hello?", **more: Any) -> Step:
    return step(CUSTOMER, c.PostMessage(text=text, **more))


def agent_writes(text: str = "Hello!", *readers: str) -> Step:
    audience = Audience.INTERNAL if readers else Audience.PUBLIC
    return step(SELLERS_AGENT, c.PostMessage(text=text, audience=audience, readers=readers))


def change_priority(priority: Priority) -> Step:
    return step(SELLERS_AGENT, c.ChangePriority(priority=priority))


def reclassify(topic: str, category: Category = TECHNICAL, partner: str | None = None) -> Step:
    return step(SELLERS_AGENT, c.ReclassifyCase(category=category, topic=topic, partner=partner))


def record_effort(minutes: int, note: str | None = None) -> Step:
    return step(SELLERS_AGENT, c.RecordEffort(minutes=minutes, note=note))


def resolve(summary: str | None = None) -> Step:
    return step(SELLERS_AGENT, c.ResolveCase(resolution_code="solved", summary=summary))


def reopen(reason: str | None = None) -> Step:
    return step(CUSTOMER, c.ReopenCase(reason=reason))


def close() -> Step:
    return step(CUSTOMER, c.CloseCase())


def cancel(reason: str | None = "No longer needed", duplicate_of: str | None = None) -> Step:
    return step(CUSTOMER, c.CancelCase(reason=reason, duplicate_of=duplicate_of))


def import_row(*attempts: c.PlainAction, opening: c.OpenCase | None = None, **source: Any) -> Step:
    """A row of another help desk's log, which may be any of `attempts`."""
    row = c.GivenSource(**{"name": "old-desk", "case": "Case 1", "place": 1, "activity": "Row", **source})
    first = opened().do if opening is None else opening
    assert isinstance(first, c.OpenCase)
    return step(SYSTEM, c.ImportActivity(source=row, opening=first, attempts=attempts))


def pin(policy: str, version: int | None = None, reason: str = "The contract changed") -> Step:
    return step(SYSTEM, c.PinPolicy(policy=policy, version=version, reason=reason))


def note(what: Any, *, after_facts: int, **more: Any) -> Step:
    """What the clocks said of the case's first facts; of its resolution, unless `more` says otherwise."""
    fields: dict[str, Any] = {
        "clock": Clock.RESOLUTION,
        "number": 1,
        "policy_id": "whole",
        "policy_version": 1,
        "organisation": VENDOR,
        "target_seconds": 28_800,
        "percent": 80 if what == "warned" else None,
        **more,
    }
    do = c.NoteServiceLevel(after_facts=after_facts, note=c.ServiceLevelNote(what=what, **fields))
    return step(SYSTEM, do)


CaseGiven: TypeAlias = Given[Case, c.CaseCommand]


def value_of(made: EventData, name: str) -> Any:
    """A value of an event, or of the standing in it: of personal data the text, of some words their form."""
    assert isinstance(made, CaseEvent)
    value = getattr(made if name in type(made).__struct_fields__ else made.standing, name)
    if isinstance(value, Plain):
        return value.text
    return value.value if isinstance(value, State | Sender) else value


def has_the_standing_after(case: Case, made: EventData) -> None:
    """An event has the case's standing after it."""
    assert isinstance(made, CaseEvent)
    assert case.standing == made.standing


SPEC = DeciderSpec(
    CASES,
    vendor=VENDOR,
    now=LAST,
    first_at=START,
    pace=timedelta(minutes=1),
    read=value_of,
    law=has_the_standing_after,
)


def given(*steps: Step, book: Book | None = None) -> CaseGiven:
    """The case after these steps, none of which may be refused, and the published service levels."""
    return SPEC.given(*steps, related=publishing(book))


def publishing(book: Book | None) -> Mapping[UUID, Book | None]:
    """The service levels that the decision on a case reads."""
    return {SERVICE_LEVEL_BOOK: book}


def assert_unreadable(do: dict[str, Any], reason: str) -> None:
    """A command that cannot be read at all is rejected before any decision."""
    actor = {"person": "p", "organisation": "o", "role": "system"}
    command = {"kind": "case", "command_id": str(NO_ID), "actor": actor, "case": REFERENCE, "do": do}
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert(command, c.CaseCommand)
