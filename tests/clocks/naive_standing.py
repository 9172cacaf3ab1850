"""How a case stood at an instant, told a second time: its facts in the order of what happened, one by one.

It shares nothing with the program but the contract, and asks each fact for what that fact alone says: who
was named, which category, which priority. Where a case goes is in the table of the business, not in the fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from casecore.contract import cases as e
from casecore.contract.cases import Category, Level, Priority, State
from casecore.evaluation.case_events import Happened

AT_WORK = {
    Level.LEVEL_0: State.RESELLER_L0,
    Level.LEVEL_1: State.ESCALATED_L1,
    Level.PARTNER: State.PARTNER_SUPPORT,
}

ENDED_AS = {
    e.CaseResolved: State.RESOLVED,
    e.CaseClosed: State.CLOSED,
    e.CaseCancelled: State.CANCELLED,
}


@dataclass
class NaiveStanding:
    """A case as far as its facts were told."""

    state: State = State.OPENED
    level: Level | None = None
    organisation: str = ""
    agent: str | None = None
    priority: Priority = Priority.NORMAL
    waiting_since: int | None = None
    topic: str = ""

    def tell(self, at: int, fact: e.CaseEvent) -> None:
        """One more fact."""
        match fact:
            case e.CaseOpened():
                self.organisation, self.priority = first_contact(fact), fact.standing.priority
                self.topic = fact.standing.topic
            case e.PriorityChanged():
                self.priority = fact.standing.priority
            case e.WaitingStarted():
                self.waiting_since = at if self.waiting_since is None else self.waiting_since
            case e.WaitingEnded() | e.MessagePosted(sender=e.Sender.CUSTOMER):
                self.waiting_since = None
            case e.CaseAssigned():
                self.agent = fact.standing.agent
            case e.CaseReclassified():
                self._reclassify(fact)
            case e.CaseResolved() | e.CaseClosed() | e.CaseCancelled():
                self.state, self.agent, self.waiting_since = ENDED_AS[type(fact)], None, None
            case _:
                self._arrive(fact)

    def _arrive(self, fact: e.CaseEvent) -> None:
        match fact:
            case e.CaseTaken() if fact.standing.category is Category.USER_SUPPORT:
                self._come(Level.PARTNER, first_contact(fact), fact)
            case e.CaseTaken() | e.CaseHandedBack():
                self._come(Level.LEVEL_0, fact.seller, fact)
            case e.CaseEscalated():
                self._come(Level.LEVEL_1, fact.vendor, fact)
            case e.CaseReopened():
                assert self.level is not None
                self._come(self.level, self.organisation, fact)

    def _reclassify(self, fact: e.CaseReclassified) -> None:
        self.topic = fact.standing.topic
        if fact.standing.state is State.OPENED and self.state is not State.OPENED:
            self.state, self.level, self.agent, self.waiting_since = State.OPENED, None, None, None
        if self.state is State.OPENED:
            self.organisation = first_contact(fact)

    def _come(self, level: Level, organisation: str, fact: e.CaseEvent) -> None:
        self.state, self.level, self.organisation = AT_WORK[level], level, organisation
        self.agent, self.waiting_since = fact.standing.agent, None


def first_contact(fact: e.CaseEvent) -> str:
    """Whose turn it is before anybody takes the case."""
    return fact.partner or "" if fact.standing.category is Category.USER_SUPPORT else fact.seller


def standing_by(facts: Iterable[Happened], at: int) -> NaiveStanding | None:
    """How the case stood at an instant, by its facts; None if it was not opened."""
    told = sorted((one for one in facts if one.at <= at), key=lambda one: (one.at, one.version))
    case = NaiveStanding()
    for one in told:
        assert isinstance(one.data, e.CaseEvent)
        case.tell(one.at, one.data)
    return case if told else None
