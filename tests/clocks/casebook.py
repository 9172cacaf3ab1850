"""Cases written as the program writes them: each step is decided by the rules of a case, so all are legal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import msgspec

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.clocks.history import History
from casecore.clocks.instants import micros
from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.service_levels import Policy, PolicyPinned
from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.decider.refusal import Refusal
from casecore.service_levels.book import Book

CUSTOMER, RESELLER, VENDOR, PARTNER = "praxis-weber", "nordmed", "vendor", "schulungswerk"
SYSTEM = GivenActor("importer", VENDOR, Role.SYSTEM)

_NO_ID = UUID(int=0)
_LATER_THAN_ALL = datetime(2100, 1, 1, tzinfo=UTC)

Written: TypeAlias = tuple[datetime, int, EventData]
"""When an event occurred, its version, and its content."""


class CaseWriter:
    """Writes one case; actions that are refused are not written."""

    def __init__(self, reference: str = "C-1", published: Book | None = None) -> None:
        """`published` has the policies among which the program chooses."""
        self.reference = reference
        self._related_streams = {SERVICE_LEVEL_BOOK: published or Book()}
        self.case: Case | None = None
        self.events: list[Written] = []

    def act(self, at: datetime, do: c.PlainAction, actor: GivenActor = SYSTEM) -> tuple[CaseEvent, ...]:
        """The events that an action led to; raises the Refusal."""
        command = c.CaseCommand(command_id=_NO_ID, actor=actor, occurred_at=at, case=self.reference, do=do)
        context = Context(
            now=_LATER_THAN_ALL, occurred_at=at, vendor=VENDOR, related_streams=self._related_streams
        )
        made = CASES.decide(self.case, command, context).events
        for data in made:
            self._write(at, data)
        return tuple(data for data in made if isinstance(data, CaseEvent))

    def attempt(self, at: datetime, do: c.PlainAction) -> tuple[CaseEvent, ...]:
        """The events that an action led to; none if it was refused."""
        try:
            return self.act(at, do)
        except Refusal:
            return ()

    def pin(self, at: datetime, policy: Policy) -> None:
        """Pin a policy to the case."""
        case = self.case
        assert case is not None
        self._write(
            at,
            PolicyPinned(
                reference=case.reference,
                customer=case.customer,
                seller=case.seller,
                vendor=case.vendor,
                partner=case.partner,
                standing=case.standing,
                policy=policy,
            ),
        )

    def _write(self, at: datetime, data: EventData) -> None:
        self.events.append((at, len(self.events) + 1, data))
        fact = Fact(
            occurred_at=at, actor=SYSTEM.as_actor(), command_id=_NO_ID, correlation_id=_NO_ID, data=data
        )
        self.case = CASES.evolve(self.case, fact)


def history(events: list[Written]) -> History:
    """The history that the clocks read, folded in the order of the list."""
    found = History()
    for at, version, data in events:
        found = found.with_event(micros(at), version, data)
    return msgspec.json.decode(msgspec.json.encode(found), type=History)
