"""What happens in a worked case, line by line, as actions that somebody can take."""

from __future__ import annotations

from datetime import datetime

import msgspec

from casecore.cases import commands as c
from casecore.cases.topics import TOPICS
from casecore.clocks.instants import instant as as_datetime
from casecore.contract.cases import Audience, Level, Priority
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from tests.clocks.casebook import SYSTEM, VENDOR
from tests.clocks.worked_words import instant

LATE = " (recorded late)"


class Step(msgspec.Struct, frozen=True):
    """Somebody's action, when it happened. Steps are in the order in which they are stored."""

    at: datetime
    actor: GivenActor
    do: c.PlainAction
    text: str


def read_steps(text: str, customer: str, seller: str, partner: str | None, topic: str) -> tuple[Step, ...]:
    """The steps of a case; raises ValueError for any other line."""
    reader = _Reader(customer, seller, partner, topic)
    return tuple(reader.read(line) for line in text.strip().splitlines())


BY_CUSTOMER: dict[str, c.PlainAction] = {
    "customer writes": c.PostMessage(text="How is it going?"),
    "escalated by the customer": c.EscalateCase(),
    "reopened": c.ReopenCase(),
    "closed": c.CloseCase(),
    "cancelled": c.CancelCase(reason="No longer needed"),
}
BY_AGENT: dict[str, c.PlainAction] = {
    "taken": c.TakeCase(),
    "escalated": c.EscalateCase(),
    "handed back": c.HandBackCase(),
    "waits": c.WaitForCustomer(),
    "resumed": c.ResumeCase(),
    "resolved": c.ResolveCase(resolution_code="solved"),
    "agent writes": c.PostMessage(text="We are at it."),
    "agent notes": c.PostMessage(text="What now?", audience=Audience.INTERNAL, readers=(VENDOR,)),
}


class _Reader:
    """Knows whose turn it is, so that the lines need not name the actor."""

    def __init__(self, customer: str, seller: str, partner: str | None, topic: str) -> None:
        self._customer, self._seller, self._partner, self._topic = customer, seller, partner, topic
        self._at_level_1 = False

    def read(self, line: str) -> Step:
        when, _, what = line.partition("  ")
        text = what.removesuffix(LATE)
        if text in BY_CUSTOMER:
            actor, do = GivenActor("anna", self._customer, Role.CUSTOMER), BY_CUSTOMER[text]
        elif text in BY_AGENT:
            actor, do = self._agent(), BY_AGENT[text]
        else:
            actor, do = self._read_more(text)
        if isinstance(do, c.EscalateCase | c.HandBackCase):
            self._at_level_1 = isinstance(do, c.EscalateCase)
        return Step(as_datetime(instant(when)), actor, do, what)

    def _read_more(self, text: str) -> tuple[GivenActor, c.PlainAction]:
        """A line that says more than what happened."""
        word, _, more = text.replace("opened, ", "opened ").replace("taken by ", "taken ").partition(" ")
        match word:
            case "opened":
                return GivenActor("anna", self._customer, Role.CUSTOMER), self._opening(more or "normal")
            case "taken":
                return self._agent(), c.TakeCase(agent=more)
            case "assigned":
                return self._agent(), c.AssignCase(agent=more)
            case "priority":
                return self._agent(), c.ChangePriority(priority=Priority(more))
            case "reclassified":
                actor, self._topic = self._agent(), more
                return actor, c.ReclassifyCase(category=TOPICS[more].category, topic=more)
            case "policy":
                policy, _, version = more.partition(" ")
                return SYSTEM, c.PinPolicy(policy=policy, version=int(version), reason="As agreed")
            case _:
                raise ValueError(f"{text!r} cannot happen to a case")

    def _opening(self, priority: str) -> c.OpenCase:
        return c.OpenCase(
            customer=self._customer,
            seller=self._seller,
            partner=self._partner,
            category=TOPICS[self._topic].category,
            topic=self._topic,
            priority=Priority(priority),
        )

    def _agent(self) -> GivenActor:
        """Somebody of the organisation whose turn it is."""
        if self._at_level_1:
            return GivenActor("desk", VENDOR, Role.VENDOR)
        if TOPICS[self._topic].level is Level.PARTNER:
            return GivenActor("desk", self._partner or "", Role.PARTNER)
        return GivenActor("desk", self._seller, Role.SELLER)
