"""The words of the examples: given what happened, when somebody acts, then events follow, or it is refused.

    given(opened(), take("ida")).when(escalate()).then(CaseEscalated, state="escalated_l1", agent=None)
    given(opened()).when(close()).refused(IllegalMove, state="opened")
    given(opened(), book=book(policy("vendors"))).when(pin("vendors")).nothing()

A step is somebody's action at a minute. Minutes count from the case's first day; a step without one happens
a minute after the step before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as with_
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.contract.cases import Audience, CaseEvent, Category, Priority, Sender, State
from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.service_levels import Clock
from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context, Decision
from casecore.decider.refusal import Refusal
from casecore.service_levels.book import Book

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LAST = START + timedelta(days=3650)
REFERENCE = "C-1"
NO_ID = UUID(int=0)

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


@dataclass(frozen=True)
class Step:
    """Somebody's action, perhaps at a given minute."""

    actor: GivenActor
    do: c.CaseAction
    at_minute: float | None = None

    def by(self, actor: GivenActor) -> Step:
        return with_(self, actor=actor)

    def at(self, at_minute: float) -> Step:
        return with_(self, at_minute=at_minute)


def opened(topic: str = LEVEL_0_TOPIC, category: Category = TECHNICAL, **more: Any) -> Step:
    fields: dict[str, Any] = {"customer": PRACTICE, "seller": SELLER, **more}
    return Step(CUSTOMER, c.OpenCase(category=category, topic=topic, **fields))


def opened_for_use(**more: Any) -> Step:
    return opened(USE_TOPIC, USER_SUPPORT, **{"partner": PARTNER, **more})


def take(agent: str | None = None) -> Step:
    return Step(SELLERS_AGENT, c.TakeCase(agent=agent))


def partner_takes(agent: str | None = None) -> Step:
    return take(agent).by(PARTNERS_AGENT)


def assign(agent: str) -> Step:
    return Step(SELLERS_AGENT, c.AssignCase(agent=agent))


def escalate(reason: str | None = None) -> Step:
    return Step(SELLERS_AGENT, c.EscalateCase(reason=reason))


def hand_back(reason: str | None = None) -> Step:
    return Step(VENDORS_AGENT, c.HandBackCase(reason=reason))


def wait(reason: str | None = None) -> Step:
    return Step(SELLERS_AGENT, c.WaitForCustomer(reason=reason))


def resume() -> Step:
    return Step(SELLERS_AGENT, c.ResumeCase())


def customer_writes(text: str = "Hello?", **more: Any) -> Step:
    return Step(CUSTOMER, c.PostMessage(text=text, **more))


def agent_writes(text: str = "Hello!", *readers: str) -> Step:
    audience = Audience.INTERNAL if readers else Audience.PUBLIC
    return Step(SELLERS_AGENT, c.PostMessage(text=text, audience=audience, readers=readers))


def change_priority(priority: Priority) -> Step:
    return Step(SELLERS_AGENT, c.ChangePriority(priority=priority))


def reclassify(topic: str, category: Category = TECHNICAL, partner: str | None = None) -> Step:
    return Step(SELLERS_AGENT, c.ReclassifyCase(category=category, topic=topic, partner=partner))


def record_effort(minutes: int, note: str | None = None) -> Step:
    return Step(SELLERS_AGENT, c.RecordEffort(minutes=minutes, note=note))


def resolve(summary: str | None = None) -> Step:
    return Step(SELLERS_AGENT, c.ResolveCase(resolution_code="solved", summary=summary))


def reopen(reason: str | None = None) -> Step:
    return Step(CUSTOMER, c.ReopenCase(reason=reason))


def close() -> Step:
    return Step(CUSTOMER, c.CloseCase())


def cancel(reason: str | None = "No longer needed", duplicate_of: str | None = None) -> Step:
    return Step(CUSTOMER, c.CancelCase(reason=reason, duplicate_of=duplicate_of))


def import_row(*attempts: c.PlainAction, opening: c.OpenCase | None = None, **source: Any) -> Step:
    """A row of another help desk's log, which may be any of `attempts`."""
    row = c.GivenSource(**{"name": "old-desk", "case": "Case 1", "place": 1, "activity": "Row", **source})
    first = opened().do if opening is None else opening
    assert isinstance(first, c.OpenCase)
    return Step(SYSTEM, c.ImportActivity(source=row, opening=first, attempts=attempts))


def pin(policy: str, version: int | None = None, reason: str = "The contract changed") -> Step:
    return Step(SYSTEM, c.PinPolicy(policy=policy, version=version, reason=reason))


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
    return Step(SYSTEM, do)


class Given:
    """A case with a history, and the published service levels; it is asked what follows."""

    def __init__(self, steps: tuple[Step, ...], book: Book | None) -> None:
        self.case: Case | None = None
        self.book = book
        self.version = 0
        self.decision = Decision(())
        self.refusal: Refusal | None = None
        self._clock = -1.0
        for step in steps:
            self._perform(step)

    def when(self, step: Step) -> Given:
        """Somebody acts; a refusal leaves the case as it is."""
        try:
            self._perform(step)
        except Refusal as refusal:
            self.refusal = refusal
        return self

    def then(self, *kinds: type[CaseEvent], **expected: Any) -> Given:
        """These events followed, and the last one, or the standing in it, has the expected values."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert tuple(type(made) for made in self.decision.events) == kinds
        for name, value in expected.items():
            assert self._value(name) == value, name
        return self

    def nothing(self) -> Given:
        """No event followed, since nothing changes."""
        return self.then()

    def refused(self, kind: type[Refusal], **expected: Any) -> Given:
        """It was refused for that reason, with the expected fields."""
        assert self.refusal is not None, f"made {self.decision.events}"
        assert type(self.refusal) is kind, self.refusal
        for name, value in expected.items():
            assert getattr(self.refusal, name) == value, name
        return self

    def _value(self, name: str) -> Any:
        last = self.decision.events[-1]
        holder = last if name in type(last).__struct_fields__ else last.standing  # type: ignore[attr-defined]
        value = getattr(holder, name)
        if hasattr(value, "text"):
            return value.text
        return value.value if isinstance(value, State | Sender) else value

    def _perform(self, step: Step) -> None:
        at = self._clock + 1 if step.at_minute is None else step.at_minute
        self._clock = max(self._clock, at)
        self.decision = decided(self.case, step, minute(at), book=self.book)
        for made in self.decision.events:
            self.case = CASES.evolve(self.case, fact(made, step.actor, minute(at)))
            self.version += 1


def given(*steps: Step, book: Book | None = None) -> Given:
    """The case after these steps, none of which may be refused."""
    return Given(steps, book)


def decided(
    case: Case | None, step: Step, at: datetime, reference: str = REFERENCE, book: Book | None = None
) -> Decision:
    """The decision on a step; nothing is stored. Raises the Refusal."""
    command = c.CaseCommand(command_id=NO_ID, actor=step.actor, occurred_at=at, case=reference, do=step.do)
    context = Context(now=LAST, occurred_at=at, vendor=VENDOR, related_streams={SERVICE_LEVEL_BOOK: book})
    return CASES.decide(case, command, context)


def fact(data: EventData, actor: GivenActor, at: datetime) -> Fact[EventData]:
    """The fact as the store would keep it."""
    return Fact(occurred_at=at, actor=actor.as_actor(), command_id=NO_ID, correlation_id=NO_ID, data=data)


def assert_unreadable(do: dict[str, Any], reason: str) -> None:
    """A command that cannot be read at all is rejected before any decision."""
    actor = {"person": "p", "organisation": "o", "role": "system"}
    command = {"kind": "case", "command_id": str(NO_ID), "actor": actor, "case": REFERENCE, "do": do}
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert(command, c.CaseCommand)
