"""Cases for the tests of fees: each with its actors, written by the rules of a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from casecore.billing.fees.case_work import CaseWork, work_of
from casecore.cases import commands as c
from casecore.contract.cases import CaseEvent, Category
from casecore.contract.envelope import EventData, Fact, Role
from casecore.decider.command import GivenActor
from tests.clocks.casebook import CaseWriter

SELLER, OTHER_SELLER, VENDOR, PARTNER, OTHER_PARTNER = "nord", "sued", "vendor", "campus", "akademie"
CUSTOMER, OTHER_CUSTOMER = "praxis-ost", "praxis-west"
SYSTEM = GivenActor("import", "casecore", Role.SYSTEM)
SELLERS_AGENT = GivenActor("sam", SELLER, Role.SELLER)
PARTNERS_AGENT = GivenActor("paul", PARTNER, Role.PARTNER)
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
NO_ID = UUID(int=0)


def at(hours: float) -> datetime:
    """This many hours after the first morning, 2026-03-02."""
    return START + timedelta(hours=hours)


def fact(data: EventData, by: GivenActor = SYSTEM, when: datetime = START) -> Fact[EventData]:
    return Fact(occurred_at=when, actor=by.as_actor(), command_id=NO_ID, correlation_id=NO_ID, data=data)


class FiledCase(CaseWriter):
    """A case, with the facts and their actors."""

    def __init__(self, reference: str = "C-1") -> None:
        super().__init__(reference)
        self.facts: list[Fact[EventData]] = []

    def act(self, at: datetime, do: c.PlainAction, actor: GivenActor = SYSTEM) -> tuple[CaseEvent, ...]:
        made = super().act(at, do, actor)
        self.facts += [fact(data, actor, at) for data in made]
        return made

    @property
    def work(self) -> CaseWork | None:
        """The work on it, as fees see it."""
        return work_of(self.facts)


def opening(category: Category = Category.TECHNICAL_SUPPORT, topic: str = "backup_set_up") -> c.OpenCase:
    return c.OpenCase(customer=CUSTOMER, seller=SELLER, partner=PARTNER, category=category, topic=topic)


TECHNICAL = opening()
USE = opening(Category.USER_SUPPORT, "program_use")
RESOLVE = c.ResolveCase(resolution_code="solved")


def case(*actions: c.PlainAction, reference: str = "C-1", first: float = 0) -> FiledCase:
    """A case to which this happened, an hour apart."""
    filed = FiledCase(reference)
    for hours, do in enumerate(actions):
        filed.act(at(first + hours), do)
    return filed
